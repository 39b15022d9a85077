"""Who waits for another time in the demo, and a time that is offered to one of them."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from clinic.models import Membership, Site
from courses.models import Course
from scheduling.demo.founding import Demo
from scheduling.demo.treating import send_what_was_due
from scheduling.moving import slots_of
from scheduling.services import move_visit
from scheduling.waitlist.entering import enter_waitlist
from scheduling.waitlist.fits import price_of
from scheduling.waitlist.matching import look_at
from scheduling.waitlist.models import FreedTime, SlotOffer, WaitlistEntry
from sessions.models import Session

WHY = "Asked for a later time"
# Far enough ahead that the time can still be offered for days.
AHEAD, MINUTE = timedelta(days=4), timedelta(minutes=1)
MOST_WAITING = 4


def let_some_wait(demo: Demo) -> None:
    """A few courses wait; the first let go of a time and would have it back, which is offered."""
    waiting: set[UUID] = set()
    is_offered = False
    for visit in _visits_ahead(demo):
        if is_offered and len(waiting) >= MOST_WAITING:
            return
        if visit.course_id not in waiting and (is_offered or _moved_later(demo, visit)):
            _enter(demo, visit.course)
            waiting.add(visit.course_id)
            is_offered = is_offered or _is_offered(demo, visit)


def _visits_ahead(demo: Demo) -> Iterable[Session]:
    visits = Session.objects.planned().filter(
        organization=demo.organization,
        is_provisional=False,
        starts_at__gt=demo.now + AHEAD,
        course__status=Course.Status.ACTIVE,
        patient__is_restricted=False,
    )
    related = visits.select_related(
        "organization", "site", "patient", "course__site", "course__patient",
        "course__protocol_version", "course__organization",
    )  # fmt: skip
    # The same for the same moment, whatever the ids.
    return related.order_by("starts_at", "patient__family_name", "kind", "seq", "pk")


def _is_offered(demo: Demo, visit: Session) -> bool:
    """Whether the time that the visit let go of is offered now."""
    freed = FreedTime.objects.filter(visit=visit).latest("freed_at")
    look_at(organization_id=freed.organization_id, freed_id=freed.pk, now=demo.now)
    return SlotOffer.objects.filter(freed=freed).exists()


def _moved_later(demo: Demo, visit: Session) -> bool:
    """Whether the visit could be moved to a later time that is worse."""
    slots = slots_of(visit, now=demo.now)
    before = next((slot.cost for slot in slots if slot.start == visit.starts_at), None)
    if before is None:
        return False
    later = (slot for slot in slots if slot.start > visit.starts_at)
    to = next((slot.start for slot in later if price_of(visit, slot) > before), None)
    if to is None:
        return False
    at = demo.now - 2 * MINUTE
    move_visit(visit=visit, starts_at=to, by=_desk(demo, visit.site), reason=WHY, now=at)
    send_what_was_due(visit.patient, until=demo.now)
    return True


def _enter(demo: Demo, course: Course) -> None:
    wish = WaitlistEntry.Wish.SOONER_VISIT
    at = demo.now - MINUTE
    enter_waitlist(course=course, wish=wish, by=_desk(demo, course.site), now=at)


def _desk(demo: Demo, site: Site) -> Membership:
    return demo.desk(next(word for word, own in demo.sites.items() if own.pk == site.pk))
