"""Consents through the API."""

import pytest

from clinic.models import ConsentRecord, Role
from tests.api.conftest import Caller
from tests.consents.conftest import text_of
from tests.factories import NOW, make_member, make_version, small_definition
from tests.pages.conftest import booked

pytestmark = pytest.mark.django_db
MOMENT = "2026-01-05T08:30:00-05:00"


@pytest.fixture
def caller(clinic):
    """The front desk's program."""
    return Caller(clinic.desk)


@pytest.fixture
def said(clinic):
    """A consent to treatment, as it is sent."""
    return {
        "text": str(text_of(clinic).pk),
        "signed_at": MOMENT,
        "how": "PAPER",
        "drug": "racemic ketamine",
        "route": "IV",
    }


def path(patient):
    return f"/patients/{patient.pk}/consents"


def test_texts_in_use_are_listed(caller, clinic):
    found = caller.get("/consent-texts").json()["results"]
    assert len(found) == 8
    assert str(text_of(clinic).pk) in {text["id"] for text in found}
    assert {text["is_default"] for text in found} == {True}


def test_a_consent_is_recorded_read_and_listed(caller, patient, said):
    answer = caller.post(path(patient), said, key="once")
    made = answer.json()
    assert answer.status_code == 201
    assert (made["state"], made["signed_at"]) == ("CURRENT", MOMENT)
    assert made["expires_at"] == "2027-01-06T00:00:00-05:00"
    assert caller.get(answer["Location"]).json() == made
    assert caller.get(path(patient)).json()["results"] == [made]
    assert caller.post(path(patient), said, key="once").json() == made
    assert ConsentRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"text": "01920000-0000-7000-8000-000000000000"}, "#/text"),
        ({"signed_at": "2026-01-05T08:30:00"}, "#/signed_at"),
        ({"signed_at": "2026-01-06T08:30:00Z"}, "#/signed_at"),
        ({"how": "LINK"}, "#/how"),
        ({"how": "VERBAL"}, "#/witness"),
        ({"how": "VERBAL", "witness": "01920000-0000-7000-8000-000000000000"}, "#/witness"),
        ({"drug": "aspirin"}, "#/drug"),
        ({"drug": ""}, "#/drug"),
        ({"until": "2028-01-01"}, "#/until"),
        ({"withdrawn_at": MOMENT}, "#/withdrawn_at"),
    ],
)
def test_what_is_not_right_is_named(caller, patient, said, change, pointer):
    answer = caller.post(path(patient), said | change)
    assert answer.status_code == 400, answer.content
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not ConsentRecord.objects.exists()


def test_withdrawing_says_which_visits_went(caller, clinic, sign):
    definition = small_definition(drug="racemic ketamine", route="IV")
    clinic.version = make_version(clinic.organization, definition)
    course = booked(clinic)
    record = sign(who=course.patient)
    url = f"/consents/{record.pk}/withdraw"
    ended = caller.post(url, {"reason": "Enough"}, key="k").json()
    assert [one["state"] for one in ended["consents"]] == ["WITHDRAWN"]
    gone = course.visits.filter(status="CANCELLED").values_list("pk", flat=True)
    assert set(ended["cancelled_visits"]) == {str(pk) for pk in gone}
    assert len(gone) == 4
    again = caller.post(url, {})
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (
        409,
        "consent-not-standing",
    )


def test_who_may_only_look_may_not_record(clinic, patient, said, sign):
    record = sign()
    auditor = Caller(make_member(clinic.site, Role.AUDITOR))
    assert auditor.get(path(patient)).status_code == 200
    assert auditor.post(path(patient), said).status_code == 403
    assert auditor.post(f"/consents/{record.pk}/withdraw", {}).status_code == 403


def test_a_stranger_finds_nothing(other_clinic, patient, said, sign):
    stranger, record = Caller(other_clinic.desk), sign(at=NOW)
    assert stranger.get(path(patient)).status_code == 404
    assert stranger.post(path(patient), said).status_code == 404
    assert stranger.get(f"/consents/{record.pk}").status_code == 404
    assert stranger.post(f"/consents/{record.pk}/withdraw", {}).status_code == 404
    assert stranger.get("/consent-texts").json()["results"] == []
