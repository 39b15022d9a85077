"""A group in the demo: integration visits of several courses with one therapist."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from courses.models import Course
from scheduling.cascade.answers import read
from scheduling.cascade.service import Acceptance, change_course
from scheduling.cascade.story import consequences
from scheduling.cascade.ways import How
from scheduling.cascade.wish import Want, Wanted
from scheduling.demo.founding import Demo
from scheduling.groups.forms import USUAL_MINUTES, rooms_for_groups, therapists_of
from scheduling.groups.models import GroupVisit
from scheduling.groups.offers import group_offers
from scheduling.groups.placing import Terms
from scheduling.groups.service import GroupRefused, make_groups
from sessions.models import Session, SessionQuerySet

SITE, PLACES, MEMBERS = "harbor", 6, 3
HOURS = (15, 14, 11, 16, 10)
LOOKED_AT = 8


def gather(demo: Demo) -> None:
    """One group near the integration visits to come; a few of these take places in it."""
    visits = list(_talks(demo)[:LOOKED_AT])
    group = next((made for at in _times(demo, visits) if (made := _made(demo, at))), None)
    members = 0
    for visit in visits if group else []:
        offers = group_offers(visit, now=demo.now) if members < MEMBERS else []
        if any(offer.group == group for offer in offers):
            members += _seated(demo, visit, group)


def _talks(demo: Demo) -> SessionQuerySet:
    rows = Session.objects.planned().filter(
        site=demo.sites[SITE],
        kind=Session.Kind.INTEGRATION,
        starts_at__gt=demo.now + timedelta(days=1),
        course__status=Course.Status.ACTIVE,
        patient__is_restricted=False,
    )
    related = rows.select_related(
        "organization", "patient", "site", "course__site", "course__patient",
        "course__protocol_version",
    )  # fmt: skip
    return related.order_by("starts_at", "pk")


def _times(demo: Demo, visits: list[Session]) -> Iterator[datetime]:
    """Afternoons first, on days of such visits and then on any."""
    zone = demo.sites[SITE].zone
    today = demo.now.astimezone(zone).date()
    days = [visit.local_date for visit in visits] + [today + timedelta(days=n) for n in range(1, 8)]
    for day in dict.fromkeys(days):
        for hour in HOURS:
            yield datetime.combine(day, time(hour), zone)


def _made(demo: Demo, starts_at: datetime) -> GroupVisit | None:
    """The group at that time, in whichever room and with whom it can be."""
    site = demo.sites[SITE]
    for room in rooms_for_groups(site):
        for therapist in therapists_of(site):
            terms = Terms("integration", room, therapist, starts_at, USUAL_MINUTES, PLACES)
            try:
                made = make_groups(site=site, terms=terms, by=demo.desk(SITE), now=demo.now)
            except GroupRefused:
                continue
            return made.groups[0]
    return None


def _seated(demo: Demo, visit: Session, group: GroupVisit | None) -> bool:
    """Whether the visit has taken a place while the rest of its course stays."""
    if group is None:
        return False
    desk, wanted = demo.desk(SITE), Wanted(Want.MOVE, group.starts_at, group=str(group.pk))
    told = consequences(visit, wanted, member=desk, now=demo.now)
    for way in told.ways:
        if way.how is How.COURSE and not way.amber and len(way.changed) == 1:
            shown = read(way.answer, visit=visit, member=desk)
            change_course(visit=visit, shown=shown, said=Acceptance(desk, demo.now))
            return True
    return False
