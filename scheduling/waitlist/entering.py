"""Putting a course on the waitlist, and taking it off."""

from datetime import datetime

from django.db import IntegrityError, transaction

from clinic.errors import Conflict
from clinic.models import Membership
from courses.models import Course
from scheduling.waitlist.freeing import lock_times, queue_look
from scheduling.waitlist.legal import UNDER_WAY
from scheduling.waitlist.matching import look_again, reopen, times_again
from scheduling.waitlist.models import SlotOffer, WaitlistEntry


class NotToWait(Conflict):
    """The course is over or rests, or waits already."""

    code = "not-to-wait"


class NotWaiting(Conflict):
    """The course is not on the list any more."""

    code = "not-waiting"


@transaction.atomic
def enter_waitlist(
    *, course: Course, wish: str, by: Membership, now: datetime, priority: int = 2
) -> WaitlistEntry:
    """Put the course on its site's waitlist; times that are free already are looked at for it.

    Raises NotToWait where the course is not under way or waits already.
    """
    if course.status not in UNDER_WAY:
        raise NotToWait(f"This course is {course.get_status_display().lower()}.")
    again = times_again([course.site_id], now)
    lock_times(again)
    try:
        with transaction.atomic():
            entry = WaitlistEntry.objects.create(
                organization_id=course.organization_id,
                course=course,
                site_id=course.site_id,
                wish=wish,
                priority=priority,
                since=now,
                entered_by=by,
            )
    except IntegrityError as exc:
        raise NotToWait("This course is on the waitlist already.") from exc
    look_again(course.organization_id, again)
    return entry


@transaction.atomic
def leave_waitlist(*, entry: WaitlistEntry, by: Membership, now: datetime) -> WaitlistEntry:
    """Take the course off the list; what is offered to it goes to the next. Raises NotWaiting."""
    open_offers = SlotOffer.objects.open().filter(entry=entry)
    freed_ids = list(open_offers.values_list("freed_id", flat=True))
    lock_times(freed_ids)
    open_offers.filter(freed_id__in=freed_ids).update(status=SlotOffer.Status.WITHDRAWN)
    waiting = WaitlistEntry.objects.waiting().filter(pk=entry.pk)
    if not waiting.update(ended_at=now, ended_by=by, end=WaitlistEntry.End.REMOVED):
        raise NotWaiting("This course is not on the waitlist any more.")
    reopen(freed_ids)
    for freed_id in freed_ids:
        queue_look(entry.organization_id, freed_id)
    entry.refresh_from_db()
    return entry
