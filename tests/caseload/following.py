"""Courses with a past: doses given, a baseline, scores, so that lists and charts have content."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from clinic.models import Membership, Patient
from courses.models import Assessment, Baseline, Course, Dose, SafetyAlert
from tests.factories import NOW, Clinic, make_course, make_patient, make_version, small_definition

REVIEW = {
    "name": "after_two", "label": "Review after dose 2", "question": "Does it go on?",
    "after_dose": 2, "holds": True,
}  # fmt: skip


def reviewed_version(clinic: Clinic, **changes: Any) -> Any:
    """A version with six doses and a review after the second."""
    content = small_definition(doses=6, reviews=[REVIEW], **changes)
    return make_version(clinic.organization, content)


def followed(
    clinic: Clinic,
    *scores: int,
    name: str = "Ada Alder",
    doses: int = 3,
    baseline: int | None = 20,
    version: Any = None,
    **fields: Any,
) -> Course:
    """An active course with so many doses, its baseline, and a score after each dose."""
    given_name, family_name = name.split()
    patient = make_patient(clinic.site, given_name=given_name, family_name=family_name)
    course = make_course(
        patient, version or clinic.version, clinic.desk,
        status=fields.pop("status", "ACTIVE"), dose_count=fields.pop("dose_count", 6), **fields,
    )  # fmt: skip
    first = NOW - timedelta(days=3 * doses)
    give(course, clinic.nurse, [first + timedelta(days=3 * n) for n in range(doses)])
    if baseline is not None:
        set_baseline(course, clinic.nurse, baseline, at=first - timedelta(days=2))
    for number, total in enumerate(scores):
        make_score(course, clinic.nurse, total, at=first + timedelta(days=3 * number, hours=20))
    return course


def give(course: Course, by: Membership, moments: Sequence[datetime]) -> list[Dose]:
    """Doses of the course, given elsewhere before it came here so that no visit is needed."""
    return [
        Dose.objects.create(
            organization_id=course.organization_id, patient=course.patient, course=course,
            source=Dose.Source.OUTSIDE, on=at.astimezone(course.site.zone).date(), given_at=at,
            seq=seq, drug="esketamine", route="nasal", amount_mg=Decimal(56), recorded_at=NOW,
            recorded_by=by,
        )
        for seq, at in enumerate(moments, start=1)
    ]  # fmt: skip


def set_baseline(course: Course, by: Membership, total: int, *, at: datetime) -> Baseline:
    """The frozen baseline, with the score that it comes from."""
    score = make_score(course, by, total, at=at)
    return Baseline.objects.create(
        organization_id=course.organization_id, course=course, instrument="PHQ9",
        source_id=score.pk, taken_at=at, total=total, frozen_at=NOW,
    )  # fmt: skip


def make_score(
    course: Course, by: Membership, total: int, *, at: datetime, instrument: str = "PHQ9"
) -> Assessment:
    """A complete score whose total was entered."""
    return Assessment.objects.create(
        organization_id=course.organization_id, patient=course.patient, course=course,
        instrument=instrument, instrument_version="1", language="en", mode="TOTAL",
        status="COMPLETE", taken_at=at, started_at=at, ended_at=at, entered_by=by,
        total=total, band="", is_valid=True,
    )  # fmt: skip


def raise_for(course: Course, level: str = "ALERT", *, patient: Patient | None = None) -> None:
    """An open safety alert of the course's patient."""
    who = patient or course.patient
    SafetyAlert.objects.create(
        organization_id=who.organization_id, patient=who, course=course, site=course.site,
        rule="PHQ9_9", level=level, source_id=UUID(int=who.pk.int), raised_at=NOW,
        route="NOBODY", escalates_at=NOW + timedelta(minutes=15),
    )  # fmt: skip


def days_before(number: int) -> date:
    return NOW.date() - timedelta(days=number)
