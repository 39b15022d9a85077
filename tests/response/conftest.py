"""A course under a shipped protocol, with doses and scores on days after its start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from clinic.models import Membership, Patient
from courses.assessments.services import Entry, enter_scores
from courses.doses.services import record_dose
from courses.models import Assessment, Course, Dose, Review
from courses.protocols import shipped_definitions
from courses.response.selectors import Standing, standing_of
from tests.factories import NOW, Clinic, make_course, make_patient, make_version
from tests.pages.conftest import clock, stranger

__all__ = ["clock", "stranger"]

SHIPPED = {one["code"]: one for one in shipped_definitions()}
HOUR = timedelta(hours=1)


def at(day: float) -> datetime:
    """NOW, so many days later; NOW is nine in the morning there."""
    return NOW + timedelta(days=day)


@dataclass
class Treated:
    """A course to which things happen."""

    clinic: Clinic
    course: Course

    @property
    def patient(self) -> Patient:
        return self.course.patient

    @property
    def by(self) -> Membership:
        return self.clinic.prescriber

    def score(
        self, day: float, total: int, *, code: str = "PHQ9", thoughts: int = 0, **more: Any
    ) -> Assessment:
        """A total that was entered then, or on the day `entered`; `thoughts` is item 9."""
        now = at(more.pop("entered", day))
        answers = {"9": thoughts} if code == "PHQ9" else {}
        entry = Entry(total=total, answers=answers, taken_at=at(day), accept_missing=True, **more)
        return enter_scores(
            patient=self.patient,
            code=code,
            entry=entry,
            by=self.clinic.nurse,
            now=now,
            course=self.course,
        )

    def dose(self, seq: int, day: float, **more: Any) -> Dose:
        """A dose an hour after nine on that day."""
        given_at = at(day) + HOUR
        on = given_at.astimezone(self.course.site.zone).date()
        return record_dose(
            course=self.course,
            visit_id=uuid4(),
            seq=seq,
            on=on,
            given_at=given_at,
            by=self.clinic.nurse,
            now=given_at,
            **more,
        )

    def doses(self, *days: float) -> None:
        """The first doses, on these days."""
        for seq, day in enumerate(days, start=1):
            self.dose(seq, day)

    def standing(self, day: float = 400) -> Standing:
        return standing_of([self.course], at(day))[self.course.pk]

    def reviews(self, *kinds: str) -> list[Review]:
        """Its reviews of these kinds, the earliest first."""
        rows = Review.objects.filter(course=self.course, kind__in=kinds or Review.Kind.values)
        return list(rows.order_by("raised_at", "pk"))

    def open_review(self, kind: str) -> Review:
        return Review.objects.open().get(course=self.course, kind=kind)


Begin = Callable[..., Treated]


@pytest.fixture
def begin(clinic: Clinic) -> Begin:
    """An active course under a shipped protocol."""

    def course(code: str = "IV_2W3", **fields: Any) -> Treated:
        version = fields.pop("version", None) or make_version(clinic.organization, SHIPPED[code])
        patient = fields.pop("patient", None) or make_patient(clinic.site)
        planned = {"IV_2W3": 6, "ESK_TRD": 12, "MAINT_IV": 20}.get(code, 6)
        fields = {"status": Course.Status.ACTIVE, "dose_count": planned} | fields
        made = make_course(patient, version, clinic.prescriber, **fields)
        return Treated(clinic, made)

    return course


@pytest.fixture
def treated(begin: Begin) -> Treated:
    """Twice weekly, with a baseline PHQ-9 of 20 that morning."""
    found = begin()
    found.score(-1, 20)
    return found
