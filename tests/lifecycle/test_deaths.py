"""A death through the API: said by one person, confirmed by another (DOMAIN 8.43, 8.44)."""

import pytest

from clinic.models import PatientDeath
from tests.api.conftest import Caller
from tests.factories import make_member

pytestmark = pytest.mark.django_db
SAID = {"died_on": "2026-01-04", "known_from": "A letter came back"}


@pytest.fixture
def at(course):
    return f"/patients/{course.patient_id}/death"


@pytest.fixture
def reported(clinic, at):
    return Caller(clinic.desk).post(at, SAID)


def test_8_43_one_reports_and_another_confirms(clinic, course, at, reported):
    assert (reported.status_code, reported["Location"]) == (201, f"/api/v1{at}")
    assert reported.json()["reported_by"] == str(clinic.desk.pk)
    confirmed = Caller(clinic.nurse).post(f"{at}/confirm", {})
    assert confirmed.status_code == 200
    assert confirmed.json()["confirmed_by"] == str(clinic.nurse.pk)
    course.refresh_from_db()
    assert (course.status, course.stop_reason) == ("STOPPED", "DEATH")
    assert not course.visits.planned().exists()


def test_8_44_who_reported_it_does_not_confirm_it(clinic, course, at, reported):
    answer = Caller(clinic.desk).post(f"{at}/confirm", {})
    assert answer.status_code == 400
    assert "Somebody else" in answer.content.decode()
    course.refresh_from_db()
    assert course.status == "ACTIVE"


def test_what_is_sent_twice_is_said_once(clinic, at):
    caller = Caller(clinic.desk)
    first, again = (caller.post(at, SAID, key="said-once-only-0001") for _ in range(2))
    assert first.json() == again.json()
    assert caller.post(at, SAID).json()["type"].endswith("death-reported")
    assert PatientDeath.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "member"),
    [
        ({"known_from": ""}, "known_from"),
        ({}, "known_from"),
        (SAID | {"died_on": "2026-02-30"}, "died_on"),
        (SAID | {"died_on": "2027-01-01"}, "died_on"),
        (SAID | {"surprise": 1}, "surprise"),
    ],
)
def test_bad_input_names_the_member(clinic, at, said, member):
    answer = Caller(clinic.desk).post(at, said)
    assert answer.status_code == 400
    assert member in answer.content.decode()
    assert not PatientDeath.objects.exists()


def test_a_wrong_report_is_withdrawn_before_it_is_confirmed(clinic, at, reported):
    caller = Caller(clinic.nurse)
    assert caller.post(f"{at}/withdraw").json()["withdrawn_at"]
    for path in (at, f"{at}/confirm", f"{at}/withdraw"):
        answer = caller.get(path) if path == at else caller.post(path)
        assert answer.status_code == 404


def test_what_is_confirmed_is_settled(clinic, at, reported):
    caller = Caller(clinic.nurse)
    caller.post(f"{at}/confirm")
    assert caller.post(f"{at}/confirm").json()["type"].endswith("death-not-open")
    assert caller.post(f"{at}/withdraw").json()["type"].endswith("death-not-open")


def test_access_is_restricted_by_who_may(clinic, course, at, reported):
    assert Caller(clinic.nurse).post(f"{at}/confirm", {"restricts": True}).status_code == 403
    assert PatientDeath.objects.get().confirmed_at is None
    manager = make_member(clinic.site, "MANAGER")
    assert Caller(manager).post(f"{at}/confirm", {"restricts": True}).status_code == 200
    course.patient.refresh_from_db()
    assert course.patient.is_restricted


def test_a_stranger_finds_nothing_and_who_may_not_book_is_refused(clinic, other_clinic, at):
    stranger = Caller(other_clinic.desk)
    assert stranger.get(at).status_code == 404
    for path in (at, f"{at}/confirm", f"{at}/withdraw"):
        assert stranger.post(path, SAID if path == at else {}).status_code == 404
    auditor = Caller(make_member(clinic.site, "AUDITOR"))
    assert auditor.post(at, SAID).status_code == 403
