"""How long a course has been without a dose, and what that asks for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet

from clinic.prepared import Prepared, PreparedForOne
from courses.doses.selectors import doses_of, last_dose
from courses.lapses.rules import allowed_on_ladder, row_for
from courses.models import Course, Dose, LapseDecision, MaintenanceStep
from courses.protocols.clinical import MissedRow
from courses.selectors import definition_of


@dataclass(frozen=True, slots=True)
class Lapse:
    """The days from the patient's last dose to a date on which the course's next is given."""

    last: Dose
    days: int
    row: MissedRow | None
    decision: LapseDecision | None

    @property
    def awaits_decision(self) -> bool:
        """Whether a clinician has to decide before the next dose."""
        return bool(self.row and self.row.asks == "DECISION" and not self.decision)

    @property
    def is_note(self) -> bool:
        """Whether it is worth a note and no more."""
        return bool(self.row and self.row.asks == "NOTE")

    @property
    def interrupts(self) -> bool:
        """Whether the course comes into the state interrupted."""
        return bool(self.row and self.row.interrupts and not self.decision)


def next_seq(course: Course) -> int:
    """The number of the course's next dose, after the ones that count."""
    given = doses_of(course).filter(counts=True).values_list("seq", flat=True)
    return max((seq for seq in given if seq), default=0) + 1


def lapse_of(course: Course, *, on: date) -> Lapse | None:
    """The lapse for a dose of the course on that date; None before the first dose, after the last
    planned one, and on a day that is not after the last dose."""
    if not _COUNTS(course=course.pk):
        return None
    seq, last = next_seq(course), last_dose(course.patient)
    if seq > course.dose_count or last is None or on <= last.on:
        return None
    definition, days = definition_of(course.protocol_version), (on - last.on).days
    block = definition.doses(seq)[-1].block
    allowed = allowed_on_ladder(definition, block, intervals_in_force([course]).get(course.pk))
    row = row_for(definition.missed, days=days, block=block, allowed=allowed)
    return Lapse(last, days, row, _decision(course, last, row, days))


def _counting(course: UUID) -> QuerySet[Dose]:
    return Dose.objects.filter(course=course, withdrawn_at__isnull=True, counts=True).only("pk")[:1]


_COUNTS = Prepared(_counting, course=uuid4())


def intervals_in_force(courses: Iterable[Course]) -> dict[UUID, int | None]:
    """The interval of maintenance of each course that is on the ladder; None is as needed."""
    return dict(_STEPS([course.pk for course in courses]))


def _steps_in(courses: Collection[UUID]) -> QuerySet[MaintenanceStep, tuple[UUID, int | None]]:
    rows = MaintenanceStep.objects.filter(course__in=courses)
    latest = rows.order_by("course_id", "-number").distinct("course_id")
    return latest.values_list("course_id", "interval_days")


_STEPS = PreparedForOne(_steps_in)


def _decision(course: Course, last: Dose, row: MissedRow | None, days: int) -> LapseDecision | None:
    """What was decided of so many days since that dose, though the interval changed with it."""
    if row is None:
        return None
    covers = Q(to_days__isnull=True) | Q(to_days__gte=days)
    return decisions_of(course).filter(covers, dose=last, from_days__lte=days).first()


def decisions_of(course: Course) -> QuerySet[LapseDecision]:
    """What was decided after lapses of the course, newest first."""
    return (
        LapseDecision.objects.filter(course=course)
        .select_related("by", "dose")
        .order_by("-at", "-pk")
    )
