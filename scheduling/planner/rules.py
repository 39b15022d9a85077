"""The rules of a valid course, one function each, in plain Python.

They share nothing with the planner's tables, so that they can judge what it plans. The desk sees
them as the reasons why a start is refused, and as what a changed calendar broke.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduling.planner.fixed import previous_of
from scheduling.planner.model import (
    Course,
    Kind,
    Period,
    Phase,
    Problem,
    Protocol,
    Staff,
    VisitType,
)
from scheduling.planner.wall import Wall, overlaps

Key = tuple[Kind, int]
Days = Mapping[Key, date]
ONE_DAY = timedelta(days=1)


class Rule(StrEnum):
    """What can be wrong with an appointment."""

    STRUCTURE = "STRUCTURE"
    GRID = "GRID"
    HORIZON = "HORIZON"
    CLOSED_HOURS = "CLOSED_HOURS"
    CLOSURE = "CLOSURE"
    PATIENT_WINDOW = "PATIENT_WINDOW"
    PATIENT_UNAVAILABLE = "PATIENT_UNAVAILABLE"
    BARRED = "BARRED"
    NEAR_OTHER_DOSE = "NEAR_OTHER_DOSE"
    TOO_EARLY = "TOO_EARLY"
    TOO_LATE = "TOO_LATE"
    PATIENT_BUSY = "PATIENT_BUSY"
    ORDER = "ORDER"
    GAP = "GAP"
    SPAN = "SPAN"
    PREP_WINDOW = "PREP_WINDOW"
    INTEGRATION_WINDOW = "INTEGRATION_WINDOW"
    ROOM = "ROOM"
    STAFF_ROLE = "STAFF_ROLE"
    PRESENCE = "PRESENCE"
    LEAD = "LEAD"
    LOCKED = "LOCKED"


Fault = tuple[Rule, str]
TiedFault = tuple[Rule, str, tuple[Key, Key]]
"""A fault between two appointments, the earlier one of the protocol first."""


class Rulebook:
    """The rules as they apply to one course."""

    def __init__(self, problem: Problem, course: Course) -> None:
        self.problem, self.course = problem, course
        self.protocol = problem.protocol_of(course)
        self.wall = Wall(problem.clinic.tz)
        self.locked = {key for key, item in previous_of(course).items() if item.locked}

    # --- One appointment by itself ---

    def time_faults(self, key: Key, visit: VisitType, start: datetime) -> Iterator[Fault]:
        """What speaks against the time, whatever room and people."""
        period = (start, start + timedelta(minutes=visit.minutes))
        yield from self._clinic_faults(period)
        yield from self._patient_faults(period)
        yield from self._barred_faults(visit, period)
        day = self.wall.day(start)
        if day < self.course.earliest:
            yield Rule.TOO_EARLY, f"before {self.course.earliest}"
        if key == ("dosing", 1) and day > self.course.latest_first:
            yield Rule.TOO_LATE, f"dose 1 after {self.course.latest_first}"
        for role in self.unattended(visit, start):
            yield Rule.PRESENCE, f"no {role} on site throughout"

    def _clinic_faults(self, period: Period) -> Iterator[Fault]:
        clinic, start = self.problem.clinic, period[0]
        day = self.wall.day(start)
        if self.wall.minute(start) % clinic.grid_min or start.second or start.microsecond:
            yield Rule.GRID, f"not on the grid of {clinic.grid_min} minutes"
        if not clinic.horizon[0] <= day < clinic.horizon[1]:
            yield Rule.HORIZON, "outside the planned dates"
        if not self.wall.inside(clinic.hours, period, clinic.dated):
            yield Rule.CLOSED_HOURS, "outside opening hours"
        if day in clinic.closures:
            yield Rule.CLOSURE, f"closed on {day}"

    def _patient_faults(self, period: Period) -> Iterator[Fault]:
        if not self.wall.inside(self.course.windows, period):
            yield Rule.PATIENT_WINDOW, "outside the times at which the patient can come"
        if overlaps(period, self.course.unavailable):
            yield Rule.PATIENT_UNAVAILABLE, "the patient is not available"

    def _barred_faults(self, visit: VisitType, period: Period) -> Iterator[Fault]:
        if overlaps(period, self.course.barred):
            yield Rule.BARRED, "in the past, or the patient has another visit"
        if visit.dosing and overlaps(period, self.course.barred_dosing):
            yield Rule.NEAR_OTHER_DOSE, "too near to a dose of another course"

    def unattended(self, visit: VisitType, start: datetime) -> Iterator[str]:
        """Roles of which at some minute nobody is on site who should be."""
        missing: set[str] = set()
        for phase, period in phase_periods(visit, start):
            missing.update(role for role in phase.presence if not self._attended(role, period))
        yield from sorted(missing)

    def _attended(self, role: str, period: Period) -> bool:
        people = [person for person in self.problem.staff if role in person.roles]
        minutes = int((period[1] - period[0]).total_seconds()) // 60
        moments = (period[0] + timedelta(minutes=n) for n in range(minutes))
        return all(
            any(self.on_duty(person, (at, at + timedelta(minutes=1))) for person in people)
            for at in moments
        )

    def on_duty(self, person: Staff, period: Period) -> bool:
        """On shift and not away throughout."""
        at_work = self.wall.inside(person.shifts, period, person.dated)
        return at_work and not overlaps(period, person.away)

    # --- Two appointments ---

    def tied_faults(self, days: Days) -> Iterator[TiedFault]:
        """What speaks against the days of the appointments together, locked pairs aside."""
        for rule, detail, keys in self._all_tied_faults(days):
            if not self.locked.issuperset(keys):
                yield rule, detail, keys

    def _all_tied_faults(self, days: Days) -> Iterator[TiedFault]:
        yield from self._order_faults(days)
        yield from self._gap_faults(days)
        yield from self._span_faults(days)
        yield from self._preparation_faults(days)
        yield from self._integration_faults(days)

    def _order_faults(self, days: Days) -> Iterator[TiedFault]:
        chain = [(kind, seq) for kind, seq, _ in self.protocol.chain if (kind, seq) in days]
        for index, first in enumerate(chain):
            for second in chain[index + 1 :]:
                if days[first] == days[second]:
                    detail = f"on the same day as {name(first)}"
                    yield Rule.PATIENT_BUSY, detail, (first, second)
                elif days[first] > days[second]:
                    yield Rule.ORDER, f"before {name(first)}", (first, second)

    def _gap_faults(self, days: Days) -> Iterator[TiedFault]:
        for seq, rule in enumerate(self.protocol.dosing[1:], 2):
            pair: tuple[Key, Key] = (("dosing", seq - 1), ("dosing", seq))
            first, second = pair
            if rule.gap and first in days and second in days:
                gap = (days[second] - days[first]).days
                if not rule.gap[0] <= gap <= rule.gap[1]:
                    yield Rule.GAP, f"{gap} days after dose {seq - 1}, not {to(rule.gap)}", pair

    def _span_faults(self, days: Days) -> Iterator[TiedFault]:
        first: Key = ("dosing", 1)
        for span in self.protocol.spans:
            last: Key = ("dosing", span.to)
            if first in days and last in days:
                took = (days[last] - days[first]).days
                if took > span.max_days:
                    detail = f"doses 1 to {span.to} take {took} days, not {span.max_days}"
                    yield Rule.SPAN, detail, (first, last)

    def _preparation_faults(self, days: Days) -> Iterator[TiedFault]:
        dose: Key = ("dosing", 1)
        for seq, rule in enumerate(self.protocol.prep, 1):
            prep: Key = ("prep", seq)
            if prep in days and dose in days:
                ahead, allowed = (days[dose] - days[prep]).days, rule.days_before_first
                if not allowed[0] <= ahead <= allowed[1]:
                    detail = f"{ahead} days before dose 1, not {to(allowed)}"
                    yield Rule.PREP_WINDOW, detail, (prep, dose)

    def _integration_faults(self, days: Days) -> Iterator[TiedFault]:
        for rule in self.protocol.integration:
            pair: tuple[Key, Key] = (("dosing", rule.after), ("integration", rule.after))
            dose, talk = pair
            if dose in days and talk in days:
                after = (days[talk] - days[dose]).days
                if not rule.days[0] <= after <= rule.days[1]:
                    detail = f"{after} days after dose {rule.after}, not {to(rule.days)}"
                    yield Rule.INTEGRATION_WINDOW, detail, pair


def dates_between(protocol: Protocol, days: Days, key: Key) -> tuple[date, date]:
    """The first and last date that the other appointments leave this one; minimum gaps aside.

    It may be that none of them is legal; outside of them none is.
    """
    chain = [(kind, seq) for kind, seq, _ in protocol.chain]
    place, (kind, seq) = chain.index(key), key
    known = [(at, days[other]) for at, other in enumerate(chain) if other in days]
    first = max((day + ONE_DAY for at, day in known if at < place), default=date.min)
    last = min((day - ONE_DAY for at, day in known if at > place), default=date.max)
    for near, most, is_before in _reaches(protocol, kind, seq):
        if near in days and is_before:
            last = min(last, days[near] + timedelta(days=most))
        elif near in days:
            first = max(first, days[near] - timedelta(days=most))
    return first, last


def _reaches(protocol: Protocol, kind: Kind, seq: int) -> Iterator[tuple[Key, int, bool]]:
    """(neighbour, most days apart, whether it comes before) of one appointment."""
    if kind == "prep":
        yield ("dosing", 1), protocol.prep[seq - 1].days_before_first[1], False
    elif kind == "integration":
        after = {rule.after: rule.days[1] for rule in protocol.integration}
        yield ("dosing", seq), after[seq], True
    else:
        for later, other in ((seq, seq - 1), (seq + 1, seq + 1)):
            gap = protocol.dosing[later - 1].gap if 1 < later <= len(protocol.dosing) else None
            if gap:
                yield ("dosing", other), gap[1], other < seq


def phase_periods(visit: VisitType, start: datetime) -> Iterator[tuple[Phase, Period]]:
    """Each phase of the visit with its time."""
    for phase in visit.phases:
        end = start + timedelta(minutes=phase.min)
        yield phase, (start, end)
        start = end


def name(key: Key) -> str:
    """An appointment in words."""
    kind, seq = key
    return {"prep": "preparation", "dosing": "dose", "integration": "integration"}[kind] + f" {seq}"


def to(pair: tuple[int, int]) -> str:
    """A range in words."""
    return f"{pair[0]} to {pair[1]}"
