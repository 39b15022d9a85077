"""Alerts for tests: raised as the services of scores raise them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from clinic.models import Membership, Patient
from courses.alerts.services import raise_alert
from courses.models import AlertEvent, AlertNotice, Course, SafetyAlert
from tests.factories import NOW, Clinic, make_course, make_patient


def a_course(clinic: Clinic, **fields: Any) -> Course:
    """An active course of a patient of the clinic."""
    patient = fields.pop("patient", None) or make_patient(clinic.site)
    fields.setdefault("status", Course.Status.ACTIVE)
    return make_course(patient, clinic.version, clinic.prescriber, **fields)


def raised(
    course: Course | None,
    *,
    patient: Patient | None = None,
    rule: str = "PHQ9_9",
    level: str = "ALERT",
    source_id: UUID | None = None,
    by: Membership | None = None,
    now: datetime = NOW,
) -> SafetyAlert:
    """An alert of the course, or of a patient without one."""
    about = patient or (course.patient if course else None)
    assert about
    return raise_alert(
        patient=about,
        course=course,
        rule=rule,
        level=level,
        source_id=source_id or uuid4(),
        by=by,
        now=now,
    )


def steps(alert: SafetyAlert) -> list[str]:
    """The kinds of what happened to the alert, oldest first."""
    rows = AlertEvent.objects.filter(alert=alert).order_by("at", "pk")
    return list(rows.values_list("kind", flat=True))


def told(alert: SafetyAlert) -> list[Membership]:
    """Who got a notice, in the order in which they were written."""
    rows = AlertNotice.objects.filter(alert=alert).select_related("to").order_by("round", "pk")
    return [notice.to for notice in rows]
