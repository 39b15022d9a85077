"""The life of a version, and what the database keeps of it."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from clinic.errors import DomainError
from clinic.models import Membership, Role, Site
from courses.editor import services
from courses.models import Protocol, ProtocolVersion
from courses.services import install_protocols
from tests.factories import NOW, make_clinic, make_member

TABLE = "courses_protocolversion"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def version(shipped: Callable[..., ProtocolVersion]) -> ProtocolVersion:
    """The shipped IV_2W3."""
    return shipped("IV_2W3")


@pytest.fixture
def draft(version: ProtocolVersion, director: Membership) -> ProtocolVersion:
    """A draft that follows it."""
    return services.begin_draft(version=version, by=director, now=NOW)


def run(statement: str, *values: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@pytest.mark.parametrize(
    "change",
    [
        "definition = jsonb_set(definition, '{min_gap_days}', '1')",
        "note = 'x'",
        "is_shipped = false, signed_at = now()",
        "published_at = NULL",
        "number = 9",
        "drafted_at = now()",
    ],
)
def test_nothing_of_a_published_version_changes_by_raw_sql(
    version: ProtocolVersion, change: str
) -> None:
    with pytest.raises(IntegrityError, match="never changed"):
        run(f"UPDATE {TABLE} SET {change} WHERE id = %s", version.pk)  # noqa: S608 - the test's own words
    with pytest.raises(IntegrityError, match="never changed"):
        run(f"DELETE FROM {TABLE} WHERE id = %s", version.pk)  # noqa: S608 - the test's own words


def test_control_a_published_version_changes_once_the_trigger_is_gone(
    version: ProtocolVersion,
) -> None:
    run(f"DROP TRIGGER protocol_version_stays ON {TABLE}")
    assert run(f"UPDATE {TABLE} SET note = 'x' WHERE id = %s", version.pk) == 1  # noqa: S608 - the test's own words


@pytest.mark.parametrize(
    "change", ["signed_at = now()", "statement = 'other'", "signed_by_id = drafted_by_id"]
)
def test_a_signature_stays(version: ProtocolVersion, director: Membership, change: str) -> None:
    services.sign_shipped(version=version, by=director, now=NOW)
    with pytest.raises(IntegrityError):
        run(f"UPDATE {TABLE} SET {change} WHERE id = %s", version.pk)  # noqa: S608 - the test's own words


def test_what_is_retired_stays_retired(version: ProtocolVersion, director: Membership) -> None:
    services.retire_version(version=version, reason="Old", by=director, now=NOW)
    with pytest.raises(IntegrityError, match="never changed"):
        run(
            f"UPDATE {TABLE} SET retired_at = NULL, retired_by_id = NULL, retired_reason = ''"  # noqa: S608 - the test's own words
            " WHERE id = %s",
            version.pk,
        )


def test_nobody_publishes_without_a_signature(draft: ProtocolVersion) -> None:
    with pytest.raises(IntegrityError, match="published_is_signed_or_shipped"):
        run(f"UPDATE {TABLE} SET published_at = now() WHERE id = %s", draft.pk)  # noqa: S608 - the test's own words


def test_a_protocol_has_one_draft(
    version: ProtocolVersion, draft: ProtocolVersion, director: Membership
) -> None:
    with pytest.raises(services.VersionChanged, match="There is a draft"):
        services.begin_draft(version=version, by=director, now=NOW)
    with pytest.raises(services.VersionChanged, match="a draft already"):
        services.begin_draft(version=draft, by=director, now=NOW)


def test_what_is_signed_is_what_was_seen(draft: ProtocolVersion, director: Membership) -> None:
    services.rewrite_draft(
        version=draft, definition=draft.definition, note="", seen=NOW, by=director, now=LATER
    )
    with pytest.raises(services.VersionChanged, match="look at it again"):
        services.publish_version(version=draft, seen=NOW, by=director, now=LATER)
    assert services.publish_version(version=draft, seen=LATER, by=director, now=LATER).is_signed


def test_publishing_records_who_in_which_role_and_which_words(
    draft: ProtocolVersion, director: Membership, version: ProtocolVersion
) -> None:
    services.publish_version(version=draft, seen=NOW, by=director, now=LATER)
    assert (draft.signed_by, draft.signed_as) == (director, "Medical director")
    assert draft.statement == services.STATEMENT
    version.refresh_from_db()
    assert (version.retired_by, version.retired_reason) == (director, "Replaced by version 2")


def test_the_name_of_the_protocol_follows_what_is_signed(
    draft: ProtocolVersion, director: Membership
) -> None:
    renamed = draft.definition | {"name": "Our infusions", "code": "OTHER"}
    services.rewrite_draft(
        version=draft, definition=renamed, note="", seen=NOW, by=director, now=NOW
    )
    services.publish_version(version=draft, seen=NOW, by=director, now=NOW)
    protocol = Protocol.objects.get(pk=draft.protocol_id)
    assert (protocol.name, draft.definition["code"]) == ("Our infusions", "IV_2W3")


def test_a_version_is_signed_and_retired_once(
    version: ProtocolVersion, director: Membership
) -> None:
    services.sign_shipped(version=version, by=director, now=NOW)
    with pytest.raises(services.VersionChanged):
        services.sign_shipped(version=version, by=director, now=LATER)
    services.retire_version(version=version, reason="Old", by=director, now=NOW)
    with pytest.raises(services.VersionChanged):
        services.retire_version(version=version, reason="Old", by=director, now=LATER)


@pytest.mark.parametrize("reason", ["", " ", "x" * 241])
def test_retiring_asks_for_a_reason(
    version: ProtocolVersion, director: Membership, reason: str
) -> None:
    with pytest.raises(DomainError) as caught:
        services.retire_version(version=version, reason=reason, by=director, now=NOW)
    assert caught.value.field == "reason"


@pytest.fixture
def outdated(version: ProtocolVersion) -> ProtocolVersion:
    """In another organisation, what an earlier release of the product shipped as IV_2W3."""
    elsewhere = make_clinic().organization
    protocol = Protocol.objects.create(organization=elsewhere, code="IV_2W3", name="As it was")
    return ProtocolVersion.objects.create(
        organization=elsewhere,
        protocol=protocol,
        number=1,
        definition=version.definition | {"summary": "As it was."},
        is_shipped=True,
        published_at=NOW,
    )


def installed(version: ProtocolVersion) -> list[ProtocolVersion]:
    """What an upgrade brings of the version's protocol."""
    found = install_protocols(organization=version.organization, now=LATER)
    return [one for one in found if one.protocol_id == version.protocol_id]


def test_an_upgrade_brings_what_is_shipped_now(outdated: ProtocolVersion) -> None:
    [new] = installed(outdated)
    assert (new.number, new.is_shipped, new.is_signed) == (2, True, False)
    outdated.refresh_from_db()
    assert (outdated.retired_at, outdated.retired_reason) == (LATER, "Replaced by version 2")
    assert installed(outdated) == []


@pytest.mark.parametrize("deed", ["sign", "draft", "retire"])
def test_an_upgrade_leaves_alone_what_somebody_has_touched(
    outdated: ProtocolVersion, deed: str
) -> None:
    site = Site.objects.get(organization=outdated.organization)
    director = make_member(site, Role.MEDICAL_DIRECTOR)
    if deed == "sign":
        services.sign_shipped(version=outdated, by=director, now=NOW)
    elif deed == "draft":
        services.begin_draft(version=outdated, by=director, now=NOW)
    else:
        services.retire_version(version=outdated, reason="Ours", by=director, now=NOW)
    assert installed(outdated) == []


def test_the_command_installs_for_every_organisation(outdated: ProtocolVersion) -> None:
    said = StringIO()
    call_command("install_protocols", stdout=said)
    [line] = said.getvalue().splitlines()
    assert line.startswith(str(outdated.organization_id))
    assert "IV_2W3" in line
