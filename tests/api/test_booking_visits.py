"""Booking one visit over the API: its free times, its next place, and rivals for one time."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from courses.models import Course
from reminders.models import Message
from scheduling.models import Reservation
from scheduling.services import cancel_visit
from sessions.models import Session
from tests import factories
from tests.api.conftest import Booked, Caller, next_monday
from tests.race import race

pytestmark = pytest.mark.django_db
RIVALS = 50


def cleared_course(clinic: factories.Clinic, **fields: Any) -> Course:
    dates = {
        "earliest_on": next_monday(),
        "latest_first_on": next_monday() + timedelta(days=14),
    }
    patient = factories.make_patient(clinic.site)
    return factories.make_course(patient, clinic.version, clinic.desk, **dates | fields)


def free(desk: Caller, course: Course, **asked: Any) -> list[dict[str, Any]]:
    answer = desk.get(f"/courses/{course.pk}/slots", **asked)
    assert answer.status_code == 200, answer.content
    return [slot for day in answer.json()["days"] for slot in day["slots"]]


def kind_of(answer: HttpResponse) -> str:
    """What kind of refusal it is; empty for none."""
    return answer.json().get("type", "").removeprefix("urn:courseline:problem:")


def wish(course: Course, slot: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"course": str(course.pk), "starts_at": slot["starts_at"], **more}


def test_the_next_place_is_booked_where_its_free_times_said(
    clinic: factories.Clinic, desk: Caller
) -> None:
    course = cleared_course(clinic)
    slot = free(desk, course)[0]
    answer = desk.post("/visits", wish(course, slot), key="one wish")
    assert answer.status_code == 201, answer.content
    visit = answer.json()
    assert answer["Location"] == visit["url"]
    assert (visit["kind"], visit["seq"], visit["status"]) == ("prep", 1, "PLANNED")
    assert visit | slot | {"is_best": 0} == visit | {"is_best": 0}
    assert desk.get(visit["url"]).json() == visit
    course.refresh_from_db()
    assert course.status == Course.Status.ACTIVE
    assert Message.objects.filter(kind="BOOKED", patient=course.patient_id).count() == 1
    again = desk.post("/visits", wish(course, slot), key="one wish")
    assert (again.json(), again["Idempotency-Replayed"]) == (visit, "true")
    assert Session.objects.count() == 1


def plain(slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the mark of the best, which is the best of what was asked for."""
    return [slot | {"is_best": None} for slot in slots]


def test_a_day_has_the_same_free_times_as_all_days_have_on_it(
    clinic: factories.Clinic, desk: Caller, booked: Booked
) -> None:
    """For a place that is open, and for a booked visit."""
    visit = Session.objects.get(kind="dosing", seq=2)
    open_place = f"/courses/{cleared_course(clinic).pk}/slots"
    for path, least in ((open_place, 5), (f"/visits/{visit.pk}/slots", 1)):
        days = {day["day"]: day["slots"] for day in desk.get(path).json()["days"]}
        assert len(days) >= least
        for day in list(days)[:3]:
            (one,) = desk.get(path, day=day).json()["days"]
            assert plain(one["slots"]) == plain(days[day])
        assert desk.get(path, day="2031-01-01").json()["days"] == []


def test_the_place_of_a_cancelled_visit_is_open_at_its_time(
    clinic: factories.Clinic, desk: Caller, booked: Booked
) -> None:
    visit = Session.objects.get(kind="dosing", seq=2)
    cancel_visit(visit=visit, by=clinic.desk, reason="Ill", now=visit.scheduled_at)
    asked = {"kind": "dosing", "seq": 2, "day": visit.local_date}
    starts = [slot["starts_at"] for slot in free(desk, visit.course, **asked)]
    assert visit.starts_at in map(datetime.fromisoformat, starts)


def test_what_is_no_free_time_is_refused_with_every_reason(
    clinic: factories.Clinic, desk: Caller
) -> None:
    course, other = cleared_course(clinic), cleared_course(clinic)
    slot = free(desk, course)[0]
    night = slot | {"starts_at": f"{next_monday()}T02:00:00-05:00"}
    refused = desk.post("/visits", wish(course, night))
    assert (refused.status_code, kind_of(refused)) == (400, "slot-refused")
    assert desk.post("/visits", wish(other, slot)).status_code == 201
    taken = desk.post("/visits", wish(course, slot))
    assert (taken.status_code, kind_of(taken)) == (409, "slot-taken")
    assert Session.objects.count() == Reservation.objects.count() == 1


@pytest.mark.parametrize("place", [("dosing", 9), ("prep", 1)])
def test_a_place_that_is_not_open_is_refused(
    clinic: factories.Clinic, desk: Caller, place: tuple[str, int]
) -> None:
    course = cleared_course(clinic)
    slot = free(desk, course)[0]
    named = dict(zip(("kind", "seq"), place, strict=True))
    desk.post("/visits", wish(course, slot))
    for answer in (
        desk.get(f"/courses/{course.pk}/slots", **named),
        desk.post("/visits", wish(course, slot, **named)),
    ):
        assert (answer.status_code, kind_of(answer)) == (409, "place-not-open")


@pytest.mark.django_db(transaction=True)
def test_of_fifty_rivals_one_has_the_time_and_all_are_answered(
    clinic: factories.Clinic, desk: Caller
) -> None:
    courses = [cleared_course(clinic) for _ in range(RIVALS)]
    slot = free(desk, courses[0])[0]

    def attempt(number: int) -> tuple[int, str]:
        answer = desk.post("/visits", wish(courses[number], slot))
        return answer.status_code, kind_of(answer)

    outcomes = Counter(race(attempt, rivals=RIVALS))
    assert outcomes == {(201, ""): 1, (409, "slot-taken"): RIVALS - 1}
    assert Session.objects.count() == Reservation.objects.count() == 1
