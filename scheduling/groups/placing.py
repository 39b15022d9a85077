"""Where and with whom a group can be, and writing what it takes of the book."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from psycopg.types.range import TimestamptzRange

from clinic.models import Membership, Role, Room, RoomBlock, Site
from scheduling.groups.models import GroupVisit
from scheduling.groups.rules import takes
from scheduling.keeping.selectors import clashes_of, held_words
from scheduling.keeping.wanted import Share, Wanted
from scheduling.loads import Carried
from scheduling.models import Reservation, StaffClaim, overlapping
from scheduling.planner import model as planner
from scheduling.planner.model import THERAPIST
from scheduling.planner.rules import ONE_DAY, Rule, Rulebook
from scheduling.reading import Availability, Stretch, read_availability
from scheduling.wording import FAULTS

# A group is of no course.
NO_COURSE = UUID(int=0)
# What of a time is told of; the rest is about courses.
TIMES = (Rule.GRID, Rule.CLOSED_HOURS, Rule.CLOSURE)


@dataclass(frozen=True, slots=True)
class Terms:
    """What somebody wants of a group."""

    kind: str
    room: Room
    therapist: Membership
    starts_at: datetime
    minutes: int
    places: int
    turnover_minutes: int = 0

    @property
    def ends_at(self) -> datetime:
        """When the patients may leave."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def cleaned_at(self) -> datetime:
        """When the room is free again."""
        return self.ends_at + timedelta(minutes=self.turnover_minutes)


def terms_of(group: GroupVisit) -> Terms:
    """The terms of a group as it stands."""
    return Terms(
        kind=group.kind,
        room=group.room,
        therapist=group.therapist,
        starts_at=group.starts_at,
        minutes=group.minutes,
        places=group.places,
        turnover_minutes=group.turnover_minutes,
    )


def place_faults(
    site: Site, terms: Terms, *, now: datetime, but: GroupVisit | None = None
) -> list[str]:
    """Why a group cannot be so, in words; empty when it can. `but` is the group that moves."""
    day = terms.starts_at.astimezone(site.zone).date()
    here = read_availability(Stretch(site, day, day + ONE_DAY))
    return [
        *(["that time is over"] if terms.starts_at <= now else []),
        *_time_faults(here, terms, day),
        *_room_faults(site, terms, but),
        *_therapist_faults(here, terms, day, but),
        *_held(site, terms, now),
    ]


def _held(site: Site, terms: Terms, now: datetime) -> Iterator[str]:
    """What somebody keeps for a proposal meanwhile."""
    carried = Carried(terms.starts_at, terms.ends_at, terms.therapist.capacity)
    wanted = Wanted(
        terms.room.pk,
        (terms.starts_at, terms.cleaned_at),
        (Share(terms.therapist.pk, carried),),
    )
    for clash in clashes_of([wanted], course_id=NO_COURSE, now=now):
        yield f"that time is {held_words(clash.hold.by, clash.hold.until, site.zone)}"


def _time_faults(here: Availability, terms: Terms, day: date) -> Iterator[str]:
    together = planner.VisitType(False, "", 0, (planner.Phase("group", terms.minutes),))
    for rule, _ in _rulebook(here, day).time_faults(("prep", 1), together, terms.starts_at):
        if rule in TIMES:
            yield f"that time {FAULTS[rule]}"


def _rulebook(here: Availability, day: date) -> Rulebook:
    """The site's rules, for a visit of nobody's course."""
    always = dict.fromkeys(range(7), ((0, 24 * 60),))
    nobody = planner.Course("group", "", "group", day, day, always)
    problem = planner.Problem(
        id="group",
        clinic=here.clinic,
        rooms=here.rooms,
        staff=here.staff,
        visits={},
        protocols={"group": planner.Protocol(dosing=())},
        courses=(nobody,),
    )
    return Rulebook(problem, nobody)


def _room_faults(site: Site, terms: Terms, but: GroupVisit | None) -> Iterator[str]:
    room, during = terms.room, (terms.starts_at, terms.cleaned_at)
    if room.site_id != site.pk or not room.is_active:
        yield f"{room.name} cannot be booked here"
    if not takes(room.kinds):
        yield f"{room.name} is not a room for talks"
    if RoomBlock.objects.filter(room=room, during__overlap=TimestamptzRange(*during)).exists():
        yield f"{room.name} is out of use then"
    elif is_taken(room, during, but=but):
        yield f"{room.name} is taken then"


def is_taken(
    room: Room, during: tuple[datetime, datetime], *, but: GroupVisit | None = None
) -> bool:
    """Whether a visit or a group has the room at some instant of the stretch, turnover included."""
    held = Reservation.objects.filter(room=room)
    own = {"group": but.pk} if but else {}
    begins, ends = during
    visits = held.filter(overlapping("room_during", "session__starts_at", begins, ends))
    groups = held.filter(overlapping("room_during", "group__starts_at", begins, ends))
    return any(rows.exclude(**own).exists() if own else rows.exists() for rows in (visits, groups))


def _therapist_faults(
    here: Availability, terms: Terms, day: date, but: GroupVisit | None
) -> Iterator[str]:
    who, period = terms.therapist, (terms.starts_at, terms.ends_at)
    person = next((one for one in here.staff if one.id == str(who.pk)), None)
    if person is None or THERAPIST not in person.roles:
        yield f"{who.name} is no therapist here"
    elif not _rulebook(here, day).on_duty(person, period):
        yield f"{who.name} does not work throughout then, or is away"
    claims = StaffClaim.objects.filter(overlapping("during", "starts_at", *period), membership=who)
    if (claims.exclude(reservation__group=but) if but else claims).exists():
        yield f"{who.name} serves somebody else then"


def take(group: GroupVisit) -> None:
    """Inside a transaction that has locked room and therapist: let go of what the group held, and
    reserve both at its present time; the constraints raise where a rival has one of them."""
    let_go(group)
    during = TimestamptzRange(group.starts_at, group.ends_at)
    cleaned = group.ends_at + timedelta(minutes=group.turnover_minutes)
    held = Reservation.objects.create(
        organization_id=group.organization_id,
        group=group,
        site_id=group.site_id,
        room_id=group.room_id,
        room_during=TimestamptzRange(group.starts_at, cleaned),
        patient_during=during,
    )
    # All that the therapist can carry: who leads a group sees nobody else meanwhile.
    StaffClaim.objects.create(
        organization_id=group.organization_id,
        reservation=held,
        membership=group.therapist,
        role=Role.THERAPIST,
        during=during,
        load=group.therapist.capacity,
    )


def let_go(group: GroupVisit) -> None:
    """Inside a transaction: free the group's room and therapist; its members keep their places."""
    Reservation.objects.filter(group=group, session__isnull=True).delete()
