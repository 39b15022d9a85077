"""Taking on and closing: one of two rivals wins; what a closing holds and releases."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.errors import DomainError
from clinic.models import Membership
from courses.alerts.services import AlertClosed, AlertTaken, acknowledge_alert, close_alert
from courses.models import AlertEvent, Course, CourseEvent, Hold, SafetyAlert
from tests.alerts.raising import a_course, raised, steps
from tests.factories import NOW, Clinic
from tests.race import race

SOON = NOW + timedelta(minutes=5)
PLAN = "Safety plan reviewed; the patient calls tomorrow."
RIVALS = 6


def closed(alert: SafetyAlert, by: Membership, risk: str = "LOW", **changes: Any) -> SafetyAlert:
    said = {"assessor": by, "assessed_at": SOON, "risk": risk, "plan": PLAN, "by": by, "now": SOON}
    return close_alert(alert=alert, **{**said, **changes})


@pytest.mark.django_db(transaction=True)
def test_of_rivals_one_takes_it_on(clinic: Clinic) -> None:
    alert = raised(a_course(clinic))
    people = [clinic.nurse, clinic.therapist, clinic.prescriber]

    def attempt(number: int) -> SafetyAlert:
        mine = SafetyAlert.objects.get(pk=alert.pk)
        return acknowledge_alert(alert=mine, by=people[number], now=SOON)

    outcomes = race(attempt, rivals=3)
    kinds = [type(outcome) for outcome in outcomes]
    assert (kinds.count(SafetyAlert), kinds.count(AlertTaken)) == (1, 2)
    winner = next(person for person, kind in zip(people, kinds, strict=True) if kind is SafetyAlert)
    alert.refresh_from_db()
    assert alert.acknowledged_by == winner
    assert steps(alert).count("ACKNOWLEDGED") == 1


@pytest.mark.django_db(transaction=True)
def test_control_who_looks_before_writing_takes_it_on_beside_others(clinic: Clinic) -> None:
    alert = raised(a_course(clinic))
    people = [clinic.nurse, clinic.therapist, clinic.prescriber]
    looked = Barrier(3)

    def naive(number: int) -> str:
        mine = SafetyAlert.objects.get(pk=alert.pk)
        free = mine.acknowledged_at is None
        looked.wait()
        if not free:
            return "taken"
        AlertEvent.objects.create(
            organization=clinic.organization,
            alert=mine,
            kind=AlertEvent.Kind.ACKNOWLEDGED,
            at=SOON,
            by=people[number],
            level=mine.level,
        )
        return "mine"

    assert race(naive, rivals=3) == ["mine"] * 3


@pytest.mark.django_db(transaction=True)
def test_of_rival_closings_one_counts(clinic: Clinic) -> None:
    alert = raised(a_course(clinic))

    def attempt(number: int) -> SafetyAlert:
        mine = SafetyAlert.objects.get(pk=alert.pk)
        return closed(mine, clinic.nurse, plan=f"{PLAN} By number {number}.")

    kinds = [type(outcome) for outcome in race(attempt, rivals=RIVALS)]
    assert (kinds.count(SafetyAlert), kinds.count(AlertClosed)) == (1, RIVALS - 1)
    assert steps(alert).count("CLOSED") == 1


@pytest.mark.django_db(transaction=True)
def test_of_rivals_that_raise_one_alert_comes(clinic: Clinic) -> None:
    course = a_course(clinic)
    outcomes = race(lambda _n: raised(course, source_id=course.pk), rivals=RIVALS)
    assert {outcome.pk for outcome in outcomes} == {SafetyAlert.objects.get().pk}


@pytest.mark.django_db
def test_taking_it_on_twice_is_the_same(clinic: Clinic) -> None:
    alert = raised(a_course(clinic))
    acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON)
    acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON + timedelta(minutes=1))
    assert steps(alert).count("ACKNOWLEDGED") == 1
    assert alert.acknowledged_at == SOON


@pytest.mark.django_db
def test_a_closed_alert_is_not_taken_on(clinic: Clinic) -> None:
    alert = closed(raised(a_course(clinic)), clinic.nurse)
    with pytest.raises(AlertClosed):
        acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON)


@pytest.mark.django_db
def test_closing_takes_on_what_nobody_had(clinic: Clinic) -> None:
    alert = closed(raised(a_course(clinic)), clinic.nurse)
    assert (alert.acknowledged_by, alert.acknowledged_at) == (clinic.nurse, SOON)


@pytest.mark.django_db
def test_closing_is_on_the_courses_timeline(clinic: Clinic) -> None:
    course = a_course(clinic)
    alert = closed(raised(course), clinic.nurse)
    event = CourseEvent.objects.get(course=course, kind=CourseEvent.Kind.ALERT_CLOSED)
    assert (event.by, event.detail) == (clinic.nurse, {"alert": str(alert.pk), "risk": "LOW"})


@pytest.mark.django_db
@pytest.mark.parametrize("risk", ["NONE", "LOW", "MODERATE"])
def test_a_prescriber_who_closes_below_high_lets_doses_go_on(clinic: Clinic, risk: str) -> None:
    alert = raised(a_course(clinic), level="HIGH")
    closed(alert, clinic.prescriber, risk=risk)
    hold = Hold.objects.get()
    assert (hold.released_by, hold.released_at) == (clinic.prescriber, SOON)


@pytest.mark.django_db
def test_a_nurse_who_closes_leaves_the_hold_to_whoever_decides(clinic: Clinic) -> None:
    closed(raised(a_course(clinic), level="HIGH"), clinic.nurse)
    assert Hold.objects.open().count() == 1


@pytest.mark.django_db
def test_a_high_risk_that_an_assessment_finds_holds_doses(clinic: Clinic) -> None:
    alert = raised(a_course(clinic), level="ALERT")
    closed(alert, clinic.prescriber, risk="HIGH")
    hold = Hold.objects.open().get()
    assert (hold.kind, hold.source_id) == (Hold.Kind.SUICIDE_RISK, alert.pk)


@pytest.mark.django_db
def test_another_alerts_hold_stays(clinic: Clinic) -> None:
    course = a_course(clinic)
    first, second = raised(course, level="HIGH"), raised(course, level="HIGH")
    closed(first, clinic.prescriber)
    assert [hold.source_id for hold in Hold.objects.open()] == [second.pk]


@pytest.mark.django_db
def test_every_open_course_is_held_and_no_ended_one(clinic: Clinic) -> None:
    course = a_course(clinic)
    paused = a_course(clinic, patient=course.patient, status=Course.Status.PAUSED)
    a_course(clinic, patient=course.patient, status=Course.Status.COMPLETED)
    raised(course, level="HIGH")
    assert set(Hold.objects.open().values_list("course", flat=True)) == {course.pk, paused.pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"plan": "Seen."}, "plan"),
        ({"assessed_at": SOON + timedelta(seconds=1)}, "assessed_at"),
        ({"assessed_at": NOW - timedelta(seconds=1)}, "assessed_at"),
    ],
)
def test_an_assessment_that_does_not_fit_is_refused(
    clinic: Clinic, change: dict[str, Any], field: str
) -> None:
    alert = raised(a_course(clinic))
    with pytest.raises(DomainError) as refusal:
        closed(alert, clinic.nurse, **change)
    assert refusal.value.field == field
    assert steps(alert) == ["RAISED", "ROUTED"]


@pytest.mark.django_db
def test_assessed_in_the_alerts_own_minute_is_after_it(clinic: Clinic) -> None:
    moment = NOW + timedelta(seconds=30)
    alert = raised(a_course(clinic), now=moment)
    done = closed(alert, clinic.nurse, assessed_at=NOW)
    assert (done.closed_at, done.assessed_at) == (SOON, moment)


@pytest.mark.django_db
def test_the_desk_is_no_assessor(clinic: Clinic) -> None:
    with pytest.raises(DomainError) as refusal:
        closed(raised(a_course(clinic)), clinic.nurse, assessor=clinic.desk)
    assert refusal.value.field == "assessor"


@pytest.mark.django_db
def test_nobody_finds_the_plan_in_the_logs(
    clinic: Clinic,
    sign_in: Callable[[Membership], Client],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: SOON)
    alert = raised(a_course(clinic))
    said = {
        "assessor": clinic.nurse.pk, "on": "2026-01-05", "at": "09:05", "risk": "LOW",
        "plan": "Quetzalia keeps her safety plan at hand.",
    }  # fmt: skip
    answer = sign_in(clinic.nurse).post(f"/alerts/{alert.pk}/close/", said)
    assert answer.status_code == 302
    assert "Quetzalia" not in caplog.text
    assert "PHQ" not in caplog.text
