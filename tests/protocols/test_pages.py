"""The director's pages: list, version, draft, signature; and who may not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.models import Membership, Role
from courses.editor import services
from courses.models import Protocol, ProtocolVersion
from tests import factories
from tests.factories import NOW, Clinic

LIST = "/protocols/"


def page_of(version: ProtocolVersion, rest: str = "") -> str:
    return f"/protocols/versions/{version.pk}/{rest}"


@pytest.fixture
def draft(shipped: Callable[..., ProtocolVersion], director: Membership) -> ProtocolVersion:
    """A draft of the second version of IV_2W3."""
    return services.begin_draft(version=shipped("IV_2W3"), by=director, now=NOW)


def seen(version: ProtocolVersion) -> str:
    assert version.drafted_at
    return version.drafted_at.isoformat()


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PRESCRIBER, Role.MANAGER, Role.AUDITOR])
def test_other_roles_are_told_which_right_is_missing(
    clinic: Clinic, sign_in: Callable[..., Client], draft: ProtocolVersion, role: Role
) -> None:
    colleague = sign_in(clinic.person(role))
    for address in (LIST, page_of(draft), page_of(draft, "edit/")):
        assert colleague.get(address).status_code == 403
    assert colleague.post(page_of(draft, "sign/")).status_code == 403


def test_director_of_one_site_of_two_may_not(clinic: Clinic, browser: Client) -> None:
    factories.make_site(clinic.organization)
    assert browser.get(LIST).status_code == 403


def test_strangers_and_nobody(
    sign_in: Callable[..., Client], draft: ProtocolVersion, client: Client
) -> None:
    elsewhere = factories.make_clinic()
    stranger = sign_in(elsewhere.person(Role.MEDICAL_DIRECTOR))
    for rest in ("", "edit/", "json/"):
        assert stranger.get(page_of(draft, rest)).status_code == 404
    for rest in ("sign/", "discard/", "draft/", "retire/", "route/"):
        assert stranger.post(page_of(draft, rest)).status_code == 404
    assert client.get(LIST).status_code == 302


def test_list_says_what_is_unsigned_and_what_is_off(browser: Client) -> None:
    html = browser.get(LIST).content.decode()
    assert "17 versions in force are as shipped" in html
    assert html.count("Put into use</button>") == 1


def test_list_takes_as_many_queries_for_one_protocol_as_for_twenty(
    browser: Client, clinic: Clinic
) -> None:
    browser.get(LIST)
    with CaptureQueriesContext(connection) as many:
        browser.get(LIST)
    ProtocolVersion.objects.exclude(pk=clinic.version.pk)
    for _ in range(5):
        factories.make_version(clinic.organization)
    with CaptureQueriesContext(connection) as more:
        browser.get(LIST)
    assert len(more) == len(many)


@pytest.mark.parametrize("code", ["ESK_TRD", "IV_2W3", "KAP_PROG", "PAIN_INF", "RETREAT"])
def test_version_page_shows_values_sources_and_what_has_no_authority(
    browser: Client, shipped: Callable[..., ProtocolVersion], code: str
) -> None:
    html = browser.get(page_of(shipped(code))).content.decode()
    assert "Default without authority" in html
    assert "as shipped, unsigned" in html
    for heading in ("Doses", "Visits", "Missed doses", "Scores", "References"):
        assert f"{heading}</h2>" in html


def test_signing_a_shipped_version_shows_who_stands_for_it(
    browser: Client, shipped: Callable[..., ProtocolVersion], director: Membership
) -> None:
    version = shipped("IV_2W3")
    browser.post(page_of(version, "sign/"), {"seen": NOW.isoformat()})
    html = browser.get(page_of(version)).content.decode()
    assert f"Signed by {director.name}, Mon 5 Jan 2026" in html
    assert "Default without authority" not in html
    assert "Medical director" in html


def test_signing_asks_who_it_is_first(
    director: Membership, sign_in: Callable[..., Client], shipped: Callable[..., ProtocolVersion]
) -> None:
    version = shipped("IV_2W3")
    client = sign_in(director)
    answer = client.post(page_of(version, "sign/"), {"seen": NOW.isoformat()})
    assert "/reauthenticate/" in answer["Location"]
    version.refresh_from_db()
    assert not version.is_signed


def test_draft_is_begun_edited_compared_and_signed(
    browser: Client, shipped: Callable[..., ProtocolVersion], clinic: Clinic
) -> None:
    version = shipped("IV_SINGLE")
    address = browser.post(page_of(version, "draft/"))["Location"]
    draft = ProtocolVersion.objects.get(protocol=version.protocol, number=2)
    assert address == page_of(draft, "edit/")
    answer = browser.post(address, {**_inputs(browser, address), "observation.minutes": "90",
                                    "note": "Longer"})  # fmt: skip
    assert answer.status_code == 302
    html = browser.get(page_of(draft)).content.decode()
    assert "Compared with version 1" in html
    assert "60 min from the end of the drug" in html
    assert "90 min from the end of the drug" in html
    draft.refresh_from_db()
    browser.post(page_of(draft, "sign/"), {"seen": seen(draft)})
    draft.refresh_from_db()
    version.refresh_from_db()
    assert (draft.is_signed, version.retired_reason) == (True, "Replaced by version 2")


def _inputs(browser: Client, address: str) -> dict[str, Any]:
    """What the page's form holds, as a browser sends it."""
    from tests.protocols.test_form import sent_of

    page = browser.get(address)
    form = page.context["form"]
    return {**sent_of(form), "seen": page.context["seen"].initial["seen"]}


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(
    browser: Client, draft: ProtocolVersion
) -> None:
    address = page_of(draft, "edit/")
    sent = {**_inputs(browser, address), "min_gap_days": "two", "note": "Twice"}
    answer = browser.post(address, sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="two"' in html
    assert 'id="min_gap_days-faults"><li>Give a whole number.</li>' in html
    assert "The draft is kept as you typed it." in html
    again = browser.get(address).content.decode()
    assert 'value="two"' in again
    assert ">Twice</textarea>" in again


def test_a_note_that_is_too_long_keeps_the_rest(browser: Client, draft: ProtocolVersion) -> None:
    address = page_of(draft, "edit/")
    sent = {**_inputs(browser, address), "min_gap_days": "4", "note": "x" * 241}
    html = browser.post(address, sent).content.decode()
    assert "At most 240 characters." in html
    assert 'value="4"' in html
    draft.refresh_from_db()
    assert draft.definition["min_gap_days"] == 2


def test_of_two_writers_the_later_is_told_and_keeps_the_words(
    browser: Client, draft: ProtocolVersion, director: Membership
) -> None:
    address = page_of(draft, "edit/")
    sent = {**_inputs(browser, address), "name": "My own words"}
    ProtocolVersion.objects.filter(pk=draft.pk).update(
        drafted_at=NOW.replace(hour=15), note="Somebody was faster"
    )
    answer = browser.post(address, sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else changed or signed the draft meanwhile." in html
    assert "My own words" in html
    draft.refresh_from_db()
    assert draft.note == "Somebody was faster"


@pytest.mark.parametrize(
    ("text", "fault"),
    [('{"a": }', "No JSON: Expecting value, line 1, column 7."), ("[1]", "it begins with {")],
)
def test_what_is_no_json_is_named_by_its_line_and_kept(
    browser: Client, draft: ProtocolVersion, text: str, fault: str
) -> None:
    address = page_of(draft, "json/")
    answer = browser.post(address, {"definition": text, "seen": seen(draft)})
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert answer.context["form"]["definition"].value() == text


def test_a_shape_that_no_form_can_show_is_mended_as_json(
    browser: Client, draft: ProtocolVersion
) -> None:
    address = page_of(draft, "json/")
    answer = browser.post(address, {"definition": '{"blocks": 3}', "seen": seen(draft)})
    assert answer.status_code == 422
    assert browser.get(page_of(draft, "edit/"))["Location"] == address
    assert browser.get(page_of(draft)).status_code == 200


def test_a_faulty_draft_is_not_signed(browser: Client, draft: ProtocolVersion) -> None:
    ProtocolVersion.objects.filter(pk=draft.pk).update(definition={"code": "IV_2W3"})
    browser.post(page_of(draft, "sign/"), {"seen": seen(draft)})
    draft.refresh_from_db()
    assert draft.is_draft


def test_published_versions_are_not_edited(
    browser: Client, shipped: Callable[..., ProtocolVersion]
) -> None:
    version = shipped("IV_2W3")
    for rest in ("edit/", "json/"):
        assert browser.get(page_of(version, rest))["Location"] == page_of(version)
        assert browser.post(page_of(version, rest), {})["Location"] == page_of(version)


def test_new_protocol_from_a_template_and_route_of_another(
    browser: Client, shipped: Callable[..., ProtocolVersion], clinic: Clinic
) -> None:
    said = {"template": shipped("KAP_PROG").pk, "code": "KAP_IM", "name": "KAP, into a muscle"}
    address = browser.post("/protocols/new/", said)["Location"]
    draft = ProtocolVersion.objects.get(protocol__code="KAP_IM")
    assert address == page_of(draft, "edit/")
    browser.post(page_of(draft, "route/"), {"template": shipped("IM_SERIES").pk})
    draft.refresh_from_db()
    assert (draft.definition["route"], draft.definition["dose"]["hard_max"]) == ("IM", 1.5)
    browser.post(page_of(draft, "sign/"), {"seen": seen(draft)})
    draft.refresh_from_db()
    assert draft.is_signed
    assert Protocol.objects.get(code="KAP_IM").is_in_use


def test_a_code_that_is_taken_is_refused_beside_its_field(
    browser: Client, shipped: Callable[..., ProtocolVersion]
) -> None:
    said = {"template": shipped("KAP_PROG").pk, "code": "IV_2W3", "name": "Another"}
    answer = browser.post("/protocols/new/", said)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"code": ["Another protocol has this code."]}
    said["code"] = "small"
    assert "A capital first" in browser.post("/protocols/new/", said).content.decode()


def test_retired_and_unused_protocols_are_not_offered(
    browser: Client, clinic: Clinic, shipped: Callable[..., ProtocolVersion]
) -> None:
    from courses.selectors import published_versions

    def offered() -> set[str]:
        found = published_versions(organization=clinic.organization)
        return {version.protocol.code for version in found}

    version = shipped("IV_2W3")
    assert {"IV_2W3", "ESK_TRD"} <= offered()
    assert "SL_HOME" not in offered()
    browser.post(page_of(version, "retire/"), {"reason": ""})
    assert "IV_2W3" in offered()
    browser.post(page_of(version, "retire/"), {"reason": "Replaced by our own"})
    browser.post(f"/protocols/{shipped('ESK_TRD').protocol_id}/use/", {"in_use": "no"})
    browser.post(f"/protocols/{shipped('SL_HOME').protocol_id}/use/", {"in_use": "yes"})
    assert not {"IV_2W3", "ESK_TRD"} & offered()
    assert "SL_HOME" in offered()


def test_discarding_a_draft_of_a_new_protocol_leaves_nothing(
    browser: Client, shipped: Callable[..., ProtocolVersion]
) -> None:
    said = {"template": shipped("KAP_PROG").pk, "code": "KAP_IM", "name": "KAP, into a muscle"}
    browser.post("/protocols/new/", said)
    draft = ProtocolVersion.objects.get(protocol__code="KAP_IM")
    browser.post(page_of(draft, "discard/"))
    assert not Protocol.objects.filter(code="KAP_IM").exists()
