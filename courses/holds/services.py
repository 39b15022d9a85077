"""Opening and releasing holds; no dose is given while one is open."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.identity.selectors import of_person
from clinic.models import Membership
from courses.events import record_event
from courses.holds.selectors import open_holds
from courses.models import Course, CourseEvent, Hold

__all__ = ["HoldReleased", "carry_holds", "open_hold", "open_holds", "release_hold"]

Status = Course.Status
# These are about the patient, whatever course they were opened in (DOMAIN 3.3, 5.7, 8.70).
OF_THE_PATIENT = frozenset(
    {
        Hold.Kind.SUICIDE_RISK,
        Hold.Kind.PREGNANCY,
        Hold.Kind.PSYCHIATRIC,
        Hold.Kind.HOSPITAL,
        Hold.Kind.DRUG_SCREEN,
        Hold.Kind.URINARY,
    }
)


class HoldReleased(Conflict):
    """Somebody else released the hold before."""

    code = "hold-released"


@transaction.atomic
def open_hold(
    *,
    course: Course,
    kind: str,
    by: Membership | None,
    now: datetime,
    reason: str = "",
    source_id: UUID | None = None,
) -> Hold:
    """Hold the course's doses; while one of the kind and source is open, that one is given back.

    What is about the patient holds every other open course besides. `by` is None where a rule
    holds. The hold is on the course's timeline.
    """
    hold, is_new = _open(course, kind, by, now, reason, source_id)
    if is_new and kind in OF_THE_PATIENT:
        for other in _open_beside(course):
            _open(other, kind, by, now, reason, source_id)
    return hold


def _open_beside(course: Course) -> QuerySet[Course]:
    """The person's other courses that are not over."""
    rows = Course.objects.filter(of_person(course.patient_id)).exclude(pk=course.pk)
    return rows.exclude(status__in=[Status.COMPLETED, Status.STOPPED]).order_by("pk")


def _open(
    course: Course,
    kind: str,
    by: Membership | None,
    now: datetime,
    reason: str,
    source_id: UUID | None,
) -> tuple[Hold, bool]:
    """The open hold of the course of that kind and source, and whether it was opened just now."""
    standing = Hold.objects.open().filter(course=course, kind=kind, source_id=source_id)
    if found := standing.first():
        return found, False
    try:
        with transaction.atomic():
            hold = Hold.objects.create(
                organization_id=course.organization_id,
                course=course,
                kind=kind,
                source_id=source_id,
                opened_at=now,
                opened_by=by,
                reason=reason.strip(),
            )
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "hold_open_once":
            raise
        return standing.get(), False
    _note(hold, CourseEvent.Kind.HELD, by, reason, now)
    return hold, True


def carry_holds(
    *, course: Course, now: datetime, charts: Collection[UUID] | None = None
) -> list[Hold]:
    """Inside a transaction: hold a new course for what still holds the patient's others.

    “No dose until cleared” does not end with a course (DOMAIN 5.7, 8.34). The source stays the
    same, so that whoever answers it answers for every course. With `charts` only what holds the
    courses of those is carried: they have just become the same person's (DOMAIN 8.45).
    """
    person = of_person(course.patient_id, "course__patient")
    of = person if charts is None else Q(course__patient__in=charts)
    rows = Hold.objects.filter(of, kind__in=OF_THE_PATIENT)
    found = list(rows.exclude(course=course).select_related("course").order_by("opened_at", "pk"))
    return [
        _open(course, hold.kind, None, now, hold.reason, hold.source_id)[0]
        for hold in found
        if hold.released_at is None and not _is_settled(hold, found)
    ]


def _is_settled(hold: Hold, others: Iterable[Hold]) -> bool:
    """Whether a course begun since took it over, and a clinician released it there."""
    return any(
        other.released_at is not None
        and (other.kind, other.source_id) == (hold.kind, hold.source_id)
        and other.course.created_at > hold.opened_at
        for other in others
    )


@transaction.atomic
def release_hold(*, hold: Hold, by: Membership, reason: str, now: datetime) -> Hold:
    """Let doses go on as far as this hold goes; raise HoldReleased, DomainError without a reason.

    Who may release which kind, its own service asks.
    """
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    because(reason)
    rows = Hold.objects.open().filter(pk=hold.pk, organization_id=by.organization_id)
    released = rows.update(released_at=now, released_by=by, release_reason=reason.strip())
    hold.refresh_from_db(fields=["released_at", "released_by", "release_reason"])
    if not released:
        raise HoldReleased("This hold was released before.")
    _note(hold, CourseEvent.Kind.RELEASED, by, reason, now)
    return hold


def _note(hold: Hold, kind: str, by: Membership | None, reason: str, now: datetime) -> None:
    detail = {"hold": str(hold.pk), "kind": hold.kind}
    record_event(course=hold.course, kind=kind, by=by, now=now, reason=reason, detail=detail)
