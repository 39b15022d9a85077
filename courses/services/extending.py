"""More doses for a course under way."""

from datetime import datetime

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import DomainError
from clinic.models import Membership
from clinic.rights import Right, require
from courses.assessments.dues import refresh_dues
from courses.events import record_event
from courses.models import Course, CourseEvent
from courses.selectors import definition_of
from courses.services.changing import CourseNotInState


def needs_decision(course: Course) -> bool:
    """Whether a clinician decides on more doses: where the protocol has a set number of them.

    The doses of an open-ended block are planned a few at a time, without a decision.
    """
    return definition_of(course.protocol_version).open_block is None


def check_extension(*, course: Course, doses: int) -> None:
    """Raise DomainError (field `doses`) unless the protocol has so many doses more."""
    if doses < 1:
        raise DomainError("Give the number of further doses.", field="doses")
    most = definition_of(course.protocol_version).most_doses
    if most is not None and course.dose_count + doses > most:
        raise DomainError("The protocol has no more doses than that.", field="doses")


@transaction.atomic
def extend_course(
    *, course: Course, doses: int, by: Membership, now: datetime, reason: str = ""
) -> None:
    """Plan more doses of an active course, as far as its protocol goes (DOMAIN 2.1, 8.42).

    Where the protocol has a set number, a clinician decides and says why. Raises
    CourseNotInState, RightMissing, or DomainError past the protocol's last dose.
    """
    check_extension(course=course, doses=doses)
    if needs_decision(course):
        require(by, Right.DECIDE, course.site)
        if not reason.strip():
            raise DomainError("Please give a reason.", field="reason")
    add_doses(course, doses, by)
    because(reason)
    detail = {"doses": doses}
    kind = CourseEvent.Kind.EXTENDED
    record_event(course=course, kind=kind, by=by, now=now, reason=reason, detail=detail)
    refresh_dues(course=course, now=now)


def add_doses(course: Course, doses: int, by: Membership) -> None:
    """Inside a transaction: raise the number of doses; of two rivals one wins."""
    wanted = course.dose_count + doses
    rows = Course.objects.filter(
        pk=course.pk,
        organization_id=by.organization_id,
        status=Course.Status.ACTIVE,
        dose_count=course.dose_count,
    )
    if not rows.update(dose_count=wanted):
        raise CourseNotInState("Only an active course can be extended; look at it again.")
    course.dose_count = wanted
