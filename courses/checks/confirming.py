"""A dose that a check's result asks care for: a clinician confirms it, and that is kept (8.70)."""

from datetime import date, datetime

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import DomainError
from clinic.models import Membership
from clinic.reasons import checked_reason
from clinic.rights import Right, require
from courses.checks.catalogue import shipped
from courses.checks.selectors import due_for, results_of, to_confirm
from courses.models import CapOverride, CheckResult, Course


class NothingToConfirm(DomainError):
    """No result asks for a confirmation of a dose on that day."""

    code = "nothing-to-confirm"


def confirmation_of(course: Course, on: date) -> CapOverride | None:
    """Who confirmed the dose of that day last, and why; None where nobody has."""
    rows = CapOverride.objects.filter(course=course, on=on, kind=CapOverride.Kind.CONFIRMED)
    return rows.select_related("by").order_by("-at", "-pk").first()


def awaits_confirmation(course: Course, on: date) -> list[str]:
    """What is still to be confirmed before a dose on that day (DOMAIN 8.70).

    What somebody confirmed before the result was there counts for nothing.
    """
    asked = to_confirm(course, on) if _has_been_positive(course) else []
    said = confirmation_of(course, on) if asked else None
    if said is None:
        return asked
    return asked if any(at > said.at for at in _prompted_at(course, on)) else []


def _prompted_at(course: Course, on: date) -> list[datetime]:
    """When each result was recorded that asks for a confirmation of a dose on that day."""
    since = {one.check.prompted_by: one.done_on for one in due_for(course, on) if one.prompted_on}
    rows = results_of(course.patient).filter(
        result=CheckResult.Result.POSITIVE, kind__in=since, on__lte=on
    )
    return [row.recorded_at for row in rows if row.on > (since[row.kind] or date.min)]


def _has_been_positive(course: Course) -> bool:
    """Whether there is anything to look at: most patients never have such a result."""
    kinds = [check.prompted_by for check in shipped().checks if check.prompted_by]
    positive = results_of(course.patient).filter(result=CheckResult.Result.POSITIVE)
    return positive.filter(kind__in=kinds).exists()


@transaction.atomic
def confirm_dose(
    *, course: Course, on: date, by: Membership, reason: str, now: datetime
) -> CapOverride:
    """Keep that the dose of that day is given all the same, by whose word and why (DOMAIN 8.70).

    Raises RightMissing, ReasonTooShort, NothingToConfirm.
    """
    require(by, Right.DECIDE, course.site)
    said = checked_reason(reason)
    if not to_confirm(course, on):
        raise NothingToConfirm("Nothing asks for a confirmation on that day.", field="on")
    because("A dose was confirmed")
    return CapOverride.objects.create(
        organization_id=course.organization_id,
        course=course,
        kind=CapOverride.Kind.CONFIRMED,
        on=on,
        by=by,
        reason=said,
        at=now,
    )
