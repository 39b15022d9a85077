"""When a site, its rooms and its people can be booked, as the planner takes it.

What one statement found is kept at hand, under all that it goes by: what has changed since is
never used.
"""

import json
from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from typing import Any

from django.db import connection

from clinic.availability.rules import roster_ends_on
from clinic.models import Role, Site
from scheduling.crew import PLANNER_ROLES
from scheduling.models import LONGEST
from scheduling.names import Names
from scheduling.planner import model as planner
from scheduling.planner.model import Dated, Period, Weekly

Row = Sequence[Any]
FEW_DAYS = 2

CLOCK = "(extract(epoch FROM starts) / 60)::int, (extract(epoch FROM ends) / 60)::int"
PERIOD = "extract(epoch FROM lower(during)), extract(epoch FROM upper(during))"
# Changes with every row that availability is read from (`scheduling.models.BoardChange`). A number
# may come twice, when what first counted it was undone; the transaction that wrote it does not.
STAMP = """
    (SELECT concat(number, ' ', xmin) FROM scheduling_boardchange WHERE site_id = %(site)s),
    (SELECT credentials_required FROM clinic_organization WHERE id = %(organization)s)
"""
_AVAILABILITY = f"""
    WITH here AS (
        SELECT membership_id, array_agg(role) AS roles FROM clinic_roleassignment
        WHERE site_id = %(site)s AND role = ANY(%(roles)s) GROUP BY membership_id
    )
    SELECT json_build_object(
        'hours', (
            SELECT json_agg(json_build_array(weekday, {CLOCK})) FROM clinic_openinghours
            WHERE site_id = %(site)s),
        'special', (
            SELECT json_agg(json_build_array("on", {CLOCK})) FROM clinic_specialhours
            WHERE site_id = %(site)s AND "on" >= %(first)s AND "on" < %(end)s),
        'closures', (
            SELECT json_agg("on") FROM clinic_closure
            WHERE site_id = %(site)s AND "on" >= %(first)s AND "on" < %(end)s),
        'rooms', (
            SELECT json_agg(json_build_array(id, kinds, is_active, name)
                ORDER BY position, name, id)
            FROM clinic_room WHERE site_id = %(site)s),
        'blocks', (
            SELECT json_agg(json_build_array(room_id, {PERIOD}) ORDER BY during)
            FROM clinic_roomblock
            WHERE room_id IN (SELECT id FROM clinic_room WHERE site_id = %(site)s)
                AND during && tstzrange(%(begins)s, %(ends)s)),
        'people', (
            SELECT json_agg(json_build_array(id, capacity, is_active, roles, name) ORDER BY id)
            FROM clinic_membership JOIN here ON membership_id = id),
        'shifts', (
            SELECT json_agg(json_build_array(membership_id, weekday, {CLOCK}))
            FROM clinic_shift WHERE site_id = %(site)s),
        'changes', (
            SELECT json_agg(json_build_array(membership_id, "on", {CLOCK}))
            FROM clinic_shiftchange
            WHERE site_id = %(site)s AND "on" >= %(first)s AND "on" < %(end)s),
        'leave', (
            SELECT json_agg(json_build_array(membership_id, {PERIOD}) ORDER BY during)
            FROM clinic_leave
            WHERE membership_id IN (SELECT membership_id FROM here)
                AND during && tstzrange(%(begins)s, %(ends)s)),
        'credentials', (
            SELECT json_agg(json_build_array(membership_id, kind, expires_on))
            FROM clinic_credential WHERE membership_id IN (SELECT membership_id FROM here))
    )::text, {STAMP}
"""  # noqa: S608 # made of the constants above


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a site's dates, the last one left out."""

    site: Site
    first: date
    end: date

    @property
    def period(self) -> Period:
        """From midnight to midnight, by the site's clock."""
        return self.midnight(self.first), self.midnight(self.end)

    def midnight(self, day: date) -> datetime:
        """When the day begins."""
        return datetime.combine(day, time.min, self.site.zone)

    @property
    def said(self) -> dict[str, Any]:
        """The statements' parameters."""
        begins, ends = self.period
        return {
            "site": self.site.pk,
            "organization": self.site.organization_id,
            "first": self.first,
            "end": self.end,
            "begins": begins,
            "ends": ends,
            "soonest": begins - LONGEST,
            "roles": [role.value for role in PLANNER_ROLES],
        }


@dataclass(frozen=True, slots=True)
class Availability:
    """When a site, its rooms and its people can be booked."""

    clinic: planner.Clinic
    rooms: tuple[planner.Room, ...]
    staff: tuple[planner.Staff, ...]
    names: Names


def read_availability(stretch: Stretch) -> Availability:
    """All that says who and what can be booked in the stretch: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABILITY, stretch.said)
        text, stamp, required = cursor.fetchone()
    found = {name: rows or () for name, rows in json.loads(text).items()}
    found["required"] = required
    rooms, people = ({row[0]: row[-1] for row in found[name]} for name in ("rooms", "people"))
    names = Names(rooms=rooms, people=people)
    here = Availability(_clinic(stretch, found), _rooms(found), _staff(stretch, found), names)
    _known.keep(_name_of(stretch, stamp, required), here)
    return here


def known_availability(
    stretch: Stretch, stamp: str | None, required: Sequence[str]
) -> Availability:
    """The same, as it was read before where `STAMP` gives what it gave then.

    What is asked for a day or two is read for the month, since people look at one day after the
    other.
    """
    wide = _month(stretch)
    found = _known.find(_name_of(wide, stamp, required)) or read_availability(wide)
    horizon = (stretch.first, stretch.end)
    return (
        found if wide == stretch else replace(found, clinic=replace(found.clinic, horizon=horizon))
    )


def _month(stretch: Stretch) -> Stretch:
    """The month of the stretch, where that has only so few dates in it."""
    first = stretch.first.replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1)
    is_day = (stretch.end - stretch.first).days <= FEW_DAYS and stretch.end <= end
    return replace(stretch, first=first, end=end) if is_day else stretch


def _name_of(stretch: Stretch, stamp: str | None, required: Sequence[str]) -> Hashable:
    """What availability of the stretch goes by, all of it."""
    site = stretch.site
    own = site.pk, site.timezone, site.grid_minutes, site.soft_doses_per_day
    return own, stamp, tuple(required), stretch.first, stretch.end


class _Known:
    """Availability as read lately: kept under what it goes by, the least used goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[Hashable, Availability] = OrderedDict()
        self._lock = Lock()

    def keep(self, name: Hashable, one: Availability) -> None:
        """Have it at hand."""
        with self._lock:
            self._rows[name] = one
            self._rows.move_to_end(name)
            while len(self._rows) > self._most:
                self._rows.popitem(last=False)

    def find(self, name: Hashable) -> Availability | None:
        """What was kept, if it was."""
        with self._lock:
            if name in self._rows:
                self._rows.move_to_end(name)
            return self._rows.get(name)


_known = _Known(most=200)


def _clinic(stretch: Stretch, found: Mapping[str, Any]) -> planner.Clinic:
    site, soft = stretch.site, stretch.site.soft_doses_per_day
    return planner.Clinic(
        id=str(site.pk),
        tz=site.timezone,
        grid_min=site.grid_minutes,
        horizon=(stretch.first, stretch.end),
        hours=weekly(found["hours"]),
        closures=frozenset(map(date.fromisoformat, found["closures"])),
        soft_dosing_per_day={} if soft is None else dict.fromkeys(range(7), soft),
        dated=_dated(found["special"]),
    )


def _rooms(found: Mapping[str, Any]) -> tuple[planner.Room, ...]:
    blocked = _by_owner(found["blocks"])
    return tuple(
        planner.Room(
            id=pk,
            kinds=frozenset(kinds if is_active else ()),
            blocked=tuple(period(*ends) for ends in blocked[pk]),
        )
        for pk, kinds, is_active, _ in found["rooms"]
    )


def _staff(stretch: Stretch, found: Mapping[str, Any]) -> tuple[planner.Staff, ...]:
    shifts, changes, leave, held = (
        _by_owner(found[name]) for name in ("shifts", "changes", "leave", "credentials")
    )
    return tuple(
        planner.Staff(
            id=pk,
            roles=frozenset(PLANNER_ROLES[Role(role)] for role in roles),
            capacity=capacity,
            shifts=weekly(shifts[pk]) if is_active else {},
            leave=(
                *(period(*ends) for ends in leave[pk]),
                *_expired(stretch, roles, held[pk], found["required"]),
            ),
            dated=_dated(changes[pk]) if is_active else {},
        )
        for pk, capacity, is_active, roles, _ in found["people"]
    )


def _expired(
    stretch: Stretch, roles: Iterable[str], held: Iterable[Row], required: Iterable[str]
) -> list[Period]:
    """No roster from the day on which a credential that a role needs expires (DOMAIN 2.6)."""
    credentials = {kind: date.fromisoformat(on) for kind, on in held}
    ends_on = roster_ends_on(roles, credentials, required)
    if ends_on is None or ends_on >= stretch.end:
        return []
    return [(stretch.midnight(max(ends_on, stretch.first)), stretch.period[1])]


def _by_owner(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rest of each row, by its first member."""
    found: dict[str, list[Row]] = defaultdict(list)
    for owner, *rest in rows:
        found[owner].append(rest)
    return found


def weekly(rows: Iterable[Row]) -> Weekly:
    """Weekday and minutes as the planner's weekly table."""
    table: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for weekday, starts, ends in rows:
        table[weekday].append((starts, ends))
    return {day: tuple(sorted(spans)) for day, spans in table.items()}


def _dated(rows: Iterable[Row]) -> Dated:
    """Dates and minutes; a date without minutes has no hours."""
    table: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for on, starts, ends in rows:
        table[date.fromisoformat(on)] += [] if starts is None else [(starts, ends)]
    return {day: tuple(sorted(spans)) for day, spans in table.items()}


def period(begins: Any, ends: Any) -> Period:
    """Seconds since 1970 as a period."""
    return datetime.fromtimestamp(float(begins), UTC), datetime.fromtimestamp(float(ends), UTC)
