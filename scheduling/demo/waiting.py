"""Who waits for another time in the demo, and a time that is offered to one of them."""

from datetime import timedelta

from clinic.models import Membership, Site
from courses.models import Course
from scheduling.demo.founding import Demo
from scheduling.moving import slots_of
from scheduling.services import move_visit
from scheduling.waitlist.entering import enter_waitlist
from scheduling.waitlist.matching import look_at
from scheduling.waitlist.models import FreedTime, SlotOffer, WaitlistEntry
from sessions.models import Session

WHY = "Asked for a later time"
# Far enough ahead that the time can still be offered for days.
AHEAD, MINUTE = timedelta(days=4), timedelta(minutes=1)
MOST_WAITING = 4


def let_some_wait(demo: Demo) -> None:
    """A few courses wait; the first moved a dose to a later time and would have it back."""
    doses = Session.objects.planned().filter(
        organization=demo.organization,
        kind=Session.Kind.DOSING,
        is_provisional=False,
        starts_at__gt=demo.now + AHEAD,
        course__status=Course.Status.ACTIVE,
        patient__is_restricted=False,
    )
    related = doses.select_related(
        "organization", "site", "patient", "course__site", "course__patient",
        "course__protocol_version", "course__organization",
    )  # fmt: skip
    rows = related.order_by("course_id", "starts_at", "pk").distinct("course_id")
    waiting, is_offered = 0, False
    for dose in rows:
        if is_offered and waiting >= MOST_WAITING:
            break
        if is_offered or _moved_later(demo, dose):
            _enter(demo, dose.course)
            waiting += 1
            is_offered = is_offered or _is_offered(demo, dose)


def _is_offered(demo: Demo, dose: Session) -> bool:
    """Whether the time that the dose let go of is offered now."""
    freed = FreedTime.objects.filter(visit=dose).latest("freed_at")
    look_at(organization_id=freed.organization_id, freed_id=freed.pk, now=demo.now)
    return SlotOffer.objects.filter(freed=freed).exists()


def _moved_later(demo: Demo, dose: Session) -> bool:
    """Whether the dose could be moved to a later time that is worse."""
    slots = slots_of(dose, now=demo.now)
    before = next((slot.cost for slot in slots if slot.start == dose.starts_at), None)
    later = [slot for slot in slots if slot.start.date() > dose.starts_at.date()]
    worse = [slot for slot in later if before is not None and slot.cost > before + 1000]
    if not worse:
        return False
    at = demo.now - 2 * MINUTE
    move_visit(visit=dose, starts_at=worse[0].start, by=_desk(demo, dose.site), reason=WHY, now=at)
    return True


def _enter(demo: Demo, course: Course) -> None:
    wish = WaitlistEntry.Wish.SOONER_VISIT
    at = demo.now - MINUTE
    enter_waitlist(course=course, wish=wish, by=_desk(demo, course.site), now=at)


def _desk(demo: Demo, site: Site) -> Membership:
    return demo.desk(next(word for word, own in demo.sites.items() if own.pk == site.pk))
