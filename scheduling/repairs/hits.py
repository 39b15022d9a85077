"""Which visits cannot stay as they are, by the site's hours, rooms and people alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from clinic.models import Site
from scheduling.planner import model as planner
from scheduling.planner.claims import Claims
from scheduling.planner.rules import Rule, Rulebook
from scheduling.problem import _VisitKinds
from scheduling.reading import Availability, Stretch, read_availability
from scheduling.repairs.stretches import Booked, Days, days_of

ONE_DAY = timedelta(days=1)
NOTHING = planner.Course("", "", "", date.min, date.max, dict.fromkeys(range(7), ((0, 1440),)))


class Cause(StrEnum):
    """Why a visit cannot stay as it is."""

    CLOSED = "CLOSED"
    HOURS = "HOURS"
    ROOM = "ROOM"
    STAFF = "STAFF"
    PRESENCE = "PRESENCE"


CAUSES = {
    Rule.CLOSURE: Cause.CLOSED,
    Rule.CLOSED_HOURS: Cause.HOURS,
    Rule.PRESENCE: Cause.PRESENCE,
}
CAUSE_WORDS = {
    Cause.CLOSED: "the site is closed",
    Cause.HOURS: "outside the opening hours",
    Cause.ROOM: "its room is out of use",
    Cause.STAFF: "who serves it is away",
    Cause.PRESENCE: "no prescriber is on site",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A visit that cannot stay as it is, and why."""

    booked: Booked
    causes: tuple[Cause, ...]

    @property
    def words(self) -> str:
        """Why, for the desk."""
        return ", ".join(CAUSE_WORDS[cause] for cause in self.causes)


@dataclass(frozen=True, slots=True)
class Hits:
    """The visits of some days, and those of them that cannot stay."""

    days: Days
    hits: tuple[Hit, ...]
    kinds: _VisitKinds | None

    @property
    def ids(self) -> frozenset[UUID]:
        """The visits that cannot stay."""
        return frozenset(hit.booked.visit.pk for hit in self.hits)


def hits_in(site: Site, first: date, last: date, *, now: datetime) -> Hits:
    """The planned visits of these days that cannot stay as they are, in order of time: four
    queries, however many visits and courses."""
    days = days_of(site, first, last, now=now)
    if not days.charts:
        return Hits(days, (), None)
    available = read_availability(Stretch(site, first, last + ONE_DAY))
    kinds = kinds_of(days)
    judge = _Judge(available, kinds)
    found = (Hit(one, tuple(judge.causes(days, one))) for one in days.ahead)
    return Hits(days, tuple(hit for hit in found if hit.causes), kinds)


def kinds_of(days: Days) -> _VisitKinds:
    """The visit types of all these courses, without another query."""
    kinds: _VisitKinds | None = None
    for chart in days.charts.values():
        version = chart.course.protocol_version
        if kinds is None:
            kinds = _VisitKinds(version, chart.definition)
        kinds._definitions.setdefault(version.pk, chart.definition)
    assert kinds is not None  # noqa: S101 # nosec B101 # asked for days with courses alone
    return kinds


class _Judge:
    """What hours, rooms and people have against single visits, whoever else comes."""

    def __init__(self, available: Availability, kinds: _VisitKinds) -> None:
        self.kinds = kinds
        problem = planner.Problem(
            id="hits",
            clinic=available.clinic,
            rooms=available.rooms,
            staff=available.staff,
            visits=kinds.types,
            protocols={"": planner.Protocol(())},
            courses=(NOTHING,),
        )
        self.book = Rulebook(problem, NOTHING)
        self.claims = Claims(self.book, ())

    def causes(self, days: Days, one: Booked) -> Iterator[Cause]:
        """Each cause once, the site's before those of rooms and people."""
        version = days.charts[one.visit.course_id].course.protocol_version_id
        visit = self.kinds.types[self.kinds.of(version, one.visit.visit_type)]
        start = one.visit.starts_at
        rules = {rule for rule, _ in self.book.time_faults(("prep", 1), visit, start)}
        found = [cause for rule, cause in CAUSES.items() if rule in rules]
        # A site that is closed has no hours, and nobody has to be there.
        yield from found[:1]
        if any(self.claims.room_faults(visit, start, one.room_id)):
            yield Cause.ROOM
        if not one.is_of_group and any(self.claims.team_faults(visit, start, one.staff)):
            yield Cause.STAFF
