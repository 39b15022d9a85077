"""A site's availability and its book, as the planner takes them: four statements at the most.

They are SQL, and give what they found as few rows of plain values, because thousands of model
instances cost several times the planning. The cost follows the site's book in a stretch of dates,
not the size of the tables: every condition is one that an index answers behind row-level security.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection

from clinic.availability.rules import roster_ends_on
from clinic.models import Role, Site
from scheduling.crew import PLANNER_ROLES
from scheduling.keeping.reading import HELD, HELD_BOOK, HELD_CREWS, Asker
from scheduling.models import LONGEST
from scheduling.planner import model as planner
from scheduling.planner.model import Dated, Period, Weekly

Row = Sequence[Any]

CLOCK = "(extract(epoch FROM starts) / 60)::int, (extract(epoch FROM ends) / 60)::int"
PERIOD = "extract(epoch FROM lower(during)), extract(epoch FROM upper(during))"
# For what follows in the transaction. By the server's defaults, made for spinning disks, reading
# years of a site's visits through seems cheaper than to find its weeks; and to start a helper
# takes longer than these statements.
_PLANS = """
    set_config('random_page_cost', '1.1', true),
    set_config('max_parallel_workers_per_gather', '0', true)
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
            SELECT json_agg(json_build_array(id, kinds, is_active) ORDER BY position, name, id)
            FROM clinic_room WHERE site_id = %(site)s),
        'blocks', (
            SELECT json_agg(json_build_array(room_id, {PERIOD}) ORDER BY during)
            FROM clinic_roomblock
            WHERE room_id IN (SELECT id FROM clinic_room WHERE site_id = %(site)s)
                AND during && tstzrange(%(begins)s, %(ends)s)),
        'required', (
            SELECT credentials_required FROM clinic_organization WHERE id = %(organization)s),
        'people', (
            SELECT json_agg(json_build_array(id, capacity, is_active, roles) ORDER BY id)
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
    )::text, {_PLANS}
"""  # noqa: S608 # made of the constants above
# No visit and no duty lasts longer than LONGEST, so whatever overlaps the stretch starts near it.
# A group is one booking, of no protocol: its turnover, all its therapist can carry, its length.
_BOOK = f"""
    SELECT claim.id::text, course.protocol_version_id::text, visit.visit_type,
        extract(epoch FROM visit.starts_at)::bigint, claim.room_id::text
    FROM treatment_sessions_session AS visit
    JOIN scheduling_reservation AS claim ON claim.session_id = visit.id
    JOIN courses_course AS course ON course.id = visit.course_id
    WHERE visit.site_id = %(site)s AND visit.id <> ALL(%(kept)s)
        AND visit.starts_at > %(soonest)s AND visit.starts_at < %(ends)s
        AND claim.room_during && tstzrange(%(begins)s, %(ends)s) AND claim.group_id IS NULL
    UNION ALL
    SELECT claim.id::text, NULL, concat_ws(' ', together.turnover_minutes, leader.capacity,
            (extract(epoch FROM together.ends_at - together.starts_at) / 60)::int),
        extract(epoch FROM together.starts_at)::bigint, together.room_id::text
    FROM scheduling_groupvisit AS together
    JOIN scheduling_reservation AS claim
        ON claim.group_id = together.id AND claim.session_id IS NULL
    JOIN clinic_membership AS leader ON leader.id = together.therapist_id
    WHERE together.site_id = %(site)s AND together.status = 'PLANNED'
        AND together.starts_at > %(soonest)s AND together.starts_at < %(ends)s
    UNION ALL
{HELD_BOOK}
"""  # noqa: S608 # made of the constants above
_CREWS = f"""
    SELECT membership_id::text, role, string_agg(reservation_id::text, ' ')
    FROM scheduling_staffclaim
    WHERE membership_id = ANY(%(people)s::uuid[])
        AND starts_at > %(soonest)s AND starts_at < %(ends)s
        AND during && tstzrange(%(begins)s, %(ends)s)
    GROUP BY membership_id, role
    UNION ALL
{HELD_CREWS}
"""  # noqa: S608 # made of the constants above
_OTHER_CLAIMS = f"""
    SELECT reservation_id::text, membership_id::text, role, {PERIOD}
    FROM scheduling_staffclaim WHERE reservation_id = ANY(%(claims)s::uuid[])
    UNION ALL
    SELECT '{HELD}' || hold_id, membership_id::text, role, {PERIOD}
    FROM scheduling_heldload WHERE hold_id = ANY(%(holds)s::uuid[]) ORDER BY 4, 5, 2
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
        }


@dataclass(frozen=True, slots=True)
class Availability:
    """When a site, its rooms and its people can be booked."""

    clinic: planner.Clinic
    rooms: tuple[planner.Room, ...]
    staff: tuple[planner.Staff, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The visits of the site, and when its people serve elsewhere."""

    bookings: tuple[planner.Booking, ...]
    busy: Mapping[str, Sequence[Period]]


def read_availability(stretch: Stretch) -> Availability:
    """All that says who and what can be booked in the stretch: one statement."""
    with connection.cursor() as cursor:
        roles = [role.value for role in PLANNER_ROLES]
        cursor.execute(_AVAILABILITY, {**stretch.said, "roles": roles})
        found = {name: rows or () for name, rows in json.loads(cursor.fetchone()[0]).items()}
    return Availability(_clinic(stretch, found), _rooms(found), _staff(stretch, found))


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
        for pk, kinds, is_active in found["rooms"]
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
        for pk, capacity, is_active, roles in found["people"]
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


def read_book(
    stretch: Stretch,
    *,
    people: Collection[str],
    kept: Mapping[UUID, UUID],
    asker: Asker,
    learn: Callable[[set[UUID]], None],
    key: Callable[[UUID | None, str], str],
) -> Book:
    """The site's visits in the stretch and their crews: two statements, and one for what is rare.

    Rare are visits of people who have a role here no more, and visits of people elsewhere. `kept`
    are visits that are left out, with their claims; what is held for proposals of courses other
    than the `asker` counts as booked. `learn` is told all versions of protocols before `key` is
    asked for the planner's name of a visit type; one of a group has no version.
    """
    said = {**stretch.said, **asdict(asker), "kept": list(kept), "people": list(people)}
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, said)
        rows = cursor.fetchall()
        cursor.execute(_CREWS, said)
        crews, foreign = _crews(cursor.fetchall(), {row[0] for row in rows}, kept.values())
        nameless = {row[0] for row in rows if row[0] not in crews}
        busy: dict[str, list[Period]] = defaultdict(list)
        if others := foreign | nameless:
            cursor.execute(_OTHER_CLAIMS, _of_either_kind(others))
            for claim, member, role, *ends in cursor.fetchall():
                if claim in nameless:
                    crews[claim][PLANNER_ROLES[Role(role)]] = member
                else:
                    busy[member].append(period(*ends))
    versions = {text: UUID(text) for text in {row[1] for row in rows} if text}
    learn(set(versions.values()))
    return Book(tuple(_bookings(rows, versions, crews, key)), busy)


def _of_either_kind(ids: Iterable[str]) -> dict[str, list[str]]:
    """Claims of visits, and holds for proposals."""
    known = list(ids)
    return {
        "claims": [pk for pk in known if not pk.startswith(HELD)],
        "holds": [pk.removeprefix(HELD) for pk in known if pk.startswith(HELD)],
    }


def _crews(
    found: Iterable[Row], here: Collection[str], kept: Iterable[UUID]
) -> tuple[dict[str, dict[str, str]], set[str]]:
    """Who serves each reservation, by the planner's role; and which are of other sites."""
    crews: dict[str, dict[str, str]] = defaultdict(dict)
    for member, role, claims in found:
        word = PLANNER_ROLES[Role(role)]
        for claim in claims.split():
            crews[claim][word] = member
    return crews, crews.keys() - here - {str(one) for one in kept}


def _bookings(
    rows: Sequence[Row],
    versions: Mapping[str, UUID],
    crews: Mapping[str, Mapping[str, str]],
    key: Callable[[UUID | None, str], str],
) -> Iterable[planner.Booking]:
    """In the order of their ids, each start and visit type made once."""
    moments = {row[3]: datetime.fromtimestamp(row[3], UTC) for row in rows}
    pairs = {(row[1], row[2]) for row in rows}
    names = {pair: key(versions.get(pair[0]), pair[1]) for pair in pairs}
    for pk, version, visit_type, seconds, room in sorted(rows, key=itemgetter(0)):
        yield planner.Booking(
            pk, names[version, visit_type], moments[seconds], room, crews.get(pk, {})
        )


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
