"""Deciding against a cap that is no label's, for one day."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import DomainError
from clinic.models import Membership
from clinic.reasons import checked_reason
from clinic.rights import Right, require
from courses.caps.selectors import excesses_of
from courses.lapses.selectors import next_seq
from courses.models import CapOverride, Course


class CapExceeded(DomainError):
    """A dose would be more than a cap allows; `details` says which."""

    code = "cap-exceeded"


class NothingToAllow(DomainError):
    """No cap is in the way of a dose on that day."""

    code = "nothing-to-allow"


@transaction.atomic
def allow_unprepared(
    *, course: Course, on: date, by: Membership, reason: str, now: datetime
) -> CapOverride:
    """Let the first dose be given on that day before preparation is complete (DOMAIN 2.12).

    Raises RightMissing or ReasonTooShort.
    """
    require(by, Right.OVERRIDE, course.site)
    said = checked_reason(reason)
    because("Preparation was not asked for")
    return CapOverride.objects.create(
        organization_id=course.organization_id,
        course=course,
        kind=CapOverride.Kind.PREPARATION,
        on=on,
        by=by,
        reason=said,
        at=now,
    )


@transaction.atomic
def allow_beyond_cap(
    *,
    course: Course,
    on: date,
    by: Membership,
    reason: str,
    now: datetime,
    planned: Collection[date] = (),
    own_before: int = 0,
) -> CapOverride:
    """Let the course have a dose on that day beyond its protocol's own caps (DOMAIN 2.10).

    `planned` are the days of the patient's other doses to come, `own_before` how many of the
    course's own come first. Raises RightMissing, ReasonTooShort, CapExceeded where a label's cap
    is in the way, NothingToAllow where none is.
    """
    require(by, Right.OVERRIDE, course.site)
    said = checked_reason(reason)
    seq = min(next_seq(course) + own_before, course.dose_count)
    found = excesses_of(course, seq=seq, on=on, planned=planned)
    if label := next((one for one in found if one.is_label), None):
        raise CapExceeded(f"A label’s cap is not overridden. {label.text}", field="on")
    if not found:
        raise NothingToAllow("No cap is in the way of a dose on that day.", field="on")
    because("A cap was overridden")
    return CapOverride.objects.create(
        organization_id=course.organization_id, course=course, on=on, by=by, reason=said, at=now
    )
