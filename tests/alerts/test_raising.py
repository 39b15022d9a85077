"""Raising an alert: once for each source, whom it goes to, what it holds (DOMAIN 5.9)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from clinic.models import Closure, Leave, Role
from courses.alerts.services import acknowledge_alert, close_alert, plan_on_call
from courses.models import CourseEvent, Hold, SafetyAlert
from tests.alerts.raising import a_course, raised, steps, told
from tests.factories import NOW, Clinic, make_member, make_visit

NIGHT = datetime(2026, 1, 6, 3, 0, tzinfo=UTC)  # Monday, 22:00 in New York
SOON = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


def test_it_goes_to_who_serves_the_patient_today(clinic: Clinic) -> None:
    course = a_course(clinic)
    make_visit(course, clinic.chair, NOW + timedelta(hours=2), nurse=clinic.nurse)
    alert = raised(course)
    assert (alert.routed_to, alert.route) == (clinic.nurse, "SERVING")
    assert told(alert) == [clinic.nurse]
    assert steps(alert) == ["RAISED", "ROUTED"]


def test_who_serves_but_is_away_is_not_on_site(clinic: Clinic) -> None:
    course = a_course(clinic, lead_therapist=clinic.therapist)
    make_visit(course, clinic.chair, NOW + timedelta(hours=2), nurse=clinic.nurse)
    Leave.objects.create(
        organization=clinic.organization,
        membership=clinic.nurse,
        during=(NOW - timedelta(hours=1), NOW + timedelta(hours=8)),
    )
    alert = raised(course)
    assert (alert.routed_to, alert.route) == (clinic.therapist, "ON_SHIFT")


def test_a_visit_of_another_day_puts_nobody_on_site(clinic: Clinic) -> None:
    course = a_course(clinic, lead_prescriber=clinic.prescriber)
    make_visit(course, clinic.chair, NOW + timedelta(days=1), nurse=clinic.nurse)
    alert = raised(course)
    assert (alert.routed_to, alert.route) == (clinic.prescriber, "ON_SHIFT")


def test_whoever_has_the_fewest_alerts_gets_the_next(clinic: Clinic) -> None:
    first = raised(a_course(clinic))
    second = raised(a_course(clinic))
    assert {first.route, second.route} == {"ON_SHIFT"}
    assert first.routed_to != second.routed_to


def test_off_hours_on_call_and_director_are_told_at_once(clinic: Clinic) -> None:
    director = make_member(clinic.site, Role.MEDICAL_DIRECTOR)
    plan_on_call(
        site=clinic.site,
        member=clinic.therapist,
        starts_at=NIGHT - timedelta(hours=4),
        ends_at=NIGHT + timedelta(hours=8),
        now=NOW,
    )
    alert = raised(a_course(clinic), now=NIGHT)
    assert told(alert) == [clinic.therapist, director]
    assert (alert.routed_to, alert.route) == (clinic.therapist, "ON_CALL")


def test_on_a_closure_day_nobody_is_on_shift(clinic: Clinic) -> None:
    director = make_member(clinic.site, Role.MEDICAL_DIRECTOR)
    Closure.objects.create(organization=clinic.organization, site=clinic.site, on=NOW.date())
    assert told(raised(a_course(clinic))) == [director]


def test_without_anybody_on_duty_everybody_who_may_answer_is_told(clinic: Clinic) -> None:
    alert = raised(a_course(clinic), now=NIGHT)
    assert set(told(alert)) == {clinic.nurse, clinic.therapist, clinic.prescriber}
    assert alert.route == "NOBODY"


def test_the_desk_is_never_told(clinic: Clinic) -> None:
    assert clinic.desk not in told(raised(a_course(clinic), now=NIGHT))


def test_again_for_the_same_source_it_is_the_same_alert(clinic: Clinic) -> None:
    course, source = a_course(clinic), uuid4()
    first = raised(course, source_id=source)
    again = raised(course, source_id=source, now=SOON)
    assert first == again
    assert steps(first) == ["RAISED", "ROUTED"]
    assert raised(course, source_id=source, rule="CSSRS") != first


def test_the_level_only_rises(clinic: Clinic) -> None:
    course, source = a_course(clinic), uuid4()
    raised(course, source_id=source, level="URGENT")
    assert raised(course, source_id=source, level="ALERT").level == "URGENT"
    assert raised(course, source_id=source, level="HIGH").level == "HIGH"


def test_a_higher_level_asks_anew_for_an_answer(clinic: Clinic) -> None:
    course, source = a_course(clinic), uuid4()
    alert = raised(course, source_id=source)
    acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON)
    alert = raised(course, source_id=source, level="URGENT", now=SOON)
    assert alert.acknowledged_at is None
    assert steps(alert) == ["RAISED", "ROUTED", "ACKNOWLEDGED", "LEVEL_RAISED", "ROUTED"]


def test_a_closed_alert_stays_closed_and_a_higher_level_is_a_new_one(clinic: Clinic) -> None:
    course, source = a_course(clinic), uuid4()
    alert = raised(course, source_id=source)
    close_alert(
        alert=alert,
        assessor=clinic.nurse,
        assessed_at=SOON,
        risk="LOW",
        plan="Safety plan reviewed; call tomorrow.",
        by=clinic.nurse,
        now=SOON,
    )
    assert raised(course, source_id=source, now=SOON) == alert
    assert raised(course, source_id=source, level="URGENT", now=SOON) != alert
    assert SafetyAlert.objects.open().count() == 1


def test_the_course_tells_that_it_was_raised(clinic: Clinic) -> None:
    course = a_course(clinic)
    alert = raised(course, by=clinic.nurse)
    event = CourseEvent.objects.get(course=course, kind=CourseEvent.Kind.ALERT_RAISED)
    assert (event.by, event.detail) == (clinic.nurse, {"alert": str(alert.pk), "level": "ALERT"})


def test_without_a_course_the_patients_own_site_answers(clinic: Clinic) -> None:
    course = a_course(clinic)
    alert = raised(None, patient=course.patient)
    assert alert.site == course.patient.site
    assert not CourseEvent.objects.filter(kind=CourseEvent.Kind.ALERT_RAISED).exists()


def test_an_alert_below_high_holds_nothing(clinic: Clinic) -> None:
    raised(a_course(clinic), level="URGENT")
    assert not Hold.objects.exists()
