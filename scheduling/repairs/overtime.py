"""Longer shifts that a repair asks for: no longer than what is accepted needs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID

from clinic.availability.rosters import change_shift
from clinic.availability.rules import STEP_MINUTES, Clock
from clinic.models import Membership, Shift, ShiftChange, Site
from clinic.rights import Right, require
from courses.selectors import definition_of
from scheduling.planner.wall import merged
from scheduling.repairs.models import RepairVisit, RepairWay
from scheduling.services.claiming import StaffedVisit, staff_loads
from sessions.models import Session

Minutes = tuple[int, int]
DAY = 24 * 60


def lengthen_shifts(
    way: RepairWay,
    rows: Sequence[RepairVisit],
    visits: Mapping[UUID, Session],
    *,
    by: Membership,
    now: datetime,
) -> int:
    """Inside a transaction: write a dated shift for everybody whom these visits keep longer than
    the shift of that date as it stands now; how many.

    Nobody works longer than the way said. Raises RightMissing where a shift has to change and
    `by` keeps no roster.
    """
    site = way.repair.site
    needs = _needs(rows, visits, site)
    changed = 0
    for one in way.longer:
        on, member = date.fromisoformat(one["on"]), Membership.objects.get(pk=one["member"])
        hours = _hours(member, site, on)
        longer = widened(hours, needs[one["member"], on], one["before"], one["after"])
        if longer == sorted(hours):
            continue
        require(by, Right.KEEP_ROSTER, site)
        why = "Longer by a repair"
        change_shift(member=member, site=site, on=on, hours=longer, reason=why, now=now)
        changed += 1
    return changed


def _needs(
    rows: Sequence[RepairVisit], visits: Mapping[UUID, Session], site: Site
) -> Mapping[tuple[str, date], list[Minutes]]:
    """When these visits need whom, by the clock of the site."""
    found: dict[tuple[str, date], list[Minutes]] = defaultdict(list)
    for row in rows:
        for who, begins, ends in _loads(row, visits[row.visit_id]):
            first, last = begins.astimezone(site.zone), ends.astimezone(site.zone)
            # Past midnight no shift of the day can be stretched.
            if first.date() == last.date():
                found[who, first.date()].append((_minute(first.time()), _minute(last.time())))
    return found


def _loads(row: RepairVisit, visit: Session) -> Iterator[tuple[str, datetime, datetime]]:
    if row.new_starts_at is None:
        return
    times = row.new_starts_at, row.new_starts_at + (visit.ends_at - visit.starts_at)
    placed = StaffedVisit(visit.visit_type, *times, str(row.new_room_id), row.new_staff)
    definition = definition_of(visit.course.protocol_version)
    for who, _, begins, ends, _ in staff_loads(placed, definition):
        yield who, begins, ends


def _hours(member: Membership, site: Site, on: date) -> Sequence[Clock]:
    own = {"membership": member, "site": site}
    dated = ShiftChange.objects.filter(on=on, **own).values_list("starts", "ends")
    if found := list(dated):
        return [(starts, ends) for starts, ends in found if starts and ends]
    week = Shift.objects.filter(weekday=on.weekday(), **own).order_by("starts")
    return list(week.values_list("starts", "ends"))


def widened(
    hours: Sequence[Clock], needs: Sequence[Minutes], before: int, after: int
) -> list[Clock]:
    """The day's hours, begun at most so many minutes earlier and ended so many later where that
    covers a need; as they are where nothing is left to cover or it is farther than that."""
    spans = merged((_minute(starts), _minute(ends)) for starts, ends in hours)
    more = [one for need in needs for one in _more(need, spans, before, after)]
    if not more:
        return sorted(hours)
    return [(_clock(starts), _clock(ends)) for starts, ends in merged([*spans, *more])]


def _more(need: Minutes, spans: Sequence[Minutes], before: int, after: int) -> Iterator[Minutes]:
    """What is added to these spans where the need lies outside them."""
    # What lies between one end and the next start, from midnight to midnight.
    edges = [None, *(edge for span in spans for edge in span), None]
    for stopped, next_start in zip(edges[::2], edges[1::2], strict=True):
        begins = need[0] if stopped is None else max(need[0], stopped)
        ends = need[1] if next_start is None else min(need[1], next_start)
        if begins >= ends:
            continue
        if stopped is not None and ends - stopped <= after:
            yield stopped, _up(ends)
        elif next_start is not None and next_start - begins <= before:
            yield _down(begins), next_start


def _minute(clock: time) -> int:
    return 60 * clock.hour + clock.minute


def _clock(minute: int) -> time:
    return time(*divmod(minute, 60))


def _down(minute: int) -> int:
    return minute - minute % STEP_MINUTES


def _up(minute: int) -> int:
    return min(-(-minute // STEP_MINUTES) * STEP_MINUTES, DAY - STEP_MINUTES)
