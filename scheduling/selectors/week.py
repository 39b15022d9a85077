"""A site's week: each day's visits in order, and how much of chairs and nurses is taken."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from clinic.availability.presence import Cell, Line, roster
from clinic.models import Role, Room, Site
from scheduling.groups.selectors import BoardGroup, blocks_with, groups_between
from scheduling.loads import NOTHING, Carried, Stretch, less, percent, within, work
from scheduling.models import StaffClaim, overlapping
from scheduling.selectors.board import BoardVisit, Viewer, board_visits, rooms_of
from scheduling.selectors.opening import Block, OpenDay, blocks_of, bounds_of, open_days

# What rooms for talking are called in protocols; every other room has a chair for treatment.
TALKS = {"consulting"}


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One date; percents are None where nothing is open or nobody works."""

    open: OpenDay
    visits: list[BoardVisit]
    chairs: int | None
    nurses: int | None
    groups: list[BoardGroup] = field(default_factory=list)

    @property
    def entries(self) -> list[BoardVisit | BoardGroup]:
        """Its visits and groups in order of time."""
        return blocks_with(self.visits, self.groups)

    @property
    def on(self) -> date:
        """The date."""
        return self.open.on


@dataclass(frozen=True, slots=True)
class WeekBoard:
    """Seven days of a site, from Monday on."""

    site: Site
    days: list[WeekDay]
    rooms: Mapping[UUID, str]


def days_of_week(day: date) -> list[date]:
    """The dates of the day's week, from Monday on."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def week_board(*, site: Site, day: date, viewer: Viewer) -> WeekBoard:
    """The week that the day lies in, shown as `day_board` shows a day; a fixed set of queries."""
    days = days_of_week(day)
    visits: dict[date, list[BoardVisit]] = defaultdict(list)
    for visit in board_visits(site, days, viewer):
        visits[visit.starts_at.astimezone(site.zone).date()].append(visit)
    groups: dict[date, list[BoardGroup]] = defaultdict(list)
    for group in groups_between(site, bounds_of(site, days)):
        groups[group.starts_at.astimezone(site.zone).date()].append(group)
    opened, rooms, blocks = open_days(site, days), rooms_of(site), blocks_of(site, days)
    lines, carried = roster(site, days), _carried_by_nurses(site, days)
    return WeekBoard(
        site=site,
        days=[
            WeekDay(
                open=opened[on],
                visits=visits[on],
                chairs=_chairs(opened[on], visits[on], rooms, blocks, site),
                nurses=_nurses(opened[on], lines, carried[on], site),
                groups=groups[on],
            )
            for on in days
        ],
        rooms={room.pk: room.name for room in rooms},
    )


def is_chair(room: Room) -> bool:
    """Whether the room is for treatment, not for talks alone."""
    return not set(room.kinds) <= TALKS


def _chairs(
    opened: OpenDay,
    visits: Iterable[BoardVisit],
    rooms: Iterable[Room],
    blocks: Sequence[Block],
    site: Site,
) -> int | None:
    chairs = {room.pk for room in rooms if room.is_active and is_chair(room)}
    hours = opened.stretches(site)
    taken = within(((v.starts_at, v.ends_at) for v in visits if v.room_id in chairs), hours)
    free = sum((usable(room, hours, blocks) for room in chairs), NOTHING)
    return percent(taken, free)


def usable(room: UUID, hours: Iterable[Stretch], blocks: Iterable[Block]) -> timedelta:
    """How much of the hours a room is in use and not blocked."""
    out = [(one.starts_at, one.ends_at) for one in blocks if one.room_id == room]
    pieces = (piece for stretch in hours for piece in less(stretch, out))
    return sum((ends - begins for begins, ends in pieces), NOTHING)


def _nurses(
    opened: OpenDay, lines: Iterable[Line], carried: Iterable[Carried], site: Site
) -> int | None:
    """Load that nurses carry, of what those present during opening hours could."""
    hours, able = opened.stretches(site), NOTHING
    for line in lines:
        cell = next(cell for cell in line.cells if cell.on == opened.on)
        if Role.NURSE in line.roles:
            able += line.member.capacity * within(present_in(cell, site), hours)
    return percent(work(carried), able)


def present_in(cell: Cell, site: Site) -> list[Stretch]:
    """When somebody is at work on that date."""
    if cell.is_expired or cell.is_closed:
        return []
    day = OpenDay(cell.on, cell.hours)
    away = [(one.during.lower, one.during.upper) for one in cell.leaves]
    return [piece for shift in day.stretches(site) for piece in less(shift, away)]


def _carried_by_nurses(site: Site, days: Sequence[date]) -> Mapping[date, list[Carried]]:
    first, last = bounds_of(site, days)
    claims = StaffClaim.objects.filter(
        overlapping("during", "starts_at", first, last),
        reservation__site=site,
        role=Role.NURSE,
    )
    found: dict[date, list[Carried]] = defaultdict(list)
    for during, load in claims.values_list("during", "load"):
        on = during.lower.astimezone(site.zone).date()
        found[on].append(Carried(during.lower, during.upper, load))
    return found
