"""Reads: scores over time, what is due and overdue, and how complete the plan is."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from clinic.models import Patient
from clinic.prepared import Prepared
from courses.assessments.plan import Completeness
from courses.assessments.rules import overlapping
from courses.instruments import instrument
from courses.models import Assessment, AssessmentDue, Course, SafetyAlert
from courses.selectors import definition_of

OPEN_COURSES = ("DRAFT", "ACTIVE", "PAUSED", "INTERRUPTED")


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """One finished score that stands. `is_complete`: it has a result that can be relied on."""

    assessment_id: UUID
    course_id: UUID
    instrument: str
    on: date
    taken_at: datetime
    total: Decimal | None
    band: str
    is_complete: bool
    dose_seq: int | None
    flags: tuple[str, ...] = ()


def complete_scores(
    courses: Iterable[Course], instruments: Collection[str] | None = None
) -> list[ScorePoint]:
    """The finished scores of these courses, oldest first, in one query however many courses.

    Scores that a patient gave before any course began count for the first that began after.
    What was asked about another period than the usual one is left out: it does not compare.
    """
    wanted = {course.pk: course for course in courses}
    rows = Assessment.objects.complete().filter(_counts_for(wanted.values()))
    if instruments is not None:
        rows = rows.filter(instrument__in=instruments)
    rows = rows.order_by("taken_at", "ended_at", "pk")
    by_patient: dict[UUID, list[Course]] = defaultdict(list)
    for course in wanted.values():
        by_patient[course.patient_id].append(course)
    return [
        _point(row, course)
        for row in rows
        for course in _courses_of(row, wanted, by_patient[row.patient_id])
    ]


def _counts_for(courses: Iterable[Course]) -> Q:
    ids = [course.pk for course in courses]
    patients = {course.patient_id for course in courses}
    is_usual = Q(variant="") | Q(total__isnull=True)
    return is_usual & (Q(course__in=ids) | Q(course__isnull=True, patient__in=patients))


def _courses_of(
    row: Assessment, wanted: dict[UUID, Course], of_patient: list[Course]
) -> list[Course]:
    if row.course_id is not None:
        return [wanted[row.course_id]]
    later = [course for course in of_patient if course.created_at >= row.taken_at]
    return sorted(later, key=lambda course: course.created_at)[:1]


def _point(row: Assessment, course: Course) -> ScorePoint:
    return ScorePoint(
        assessment_id=row.pk,
        course_id=course.pk,
        instrument=row.instrument,
        on=row.taken_at.astimezone(_zone(course)).date(),
        taken_at=row.taken_at,
        total=row.total,
        band=row.band,
        is_complete=row.is_valid,
        dose_seq=row.dose_seq,
        flags=tuple(row.flags),
    )


def _zone(course: Course) -> ZoneInfo:
    return course.site.zone


@dataclass(frozen=True, slots=True)
class Taken:
    """A valid score without its answers: all that the plan of scores goes by."""

    id: UUID
    instrument: str
    point: str
    # The local date of the course's site.
    on: date


def scores_of(course: Course) -> list[Taken]:
    """The course's valid scores, oldest first; as `complete_scores`."""
    names = _SCORES(course=course.pk, patient=course.patient_id, since=course.created_at)
    zone = course.site.zone
    return [Taken(pk, code, point, at.astimezone(zone).date()) for pk, code, point, at in names]


def _before_or_of(course: Course) -> Q:
    return _of_or_before(course.pk, course.patient_id, course.created_at)


def _of_or_before(course: UUID, patient: UUID, since: datetime) -> Q:
    before = Q(course__isnull=True, patient=patient, taken_at__lte=since)
    return Q(course=course) | before


def _scores(course: UUID, patient: UUID, since: datetime) -> QuerySet[Assessment, Any]:
    of_course = _of_or_before(course, patient, since)
    rows = Assessment.objects.complete().filter(of_course, is_valid=True).order_by("taken_at", "pk")
    return rows.values_list("pk", "instrument", "point", "taken_at")


_SCORES = Prepared(_scores, course=uuid4(), patient=uuid4(), since=datetime(1, 1, 2, tzinfo=UTC))


def languages_before(assessment: Assessment) -> set[str]:
    """The languages in which the patient answered the same instrument before."""
    rows = Assessment.objects.complete().filter(
        patient=assessment.patient, instrument=assessment.instrument
    )
    rows = rows.filter(taken_at__lte=assessment.taken_at).exclude(pk=assessment.pk)
    if assessment.amends_id:
        rows = rows.exclude(pk=assessment.amends_id)
    return set(rows.values_list("language", flat=True).distinct())


def course_of_new_score(patient: Patient) -> Course | None:
    """The course that a score of now belongs to: the patient's only open one (DOMAIN 5.8).

    Where none is open, the latest completed one that still asks for something: follow-up goes on
    after the last dose. None where several are open.
    """
    rows = Course.objects.filter(patient=patient).select_related("site", "protocol_version")
    found = list(rows.filter(status__in=OPEN_COURSES)[:2])
    if found:
        return found[0] if len(found) == 1 else None
    latest = rows.filter(status=Course.Status.COMPLETED).order_by("-created_at", "-pk")
    return next((course for course in latest if _asks_still(course)), None)


def _asks_still(course: Course) -> bool:
    """Whether the plan waits for a score, or will ask again: until the next course it repeats."""
    if AssessmentDue.objects.open().filter(course=course).exists():
        return True
    points = definition_of(course.protocol_version).assessments
    later = Course.objects.filter(patient=course.patient_id, created_at__gt=course.created_at)
    return any(point.repeat_every_days for point in points) and not later.exists()


def assessments_of_patient(patient: Patient) -> QuerySet[Assessment]:
    """Everything that the patient ever answered, newest first, what was withdrawn too."""
    rows = Assessment.objects.filter(patient=patient)
    rows = rows.select_related("entered_by", "course__protocol_version__protocol", "amended_by")
    return rows.order_by("-taken_at", "-pk")


def assessments_of_course(course: Course) -> QuerySet[Assessment]:
    """The course's finished scores that stand, newest first."""
    rows = Assessment.objects.complete().filter(course=course).select_related("entered_by")
    return rows.order_by("-taken_at", "-pk")


def dues_of_course(course: Course) -> QuerySet[AssessmentDue]:
    """What the plan asked for and still asks for, by date; what was dropped is left out."""
    rows = AssessmentDue.objects.filter(course=course)
    rows = rows.exclude(status=AssessmentDue.Status.DROPPED).select_related("assessment")
    return rows.order_by("due_from", "due_to", "point", "instrument", "pk")


def due_now(patient: Patient, today: date) -> list[AssessmentDue]:
    """What may be answered today, overdue first, then by when it is due at the latest."""
    rows = AssessmentDue.objects.open().filter(course__patient=patient, due_from__lte=today)
    rows = rows.select_related("course__protocol_version__protocol")
    order = ("is_optional", "due_to", "due_from", "point", "instrument", "pk")
    return list(rows.order_by(*order))


def overdue_by_course(courses: Iterable[Course], today: date) -> dict[UUID, int]:
    """How many scores each course still waits for whose last day has passed; none is left out."""
    rows = AssessmentDue.objects.open().filter(
        course__in=[course.pk for course in courses], due_to__lt=today, is_optional=False
    )
    counted = rows.order_by().values("course_id").annotate(number=Count("pk"))
    return {row["course_id"]: row["number"] for row in counted}


def overdue_at(
    sites: Collection[UUID], today: date, *, open_ids: Collection[UUID] = ()
) -> QuerySet[AssessmentDue]:
    """What is overdue at these sites, the longest first.

    Restricted charts are left out, but those of `open_ids`, whose glass was broken.
    """
    is_open = Q(course__patient__is_restricted=False) | Q(course__patient__in=open_ids)
    rows = AssessmentDue.objects.open().filter(
        is_open, due_to__lt=today, is_optional=False, course__site__in=sites
    )
    rows = rows.select_related("course__patient", "course__protocol_version__protocol")
    return rows.order_by("due_to", "pk")


def completeness_of(courses: Iterable[Course], today: date) -> dict[UUID, Completeness]:
    """How complete each course's scores are so far, in one query; optional ones never count."""
    ids = [course.pk for course in courses]
    done, late = Q(status="DONE"), Q(status="DONE", is_late=True)
    asked = done | Q(status="MISSED") | Q(status="OPEN", due_to__lt=today)
    rows = AssessmentDue.objects.filter(course__in=ids, is_optional=False).order_by()
    counted = rows.values("course_id").annotate(
        asked=Count("pk", filter=asked),
        done=Count("pk", filter=done),
        late=Count("pk", filter=late),
    )
    found = {
        row["course_id"]: Completeness(row["asked"], row["done"], row["late"]) for row in counted
    }
    return {key: found.get(key, Completeness(0, 0)) for key in ids}


def completeness(course: Course, today: date | None = None) -> Completeness:
    """How complete the course's scores are so far."""
    today = today or timezone.now().astimezone(course.site.zone).date()
    return completeness_of([course], today)[course.pk]


def previous_of(assessment: Assessment) -> Assessment | None:
    """The finished score of the same kind before this one."""
    rows = Assessment.objects.complete().filter(
        patient=assessment.patient,
        instrument=assessment.instrument,
        variant=assessment.variant,
        taken_at__lt=assessment.taken_at,
    )
    return rows.exclude(pk=assessment.pk).order_by("-taken_at", "-pk").first()


def alerts_of(assessment: Assessment) -> list[SafetyAlert]:
    """The safety alerts that its answers raised, in their order."""
    rows = SafetyAlert.objects.filter(source_id=assessment.pk)
    return list(rows.select_related("acknowledged_by").order_by("raised_at", "pk"))


def overlapping_days(points: Iterable[ScorePoint]) -> dict[str, frozenset[date]]:
    """By instrument, the days whose score looks back on days that the one before covers too."""
    days: dict[str, list[date]] = defaultdict(list)
    for point in points:
        days[point.instrument].append(point.on)
    return {code: overlapping(found, instrument(code).recall_days) for code, found in days.items()}
