"""What happened to courses, read in a fixed number of queries however many they are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
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


@dataclass(slots=True)
class History:
    """One course with its doses, baselines, scores and steps, each oldest first."""

    course: Course
    definition: ProtocolDefinition
    thresholds: Thresholds
    doses: list[Dose] = field(default_factory=list)
    baselines: dict[str, Baseline] = field(default_factory=dict)
    # By instrument; of the patient, whatever course they were taken for.
    scores: dict[str, list[ScoredReading]] = field(default_factory=dict)
    steps: list[MaintenanceStep] = field(default_factory=list)
    open_reviews: list[Review] = field(default_factory=list)
    # From then on, scores belong to the patient's next course.
    readings_end_at: datetime | None = None

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


def histories(courses: Iterable[Course], now: datetime) -> dict[UUID, History]:
    """The history of each course, by its id."""
    found = list(courses)
    prefetch_related_objects(found, "site", "protocol_version")
    numbers = _thresholds(found, now)
    made = {
        course.pk: History(
            course, definition_of(course.protocol_version), numbers[course.organization_id]
        )
        for course in found
    }
    _add_doses(made)
    _add_baselines(made)
    _add_scores(made, now)
    _add_ends(made, now)
    _add_steps(made)
    _add_reviews(made)
    return made


def history_of(course: Course, now: datetime) -> History:
    """The history of one course."""
    return histories([course], now)[course.pk]


def _thresholds(courses: Sequence[Course], now: datetime) -> dict[UUID, Thresholds]:
    ids = {course.organization_id for course in courses}
    return {one: thresholds_at(Organization(pk=one), now) for one in ids}


def _add_doses(made: dict[UUID, History]) -> None:
    rows = Dose.objects.filter(course__in=made, withdrawn_at__isnull=True)
    for dose in rows.order_by("on", "given_at", "pk"):
        made[dose.course_id].doses.append(dose)  # type: ignore[index]  # it has a course


def _add_baselines(made: dict[UUID, History]) -> None:
    for row in Baseline.objects.filter(course__in=made).select_related("rated_by"):
        made[row.course_id].baselines[row.instrument] = row


def _add_scores(made: dict[UUID, History], now: datetime) -> None:
    of_patient = defaultdict(list)
    for history in made.values():
        of_patient[history.course.patient_id].append(history)
    rows = Assessment.objects.complete().filter(
        patient__in=of_patient, is_valid=True, total__isnull=False, variant="", taken_at__lte=now
    )
    names = ("pk", "patient_id", "instrument", "taken_at", "total")
    for pk, patient_id, code, taken_at, total in rows.order_by("taken_at", "pk").values_list(
        *names
    ):
        for history in of_patient[patient_id]:
            day = taken_at.astimezone(history.course.site.zone).date()
            reading = ScoredReading(day, taken_at, total, pk)
            history.scores.setdefault(code, []).append(reading)


def _add_ends(made: dict[UUID, History], now: datetime) -> None:
    """A course's readings end where a later one begins: its first dose, or its baseline before."""
    given = Q(doses__withdrawn_at__isnull=True, doses__given_at__lte=now)
    rows = Course.objects.filter(
        patient__in={one.course.patient_id for one in made.values()}, created_at__lte=now
    )
    rows = rows.annotate(first_given=Min("doses__given_at", filter=given))
    begun: dict[UUID, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for later in rows.exclude(status=Course.Status.STOPPED, first_given=None):
        begun[later.patient_id].append((later.created_at, later.first_given))
    for history in made.values():
        course = history.course
        taken_over = [
            _taken_over_at(history, created_at, first_given)
            for created_at, first_given in begun[course.patient_id]
            if created_at > course.created_at
        ]
        history.readings_end_at = min((one for one in taken_over if one), default=None)


def _taken_over_at(
    history: History, created_at: datetime, first_given: datetime | None
) -> datetime | None:
    """When a later course took over; one under way keeps its readings until the other's dose."""
    if history.course.status not in ENDED:
        return first_given
    last = max((dose.given_at for dose in history.doses if dose.given_at), default=created_at)
    began = max(created_at, last)
    return min(began, first_given) if first_given else began


def _add_steps(made: dict[UUID, History]) -> None:
    rows = MaintenanceStep.objects.filter(course__in=made).select_related("by")
    for step in rows.order_by("number"):
        made[step.course_id].steps.append(step)


def _add_reviews(made: dict[UUID, History]) -> None:
    rows = Review.objects.open().filter(course__in=made)
    for review in rows.order_by("due_on", "pk"):
        made[review.course_id].open_reviews.append(review)
