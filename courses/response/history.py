"""What happened to courses, read in a fixed number of queries however many they are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Min, Q, prefetch_related_objects

from clinic.models import Organization
from courses.models import Assessment, Baseline, Course, Dose, MaintenanceStep, Review
from courses.protocols import ProtocolDefinition
from courses.response.reviewing import induction_doses
from courses.response.rules import Reading
from courses.selectors import definition_of
from courses.thresholds.catalogue import Thresholds
from courses.thresholds.selectors import thresholds_at

ENDED = frozenset({Course.Status.COMPLETED, Course.Status.STOPPED})


@dataclass(frozen=True, slots=True)
class ScoredReading(Reading):
    """A reading with the assessment that it comes from."""

    assessment_id: UUID


@dataclass(frozen=True, slots=True)
class History:
    """One course with its doses, baselines, scores and steps, each oldest first.

    Each is read when it is first looked at, for all the courses that were asked for together.
    """

    course: Course
    definition: ProtocolDefinition
    read: "_Reading"

    @property
    def thresholds(self) -> Thresholds:
        """Those in force."""
        return self.read.thresholds[self.course.organization_id]

    @property
    def doses(self) -> list[Dose]:
        """Every dose of the course that stands."""
        return self.read.doses[self.course.pk]

    @property
    def baselines(self) -> dict[str, Baseline]:
        """By instrument."""
        return self.read.baselines[self.course.pk]

    @property
    def scores(self) -> dict[str, list[ScoredReading]]:
        """By instrument; of the patient, whatever course they were taken for."""
        return self.read.scores[self.course.pk]

    @property
    def steps(self) -> list[MaintenanceStep]:
        """The steps of the ladder that were taken."""
        return self.read.steps[self.course.pk]

    @property
    def open_reviews(self) -> list[Review]:
        """What nobody has answered yet, by when it is due."""
        return self.read.open_reviews[self.course.pk]

    @property
    def readings_end_at(self) -> datetime | None:
        """From then on, scores belong to the patient's next course."""
        begun = self.read.begun[self.course.patient_id]
        later = (one for one in begun if one[0] > self.course.created_at)
        taken_over = [_taken_over_at(self, *one) for one in later]
        return min((at for at in taken_over if at), default=None)

    @property
    def first_dose(self) -> Dose | None:
        """The first dose of the course that was given here."""
        return next((dose for dose in self.doses if dose.given_at), None)

    @property
    def counted(self) -> list[Dose]:
        """The doses that count for the schedule."""
        return [dose for dose in self.doses if dose.counts]

    @property
    def frozen(self) -> dict[str, Baseline]:
        """The baselines that stand."""
        return {code: row for code, row in self.baselines.items() if row.frozen_at}

    def since_first_dose(self, code: str) -> list[ScoredReading]:
        """The readings after the first dose, before the next course began, oldest first."""
        if (first := self.first_dose) is None or first.given_at is None:
            return []
        began, end = first.given_at, self.readings_end_at
        return [
            one
            for one in self.scores.get(code, [])
            if one.taken_at > began and (end is None or one.taken_at < end)
        ]

    @property
    def induction_ended_on(self) -> date | None:
        """The day of induction's last dose; None while it goes on."""
        if not self.counted:
            return None
        wanted = induction_doses(self.definition, self.course.dose_count)
        ended = [dose.on for dose in self.counted if (dose.seq or 0) >= wanted]
        if ended:
            return min(ended)
        return self.counted[-1].on if self.course.status in ENDED else None


@dataclass(frozen=True)
class _Reading:
    """Courses at a moment, and what happened to them: one query for each kind of thing."""

    courses: dict[UUID, Course]
    now: datetime

    @cached_property
    def thresholds(self) -> dict[UUID, Thresholds]:
        ids = {course.organization_id for course in self.courses.values()}
        return {one: thresholds_at(Organization(pk=one), self.now) for one in ids}

    @cached_property
    def doses(self) -> dict[UUID, list[Dose]]:
        rows = Dose.objects.filter(course__in=self.courses, withdrawn_at__isnull=True)
        return _by_course(rows.order_by("on", "given_at", "pk"))

    @cached_property
    def baselines(self) -> dict[UUID, dict[str, Baseline]]:
        rows = Baseline.objects.filter(course__in=self.courses).select_related("rated_by")
        found = _by_course(rows)
        return {pk: {row.instrument: row for row in found[pk]} for pk in self.courses}

    @cached_property
    def scores(self) -> dict[UUID, dict[str, list[ScoredReading]]]:
        of_patient = defaultdict(list)
        for course in self.courses.values():
            of_patient[course.patient_id].append(course)
        found: dict[UUID, dict[str, list[ScoredReading]]] = {pk: {} for pk in self.courses}
        for pk, patient_id, code, taken_at, total in _totals(of_patient, self.now):
            for course in of_patient[patient_id]:
                day = taken_at.astimezone(course.site.zone).date()
                reading = ScoredReading(day, taken_at, total, pk)
                found[course.pk].setdefault(code, []).append(reading)
        return found

    @cached_property
    def begun(self) -> dict[UUID, list[tuple[datetime, datetime | None]]]:
        """Of each patient, when courses were created and given their first dose, if they were."""
        patients = {course.patient_id for course in self.courses.values()}
        given = Q(doses__withdrawn_at__isnull=True, doses__given_at__lte=self.now)
        rows = Course.objects.filter(patient__in=patients, created_at__lte=self.now)
        rows = rows.annotate(first_given=Min("doses__given_at", filter=given))
        rows = rows.exclude(status=Course.Status.STOPPED, first_given=None)
        found = defaultdict(list)
        for patient_id, *one in rows.values_list("patient_id", "created_at", "first_given"):
            found[patient_id].append(tuple(one))
        return found

    @cached_property
    def steps(self) -> dict[UUID, list[MaintenanceStep]]:
        rows = MaintenanceStep.objects.filter(course__in=self.courses).select_related("by")
        return _by_course(rows.order_by("number"))

    @cached_property
    def open_reviews(self) -> dict[UUID, list[Review]]:
        rows = Review.objects.open().filter(course__in=self.courses)
        return _by_course(rows.order_by("due_on", "pk"))


def _by_course(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[row.course_id].append(row)
    return found


def _totals(patients: Iterable[UUID], now: datetime) -> Iterable[tuple[Any, ...]]:
    """The valid scores of these patients until then, oldest first."""
    rows = Assessment.objects.complete().filter(
        patient__in=list(patients),
        is_valid=True,
        total__isnull=False,
        variant="",
        taken_at__lte=now,
    )
    names = ("pk", "patient_id", "instrument", "taken_at", "total")
    return rows.order_by("taken_at", "pk").values_list(*names)


def histories(courses: Iterable[Course], now: datetime) -> dict[UUID, History]:
    """The history of each course, by its id."""
    found = list(courses)
    prefetch_related_objects(found, "site", "protocol_version")
    read = _Reading({course.pk: course for course in found}, now)
    return {
        course.pk: History(course, definition_of(course.protocol_version), read) for course in found
    }


def history_of(course: Course, now: datetime) -> History:
    """The history of one course."""
    return histories([course], now)[course.pk]


def _taken_over_at(
    history: History, created_at: datetime, first_given: datetime | None
) -> datetime | None:
    """When a later course took over; one under way keeps its readings until the other's dose."""
    if history.course.status not in ENDED:
        return first_given
    last = max((dose.given_at for dose in history.doses if dose.given_at), default=created_at)
    began = max(created_at, last)
    return min(began, first_given) if first_given else began
