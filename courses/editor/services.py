"""The life of a protocol's version: drafted, signed and published, retired."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from clinic.rights import Right, roles_with
from courses.editor.faults import Fault, faults_of
from courses.editor.sources import with_sources
from courses.models import Protocol, ProtocolVersion
from courses.protocols.format import FORMAT

LONGEST_NOTE = 240
STATEMENT = (
    "I have read every value of this version, with those that have no authority of their own. "
    "I stand for them as medical director, and put them into force for this organisation."
)


class VersionChanged(Conflict):
    """Somebody else changed, signed or retired the version, or began a draft."""

    code = "protocol-version-changed"


class DraftFaulty(DomainError):
    """The draft has faults and cannot be signed; `details` names each."""

    code = "protocol-draft-faulty"

    def __init__(self, faults: list[Fault]) -> None:
        named = [{"path": fault.path, "detail": fault.text} for fault in faults]
        super().__init__("The draft still has faults; each says why.", details=named)
        self.faults = faults


@transaction.atomic
def begin_draft(*, version: ProtocolVersion, by: Membership, now: datetime) -> ProtocolVersion:
    """The next version of a protocol as a draft with the content of this one.

    Raises VersionChanged when there is a draft already.
    """
    if version.is_draft:
        raise VersionChanged("This is a draft already.")
    return _create(version.protocol, _next_number(version.protocol), version, by, now)


def _next_number(protocol: Protocol) -> int:
    return int(protocol.versions.aggregate(last=Max("number"))["last"] or 0) + 1


def _create(
    protocol: Protocol,
    number: int,
    follows: ProtocolVersion,
    by: Membership,
    now: datetime,
    **changes: str,
) -> ProtocolVersion:
    """Inside a transaction: of two that begin at once, one wins."""
    try:
        with transaction.atomic():
            return ProtocolVersion.objects.create(
                organization_id=by.organization_id,
                protocol=protocol,
                number=number,
                definition=follows.definition | changes,
                follows=follows,
                drafted_by=by,
                drafted_at=now,
            )
    except IntegrityError as exc:
        raise VersionChanged("There is a draft of this protocol already: go on with it.") from exc


@transaction.atomic
def begin_protocol(
    *, template: ProtocolVersion, code: str, name: str, by: Membership, now: datetime
) -> ProtocolVersion:
    """A new protocol under a code of its own, as a draft with the content of a template.

    Raises DomainError (field `code`) when the code is taken.
    """
    try:
        with transaction.atomic():
            protocol = Protocol.objects.create(
                organization_id=by.organization_id, code=code, name=name, is_in_use=False
            )
    except IntegrityError as exc:
        raise DomainError("Another protocol has this code.", field="code") from exc
    return _create(protocol, 1, template, by, now, code=code, name=name)


@transaction.atomic
def rewrite_draft(
    *,
    version: ProtocolVersion,
    definition: Mapping[str, Any],
    note: str,
    seen: datetime,
    by: Membership,
    now: datetime,
) -> list[Fault]:
    """Keep what a draft says now, with its faults, which are given back.

    The code stays; a number that changed becomes the clinic's own. `seen` is the `drafted_at` that
    the writer began with. Raises VersionChanged when somebody else wrote or signed it meanwhile.
    """
    if len(note := note.strip()) > LONGEST_NOTE:
        raise DomainError(f"At most {LONGEST_NOTE} characters.", field="note")
    before = version.follows.definition if version.follows else {}
    fixed = {"format": FORMAT, "code": version.protocol.code}
    kept = with_sources({**definition, **fixed}, before)
    rows = _drafts(version, by).filter(drafted_at=seen)
    if not rows.update(definition=kept, note=note, drafted_by=by, drafted_at=now):
        raise VersionChanged("Somebody else changed or signed the draft meanwhile.")
    version.refresh_from_db()
    return faults_of(version.definition)


# What belongs to the way a drug is given.
ROUTE_PARTS = ("drug", "route", "dose", "vitals", "observation", "checks")


@transaction.atomic
def take_route(
    *, version: ProtocolVersion, template: ProtocolVersion, by: Membership, now: datetime
) -> ProtocolVersion:
    """Give a draft the route of another version, with its dose, vital signs, watching and checks.

    Raises VersionChanged when the draft was signed meanwhile.
    """
    new = dict(version.definition)
    sources = [row for row in new.get("sources", []) if not _is_of_route(row["path"])]
    for part in ROUTE_PARTS:
        new.pop(part, None)
        if part in template.definition:
            new[part] = template.definition[part]
    said = template.definition.get("sources", [])
    new["sources"] = [*sources, *(row for row in said if _is_of_route(row["path"]))]
    new["references"] = template.definition.get("references", {}) | new.get("references", {})
    rows = _drafts(version, by)
    if not rows.update(definition=with_sources(new, new), drafted_by=by, drafted_at=now):
        raise VersionChanged("The draft was signed meanwhile.")
    version.refresh_from_db()
    return version


def _is_of_route(path: str) -> bool:
    return any(f"{path}/".startswith(f"/{part}/") for part in ROUTE_PARTS)


def _drafts(version: ProtocolVersion, by: Membership) -> Any:
    return ProtocolVersion.objects.filter(
        pk=version.pk, organization_id=by.organization_id, published_at=None
    )


@transaction.atomic
def discard_draft(*, version: ProtocolVersion, by: Membership) -> None:
    """Throw a draft away, and with it a protocol that has nothing else.

    Raises VersionChanged when it was signed meanwhile.
    """
    if not _drafts(version, by).delete()[0]:
        raise VersionChanged("It was signed meanwhile, and stays.")
    if not version.protocol.versions.exists():
        version.protocol.delete()


@transaction.atomic
def publish_version(
    *, version: ProtocolVersion, seen: datetime, by: Membership, now: datetime
) -> ProtocolVersion:
    """Sign a draft and put it into force: new courses begin under it, and the one before retires.

    Courses under way keep theirs. Raises DraftFaulty, or VersionChanged when the draft is not the
    one that the signer has seen (`drafted_at`).
    """
    if faults := faults_of(version.definition):
        raise DraftFaulty(faults)
    because(version.note)
    rows = _drafts(version, by).filter(drafted_at=seen)
    if not rows.update(published_at=now, **_signature(by, now)):
        raise VersionChanged("The draft was changed or signed meanwhile: look at it again.")
    before = version.protocol.versions.exclude(pk=version.pk)
    before.filter(published_at__isnull=False, retired_at=None).update(
        retired_at=now, retired_by=by, retired_reason=f"Replaced by version {version.number}"
    )
    is_new = not before.exists()
    protocol = Protocol.objects.filter(pk=version.protocol_id)
    protocol.update(name=version.definition["name"], **({"is_in_use": True} if is_new else {}))
    version.refresh_from_db()
    return version


def _signature(by: Membership, now: datetime) -> dict[str, Any]:
    held = {role for _, role in by.duties}
    [role] = [role for role in roles_with(Right.SIGN_THRESHOLDS) if role in held][:1]
    return {"signed_by": by, "signed_at": now, "signed_as": role.label, "statement": STATEMENT}


@transaction.atomic
def sign_shipped(*, version: ProtocolVersion, by: Membership, now: datetime) -> ProtocolVersion:
    """Stand for a version that is in force unsigned; raise VersionChanged when it is not."""
    rows = ProtocolVersion.objects.filter(
        pk=version.pk,
        organization_id=by.organization_id,
        published_at__isnull=False,
        signed_at=None,
        retired_at=None,
    )
    if not rows.update(**_signature(by, now)):
        raise VersionChanged("This version is signed or retired already.")
    version.refresh_from_db()
    return version


@transaction.atomic
def retire_version(
    *, version: ProtocolVersion, reason: str, by: Membership, now: datetime
) -> ProtocolVersion:
    """No course begins under it any more; those under way keep it.

    Raises VersionChanged when it is no published version in force, DomainError without a reason.
    """
    if not (reason := reason.strip()):
        raise DomainError("Please give a reason.", field="reason")
    if len(reason) > LONGEST_NOTE:
        raise DomainError(f"At most {LONGEST_NOTE} characters.", field="reason")
    because(reason)
    rows = ProtocolVersion.objects.filter(
        pk=version.pk,
        organization_id=by.organization_id,
        published_at__isnull=False,
        retired_at=None,
    )
    if not rows.update(retired_at=now, retired_by=by, retired_reason=reason):
        raise VersionChanged("This version is not in force.")
    version.refresh_from_db()
    return version


@transaction.atomic
def put_in_use(*, protocol: Protocol, is_in_use: bool, by: Membership) -> Protocol:
    """Offer the protocol for new courses, or no longer."""
    Protocol.objects.filter(pk=protocol.pk, organization_id=by.organization_id).update(
        is_in_use=is_in_use
    )
    protocol.refresh_from_db()
    return protocol
