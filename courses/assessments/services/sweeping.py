"""What time does to a plan of scores: things get overdue, can no longer be done, repeat."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from clinic.tenancy import organization_ids, tenant
from courses.assessments.dues import refresh_dues
from courses.models import Assessment, AssessmentDue, Course, ProtocolVersion
from courses.selectors import definition_of

Status = Course.Status
BATCH = 100
# Sites west of Greenwich are a day behind, and windows begin with the local day.
AHEAD = timedelta(days=1)
DRAFTS_LAST = timedelta(days=1)


def sweep(*, now: datetime) -> int:
    """Go through all organisations: see what is overdue, what can no longer be done, what repeats.

    Drafts of an earlier day are broken off. The answer is how many courses were looked at.
    """
    seen = 0
    for organization_id in organization_ids():
        with tenant(organization_id):
            course_ids = _courses_to_look_at(organization_id, now)
            Assessment.objects.drafts().filter(
                organization_id=organization_id, started_at__lt=now - DRAFTS_LAST
            ).update(status=Assessment.Status.ABANDONED, ended_at=now)
        for start in range(0, len(course_ids), BATCH):
            with tenant(organization_id):
                for course in _courses(course_ids[start : start + BATCH]):
                    _look_at(course, now)
        seen += len(course_ids)
    return seen


def _courses_to_look_at(organization_id: UUID, now: datetime) -> list[UUID]:
    tomorrow = now.date() + AHEAD
    rows = AssessmentDue.objects.open().filter(
        organization_id=organization_id, due_from__lte=tomorrow
    )
    going_on = _courses_asked_again(organization_id, tomorrow)
    return sorted({*rows.values_list("course_id", flat=True), *going_on})


def _courses_asked_again(organization_id: UUID, tomorrow: date) -> Iterator[UUID]:
    """Courses of which a repetition begins that is not written down, though nothing is open."""
    later = Course.objects.filter(
        patient=OuterRef("patient"), created_at__gt=OuterRef("created_at")
    )
    going_on = Course.objects.filter(organization_id=organization_id).exclude(status=Status.STOPPED)
    going_on = going_on.exclude(Exists(later), status=Status.COMPLETED)
    for (point, every), versions in _repeating_points(organization_id).items():
        dues = AssessmentDue.objects.filter(course=OuterRef("pk"), point=point)
        recent = dues.filter(due_from__gt=tomorrow - timedelta(days=every))
        asked = going_on.filter(Exists(dues), protocol_version__in=versions)
        rows = asked.exclude(Exists(recent.exclude(status=AssessmentDue.Status.DROPPED)))
        yield from rows.values_list("pk", flat=True)


def _repeating_points(organization_id: UUID) -> dict[tuple[str, int], list[UUID]]:
    """The versions of protocols that ask again at a point of that name, after so many days."""
    found = defaultdict(list)
    rows = ProtocolVersion.objects.filter(organization_id=organization_id)
    for version in rows.filter(published_at__isnull=False):
        for point in definition_of(version).assessments:
            if every := point.repeat_every_days:
                found[point.name, every].append(version.pk)
    return found


def _courses(ids: list[UUID]) -> Iterable[Course]:
    return Course.objects.filter(pk__in=ids).select_related("protocol_version", "site")


def _look_at(course: Course, now: datetime) -> None:
    refresh_dues(course=course, now=now)
    today = now.astimezone(course.site.zone).date()
    over = AssessmentDue.objects.open().filter(course=course, due_to__lt=today)
    for due in over.order_by("due_from", "pk"):
        if not due.may_be_late or _is_asked_anew(due, today):
            due.status, due.ended_at = AssessmentDue.Status.MISSED, now
            due.save(update_fields=["status", "ended_at"])
        elif due.overdue_at is None:
            due.overdue_at = now
            due.save(update_fields=["overdue_at"])


def _is_asked_anew(due: AssessmentDue, today: date) -> bool:
    """Whether a later point asks for the same: then nobody goes back for this one."""
    return (
        AssessmentDue.objects.filter(
            course_id=due.course_id,
            instrument=due.instrument,
            due_from__gt=due.due_to,
            due_from__lte=today,
        )
        .exclude(status=AssessmentDue.Status.DROPPED)
        .exists()
    )
