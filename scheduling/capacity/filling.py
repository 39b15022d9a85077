"""How much of a site's chairs and nurses is used, week by week: past weeks as they were, then as
they are booked. What counts is as on the page of a week (docs/book.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import DurationField, ExpressionWrapper, F, Sum
from django.db.models.functions import TruncWeek

from clinic.availability.presence import Line, roster
from clinic.models import Role, Site
from scheduling.loads import NOTHING, percent, within
from scheduling.models import StaffClaim
from scheduling.selectors.board import rooms_of
from scheduling.selectors.opening import OpenDay, blocks_of, bounds_of, open_days
from scheduling.selectors.week import is_chair, present_in, usable
from sessions.models import Session

PAST, AHEAD = 8, 8
ONE_HOUR = timedelta(hours=1)
# The patient came.
TOOK_PLACE = frozenset(Session.LIVE) - {Session.Status.PLANNED}


@dataclass(slots=True)
class Share:
    """Time that is used of time that there is; of nurses, times their load and capacity."""

    used: timedelta = NOTHING
    available: timedelta = NOTHING

    @property
    def percent(self) -> int | None:
        """In whole percents; None where there is no time to use."""
        return percent(self.used, self.available)

    @property
    def used_hours(self) -> float:
        """The time that is used, in hours."""
        return round(self.used / ONE_HOUR, 1)

    @property
    def available_hours(self) -> float:
        """The time that there is, in hours."""
        return round(self.available / ONE_HOUR, 1)


@dataclass(slots=True)
class WeekFill:
    """One week of a site, from its Monday on."""

    monday: date
    is_past: bool
    is_now: bool
    chairs: Share = field(default_factory=Share)
    nurses: Share = field(default_factory=Share)
    missed: int = 0
    unrecorded: int = 0
    """Visits of a past week that nobody noted anything of; they do not count as used."""

    def counts(self, status: str) -> bool:
        """Whether a visit of that state uses its time."""
        return status in (TOOK_PLACE if self.is_past else Session.LIVE)


def weeks_filled(site: Site, *, today: date) -> list[WeekFill]:
    """Eight past weeks, this one and eight to come; a fixed set of queries."""
    this = today - timedelta(days=today.weekday())
    mondays = [this + timedelta(weeks=n) for n in range(-PAST, AHEAD + 1)]
    weeks = {one: WeekFill(one, one < this, one == this) for one in mondays}
    days = [one + timedelta(days=n) for one in mondays for n in range(7)]
    opened = open_days(site, days)
    lines = [line for line in roster(site, days) if Role.NURSE in line.roles]
    chairs = {room.pk for room in rooms_of(site) if room.is_active and is_chair(room)}
    _add_visits(weeks, site, chairs, opened)
    _add_nursing(weeks, site, days)
    _add_available_chairs(weeks, site, chairs, opened)
    _add_available_nurses(weeks, site, lines, opened)
    return list(weeks.values())


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _add_visits(
    weeks: Mapping[date, WeekFill], site: Site, chairs: set[UUID], opened: Mapping[date, OpenDay]
) -> None:
    """Chairs' time within opening hours, and the visits that did not come or are not noted."""
    for room, starts_at, ends_at, status in _visits(site, opened):
        day = starts_at.astimezone(site.zone).date()
        week = weeks[_monday(day)]
        week.missed += status == Session.Status.MISSED
        week.unrecorded += week.is_past and status == Session.Status.PLANNED
        if room in chairs and week.counts(status):
            week.chairs.used += within([(starts_at, ends_at)], opened[day].stretches(site))


def _visits(
    site: Site, days: Iterable[date]
) -> Iterable[tuple[UUID | None, datetime, datetime, str]]:
    """(room, start, end, state) of visits that are live or were missed."""
    first, last = bounds_of(site, list(days))
    rows = Session.objects.filter(site=site, starts_at__gte=first, starts_at__lt=last)
    return rows.exclude(status=Session.Status.CANCELLED).values_list(
        "reservation__room_id", "starts_at", "ends_at", "status"
    )


def _add_nursing(weeks: Mapping[date, WeekFill], site: Site, days: Sequence[date]) -> None:
    """Load that nurses carry times how long, added up by the database."""
    first, last = bounds_of(site, days)
    visit = "reservation__session"
    claims = StaffClaim.objects.filter(
        **{f"{visit}__site": site, f"{visit}__starts_at__gte": first},
        **{f"{visit}__starts_at__lt": last},
        role=Role.NURSE,
    )
    carried = (F("during__endswith") - F("during__startswith")) * F("load")
    rows = (
        claims.annotate(week=TruncWeek(f"{visit}__starts_at", tzinfo=site.zone))
        .values_list("week", f"{visit}__status")
        .annotate(work=Sum(ExpressionWrapper(carried, output_field=DurationField())))
    )
    for monday, status, work in rows:
        week = weeks[monday.astimezone(site.zone).date()]
        if week.counts(status):
            week.nurses.used += work


def _add_available_chairs(
    weeks: Mapping[date, WeekFill], site: Site, chairs: set[UUID], opened: Mapping[date, OpenDay]
) -> None:
    blocks = blocks_of(site, list(opened))
    for day, one in opened.items():
        hours = one.stretches(site)
        there = sum((usable(room, hours, blocks) for room in chairs), NOTHING)
        weeks[_monday(day)].chairs.available += there


def _add_available_nurses(
    weeks: Mapping[date, WeekFill],
    site: Site,
    lines: Iterable[Line],
    opened: Mapping[date, OpenDay],
) -> None:
    """Capacity times presence within opening hours, by the shifts as they stand."""
    hours = {day: one.stretches(site) for day, one in opened.items()}
    for line in lines:
        for cell in line.cells:
            there = within(present_in(cell, site), hours[cell.on])
            weeks[_monday(cell.on)].nurses.available += line.member.capacity * there
