"""Consequences and changes over the API."""

from datetime import timedelta

import pytest

from sessions.models import Session
from tests.api.conftest import Caller
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def at_now(clock):
    clock(NOW)


@pytest.fixture
def desk(clinic):
    return Caller(clinic.desk)


def asked(desk, dose, **wish):
    return desk.get(f"/visits/{dose.pk}/consequences", **wish).json()


def problem(answer):
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_ways_come_with_before_and_after_and_an_answer(desk, dose):
    said = asked(desk, dose, to=(dose.starts_at + 4 * DAY).isoformat())
    first = said["ways"][0]
    assert (first["how"], first["grade"], said["refusals"]) == ("COURSE", "KEPT", [])
    own = next(line for line in first["visits"] if line["label"] == "Infusion 2 of 4")
    assert own["is_changed"]
    assert own["before"]["starts_at"] < own["after"]["starts_at"]
    assert [letter["at"] for letter in first["letters"]].count(None) == 1


def test_a_change_is_made_once_however_often_it_is_sent(desk, dose):
    said = asked(desk, dose, to=(dose.starts_at + 4 * DAY).isoformat())
    body = {"answer": said["ways"][0]["answer"]}
    answers = [desk.post(f"/visits/{dose.pk}/change", body, key="once") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    changed = answers[0].json()["changed"]
    assert len(changed) == sum(line["is_changed"] for line in said["ways"][0]["visits"])
    assert {visit["version"] for visit in changed} == {1}
    assert problem(desk.post(f"/visits/{dose.pk}/change", body)) == (409, "change-outdated")


def test_what_is_not_said_is_asked_for(desk, dose):
    said = asked(desk, dose, cancel=1)
    amber = next(way for way in said["ways"] if way["grade"] == "AMBER")
    body = {"answer": amber["answer"], "code": "WEATHER", "cancelled_by": "PATIENT"}
    assert problem(desk.post(f"/visits/{dose.pk}/change", body)) == (400, "amber-not-accepted")
    answer = desk.post(f"/visits/{dose.pk}/change", {**body, "amber": True})
    assert answer.status_code == 200
    own = answer.json()["visit"]
    assert (own["status"], own["cancel_code"], own["cancelled_by"], own["is_late_cancel"]) == (
        "CANCELLED", "WEATHER", "PATIENT", False,
    )  # fmt: skip
    assert Session.objects.planned().filter(course=dose.course, kind="dosing", seq=2).exists()


@pytest.mark.parametrize("wish", [{}, {"to": "soon"}, {"cancel": "1", "missed": "1"}])
def test_odd_wishes_are_refused(desk, dose, wish):
    assert desk.get(f"/visits/{dose.pk}/consequences", **wish).status_code == 400


def test_an_answer_of_nobody_is_refused(desk, dose):
    refusal = desk.post(f"/visits/{dose.pk}/change", {"answer": "of nobody"})
    assert problem(refusal) == (409, "answer-unknown")
