"""What tests of scores need: a course whose protocol asks for them, doses, answers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from courses.assessments.services import Entry, enter_scores, start_assessment
from courses.models import Assessment, Course, Dose
from tests.factories import (
    NEW_YORK,
    NOW,
    Clinic,
    make_course,
    make_patient,
    make_version,
    small_definition,
)

TODAY = NOW.date()
PLAN: list[dict[str, Any]] = [
    {
        "name": "screening",
        "label": "Before the first dose",
        "anchor": "first_dose",
        "days": [-14, 0],
        "instruments": ["PHQ9", "GAD7", "PCL5"],
        "only_for": {"PCL5": ["IN_PTSD"]},
    },
    {
        "name": "dose_day",
        "label": "Before each dose",
        "anchor": "each_dose",
        "days": [-1, 0],
        "instruments": ["PHQ9"],
        "optional": ["MADRS"],
    },
    {
        "name": "end",
        "label": "After the last dose",
        "anchor": "last_dose",
        "block": "induction",
        "days": [3, 7],
        "instruments": ["PHQ9"],
    },
    {
        "name": "follow_up",
        "label": "Follow-up",
        "anchor": "last_dose",
        "days": [28, 32],
        "repeat_every_days": 30,
        "instruments": ["PHQ9"],
    },
]


def asking(*points: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A small protocol that asks for scores; for the whole PLAN where no point is named."""
    return small_definition(assessments=list(points) or PLAN, **changes)


def course_asking(clinic: Clinic, *points: dict[str, Any], **fields: Any) -> Course:
    """An active course whose protocol asks for scores at these points."""
    version = make_version(clinic.organization, asking(*points))
    patient = fields.pop("patient", None) or make_patient(clinic.site)
    fields.setdefault("status", Course.Status.ACTIVE)
    return make_course(patient, version, clinic.prescriber, **fields)


def at(day: date, hour: int = 9) -> datetime:
    """That hour of the day by the clinic's clock."""
    return datetime.combine(day, time(hour), NEW_YORK).astimezone(UTC)


def days(number: int) -> date:
    """So many days after today."""
    return TODAY + timedelta(days=number)


def given(course: Course, seq: int, on: date, **fields: Any) -> Dose:
    """A dose of the course, given at noon."""
    moment = at(on, 12)
    return Dose.objects.create(
        organization_id=course.organization_id,
        patient=course.patient,
        course=course,
        source=Dose.Source.HERE,
        on=on,
        given_at=moment,
        seq=seq,
        visit_id=fields.pop("visit_id", None) or course.pk.__class__(int=course.pk.int + seq),
        drug="racemic ketamine",
        route="IV",
        recorded_at=moment,
        recorded_by=course.created_by,
        **fields,
    )


def answers(*values: int | str | None) -> dict[str, int | str | None]:
    """Answers to the items 1, 2, 3 …"""
    return {str(number): value for number, value in enumerate(values, 1)}


def phq9(total: int = 10) -> dict[str, int | str | None]:
    """Answers to the PHQ-9 of that total, with nothing in item 9; at most 24."""
    values = [min(3, max(0, total - 3 * number)) for number in range(8)]
    return answers(*values, 0)


def scored(course: Course, on: datetime = NOW, total: int = 10, **fields: Any) -> Assessment:
    """A finished PHQ-9 of the course."""
    entry = Entry(answers=phq9(total), taken_at=on, **fields)
    return enter_scores(
        patient=course.patient,
        code="PHQ9",
        entry=entry,
        course=course,
        by=course.created_by,
        now=max(on, NOW),
    )


def begin(clinic: Clinic, course: Course, code: str = "PHQ9", **how: Any) -> Assessment:
    """A draft that the nurse began just now."""
    return start_assessment(
        patient=course.patient, code=code, by=clinic.nurse, now=timezone.now(), **how
    )


def page(name: str, *ids: UUID | str) -> str:
    """The address of a page of scores."""
    return reverse(f"courses:{name}", args=ids)


def posted(answers: Mapping[str, int | str | None], **more: Any) -> dict[str, Any]:
    """What the page of an assessment sends for these answers."""
    said = {f"item_{key}": value for key, value in answers.items() if value is not None}
    return said | more
