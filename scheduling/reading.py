"""A site's availability and its book, as the planner takes them: four statements at the most.

They are SQL, and give what they found as few rows of plain values, because thousands of model
instances cost several times the planning. The cost follows the site's book in a stretch of dates,
not the size of the tables: every condition is one that an index answers behind row-level security.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from clinic.models import Role
from clinic.prepared import planning_cursor
from scheduling.crew import PLANNER_ROLES
from scheduling.keeping.reading import HELD, HELD_BOOK, HELD_CREWS, Asker
from scheduling.planner import model as planner
from scheduling.planner.model import Period
from scheduling.site_times import (
    CLOCK,
    PERIOD,
    STAMP,
    Availability,
    Row,
    Stretch,
    known_availability,
    period,
    read_availability,
    weekly,
)

__all__ = [
    "CLOCK",
    "PERIOD",
    "Availability",
    "Book",
    "Reader",
    "Stretch",
    "period",
    "read_availability",
    "read_site",
    "weekly",
]

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
    WHERE membership_id IN (
            SELECT membership_id FROM clinic_roleassignment
            WHERE site_id = %(site)s AND role = ANY(%(roles)s))
        AND starts_at > %(soonest)s AND starts_at < %(ends)s
        AND during && tstzrange(%(begins)s, %(ends)s)
    GROUP BY membership_id, role
    UNION ALL
{HELD_CREWS}
"""  # noqa: S608 # made of the constants above
_SITE = f"""
    SELECT {STAMP},
        (SELECT json_agg(json_build_array(
            entry.id, entry.version, entry.visit_type, entry.seconds, entry.room_id
        ) ORDER BY entry.id)::text FROM ({_BOOK})
            AS entry (id, version, visit_type, seconds, room_id)),
        (SELECT json_agg(json_build_array(crew.member, crew.role, crew.claims))::text
            FROM ({_CREWS}) AS crew (member, role, claims))
"""  # noqa: S608 # made of the constants above
_OTHER_CLAIMS = f"""
    SELECT reservation_id::text, membership_id::text, role, {PERIOD}
    FROM scheduling_staffclaim WHERE reservation_id = ANY(%(claims)s::uuid[])
    UNION ALL
    SELECT '{HELD}' || hold_id, membership_id::text, role, {PERIOD}
    FROM scheduling_heldload WHERE hold_id = ANY(%(holds)s::uuid[]) ORDER BY 4, 5, 2
"""  # noqa: S608 # made of the constants above


@dataclass(frozen=True, slots=True)
class Book:
    """The visits of the site, and when its people serve elsewhere."""

    bookings: tuple[planner.Booking, ...]
    busy: Mapping[str, Sequence[Period]]


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a site's book is read, and how.

    `kept` are visits that are left out, with their claims; what is held for proposals of courses
    other than the `asker` counts as booked. `learn` is told all versions of protocols before `key`
    is asked for the planner's name of a visit type; one of a group has no version. Nothing that is
    over before `since` is read.
    """

    kept: Mapping[UUID, UUID]
    asker: Asker
    learn: Callable[[set[UUID]], None]
    key: Callable[[UUID | None, str], str]
    since: date


def read_site(
    stretch: Stretch, reader: Reader, beside: tuple[str, Mapping[str, Any]] = ("NULL", {})
) -> tuple[Availability, Book, Any]:
    """Availability, the site's visits in the stretch with their crews, and what the expression
    `beside` (with its parameters) gives: one statement, one more where availability is not at
    hand, and one for what is rare.

    Rare are visits of people who have a role here no more, and visits of people elsewhere.
    """
    ahead = replace(stretch, first=min(max(stretch.first, reader.since), stretch.end))
    kept = {"kept": list(reader.kept)}
    with planning_cursor() as cursor:
        expression, more = beside
        asked = {**more, **ahead.said, **reader.asker.said, **kept}
        cursor.execute(f"{_SITE}, {expression}", asked)
        stamp, required, visits, crews, found = cursor.fetchone()
        book = _book(cursor, reader, json.loads(visits or "[]"), json.loads(crews or "[]"))
    return known_availability(stretch, stamp, required), book, found


def _book(cursor: Any, reader: Reader, rows: Sequence[Row], found: Sequence[Row]) -> Book:
    crews, foreign = _crews(found, {row[0] for row in rows}, reader.kept.values())
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
    reader.learn(set(versions.values()))
    return Book(tuple(_bookings(rows, versions, crews, reader.key)), busy)


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
    for pk, version, visit_type, seconds, room in rows:
        yield planner.Booking(
            pk, names[version, visit_type], moments[seconds], room, crews.get(pk, {})
        )
