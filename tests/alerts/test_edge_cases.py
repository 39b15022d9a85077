"""Edge cases of DOMAIN part 8 about safety alerts, as far as alerts go: 32, 33, 34."""

from datetime import timedelta

import pytest

from courses.alerts.selectors import open_alerts_by_course
from courses.alerts.services import acknowledge_alert, close_alert
from courses.models import Hold, SafetyAlert
from courses.readiness import blockers
from sessions.models import Session
from sessions.services import AlertUnanswered, DoseBlocked, change_status
from tests.alerts.raising import a_course, raised
from tests.factories import NOW, Clinic, make_visit

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)
PLAN = "Safety plan reviewed; the patient calls tomorrow."


def arrived(clinic: Clinic, course: object) -> Session:
    return make_visit(course, clinic.chair, NOW, status=Session.Status.ARRIVED)


def codes(course: object) -> set[str]:
    found = blockers(course=course, on=NOW.date(), now=SOON)
    return {blocker.code for blocker in found if blocker.code.startswith(("ALERT", "HOLD_SUI"))}


def begin(visit: Session, clinic: Clinic) -> Session:
    return change_status(visit=visit, to="IN_PROGRESS", by=clinic.nurse, now=SOON)


def test_5_2_an_urgent_alert_is_taken_on_before_a_dose_starts(clinic: Clinic) -> None:
    course = a_course(clinic)
    alert = raised(course, level="URGENT")
    assert codes(course) == {"ALERT_UNANSWERED"}
    with pytest.raises(DoseBlocked, match="A safety alert must be taken on first"):
        begin(arrived(clinic, course), clinic)
    acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON)
    assert codes(course) == set()


def test_5_2_an_urgent_alert_is_taken_on_before_the_patient_leaves(clinic: Clinic) -> None:
    course = a_course(clinic)
    visit = make_visit(course, clinic.chair, NOW, status=Session.Status.OBSERVING)
    raised(course, level="ALERT")
    alert = raised(course, level="URGENT")
    with pytest.raises(AlertUnanswered, match="before the patient leaves"):
        change_status(visit=visit, to="DONE", by=clinic.nurse, now=SOON)
    acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON)
    assert change_status(visit=visit, to="DONE", by=clinic.nurse, now=SOON).status == "DONE"


def test_5_2_an_alert_that_is_not_urgent_stops_nothing(clinic: Clinic) -> None:
    course = a_course(clinic)
    raised(course, level="ALERT")
    assert codes(course) == set()


def test_an_alert_of_the_patients_other_course_counts_too(clinic: Clinic) -> None:
    course = a_course(clinic)
    other = a_course(clinic, patient=course.patient)
    alert = raised(other, level="URGENT")
    assert codes(course) == {"ALERT_UNANSWERED"}
    assert open_alerts_by_course([course, other, a_course(clinic)]) == {
        course.pk: [alert],
        other.pk: [alert],
    }


def test_8_34_high_risk_holds_every_dose_until_it_is_cleared(clinic: Clinic) -> None:
    course = a_course(clinic)
    alert = raised(course, rule="CSSRS", level="HIGH")
    visit = arrived(clinic, course)
    acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON)
    assert codes(course) == {"ALERT_HIGH", "HOLD_SUICIDE_RISK"}
    with pytest.raises(DoseBlocked):
        begin(visit, clinic)
    close_alert(
        alert=alert, assessor=clinic.nurse, assessed_at=SOON, risk="LOW", plan=PLAN,
        by=clinic.nurse, now=SOON,
    )  # fmt: skip
    # A nurse has assessed; whether doses go on is for a prescriber.
    assert codes(course) == {"HOLD_SUICIDE_RISK"}


def test_8_34_a_new_course_begins_under_the_same_alert(clinic: Clinic) -> None:
    course = a_course(clinic)
    raised(course, rule="CSSRS", level="HIGH")
    later = a_course(clinic, patient=course.patient)
    assert not Hold.objects.filter(course=later).exists()
    assert codes(later) == {"ALERT_UNANSWERED"}


def test_8_34_a_prescriber_who_clears_the_patient_frees_the_dose(clinic: Clinic) -> None:
    course = a_course(clinic)
    alert = raised(course, rule="CSSRS", level="HIGH")
    close_alert(
        alert=alert, assessor=clinic.prescriber, assessed_at=SOON, risk="MODERATE", plan=PLAN,
        by=clinic.prescriber, now=SOON,
    )  # fmt: skip
    assert codes(course) == set()
    assert SafetyAlert.objects.open().count() == 0
