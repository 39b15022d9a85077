"""Reads of holds: what others hold, and who holds a proposal's times."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from clinic.models import Membership
from clinic.prepared import Prepared
from clinic.templatetags.courseline import local_time
from courses.models import Course
from scheduling.keeping.models import HeldLoad, SlotHold
from scheduling.keeping.reading import HELD
from scheduling.keeping.wanted import Clash, HeldVisit, Share, Wanted, clashes
from scheduling.loads import Carried
from scheduling.models import LONGEST, Proposal, StaffClaim, overlapping


@dataclass(frozen=True, slots=True)
class ProposalHold:
    """Until when somebody keeps the times of a proposal."""

    by_id: UUID
    by: str
    until: datetime

    def seconds_left(self, now: datetime) -> int:
        """How long yet."""
        return max(0, int((self.until - now).total_seconds()))


def held_words(by: str, until: datetime, zone: ZoneInfo) -> str:
    """“held by Kim Lee until 10:42 EST”."""
    return f"held by {by} until {local_time(until, zone)}"


def hold_of(proposal: Proposal, *, now: datetime) -> ProposalHold | None:
    """Who keeps the proposal's times; None once nobody does."""
    rows = SlotHold.objects.live(now).filter(proposal=proposal)
    row = rows.values_list("held_by_id", "held_by__name", "held_until").first()
    return ProposalHold(*row) if row else None


def others_hold_at(course: Course, *, now: datetime) -> bool:
    """Whether times at the course's site are held for proposals of other courses."""
    return SlotHold.objects.live(now).filter(site=course.site_id).exclude(course=course).exists()


def clashes_of(wanted: Sequence[Wanted], *, course_id: UUID, now: datetime) -> list[Clash]:
    """What others hold of these; the course's own holds stand in nobody's way.

    One query where nobody holds anything near. Sure only where rooms and people are locked.
    """
    if not wanted:
        return []
    first = min(one.room_during[0] for one in wanted)
    last = max(one.room_during[1] for one in wanted)
    near = _NEAR(course=course_id, now=now, first=first - LONGEST, last=last)
    held = [_held(row) for row in near]
    if not held:
        return []
    members = {share.member_id for one in wanted for share in one.shares}
    return list(clashes(wanted, held, _booked(wanted, members), _capacities(members)))


def _near(course: UUID, now: datetime, first: datetime, last: datetime) -> QuerySet[SlotHold]:
    rows = SlotHold.objects.live(now).filter(starts_at__gt=first, starts_at__lt=last)
    return with_loads(rows.exclude(course=course))


def with_loads(rows: "QuerySet[SlotHold]") -> "QuerySet[SlotHold]":
    """The rows with who holds them and what they hold of people, in order of time."""
    loads = Prefetch("loads", HeldLoad.objects.order_by("during", "pk"))
    return rows.select_related("held_by").prefetch_related(loads).order_by("starts_at", "pk")


_NEAR = Prepared(
    _near,
    course=uuid4(),
    now=datetime(1, 1, 2, tzinfo=UTC),
    first=datetime(1, 1, 3, tzinfo=UTC),
    last=datetime(1, 1, 4, tzinfo=UTC),
)


def _held(row: SlotHold) -> HeldVisit:
    shares = tuple(
        Share(one.membership_id, Carried(one.during.lower, one.during.upper, one.load))
        for one in row.loads.all()
    )
    during = (row.room_during.lower, row.room_during.upper)
    return HeldVisit(Wanted(row.room_id, during, shares), row.held_by.name, row.held_until)


def _booked(wanted: Sequence[Wanted], members: Collection[UUID]) -> list[Share]:
    """What the people carry already while they are wanted."""
    near = Q()
    for one in wanted:
        near |= overlapping("during", "starts_at", *one.room_during)
    rows = StaffClaim.objects.filter(near, membership__in=list(members))
    return [
        Share(who, Carried(during.lower, during.upper, load))
        for who, during, load in rows.values_list("membership_id", "during", "load")
    ]


def _capacities(members: Collection[UUID]) -> dict[UUID, int]:
    return dict(Membership.objects.filter(pk__in=members).values_list("pk", "capacity"))


def holders(hold_ids: Collection[str]) -> dict[str, tuple[str, datetime]]:
    """Who keeps each of these holds, by its name in the planner's book, and until when."""
    rows = SlotHold.objects.filter(pk__in=[pk.removeprefix(HELD) for pk in hold_ids])
    return {
        f"{HELD}{pk}": (name, until)
        for pk, name, until in rows.values_list("pk", "held_by__name", "held_until")
    }
