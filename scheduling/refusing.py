"""Why a time is refused, so that the desk can explain it on the phone: who, what, until when."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeGuard

from clinic.models import Closure, Site
from clinic.templatetags.courseline import plain_day
from scheduling.keeping.reading import HELD
from scheduling.keeping.selectors import held_words, holders
from scheduling.names import Names, names_for
from scheduling.planner.claims import room_period, stretches
from scheduling.planner.fixed import Use, everyone_else, standing
from scheduling.planner.model import (
    Booking,
    Course,
    Dated,
    Period,
    Problem,
    Staff,
    VisitType,
    Weekly,
)
from scheduling.planner.rules import Key, Rule, Rulebook
from scheduling.planner.slots import Refusal
from scheduling.planner.wall import Wall, merged, overlaps
from scheduling.wording import FAULTS, ROLE_WORDS

Label = Callable[[Key], str]
# Of how many people or rooms a sentence tells what they do.
TOLD = 4
# What two visits of the course have against each other.
TIED = (Rule.GAP, Rule.ORDER, Rule.PATIENT_BUSY, Rule.PREP_WINDOW, Rule.INTEGRATION_WINDOW)


@dataclass(frozen=True)
class Asked:
    """A visit of a course, and the time that is refused for it."""

    problem: Problem
    course_id: str
    key: Key
    start: datetime
    min_gap_days: int

    @property
    def course(self) -> Course:
        """The course as the planner has it."""
        return self.problem.course(self.course_id)

    @property
    def wall(self) -> Wall:
        """The clock of the site."""
        return Wall(self.problem.clinic.tz)

    @property
    def day(self) -> date:
        """The local date that is asked for."""
        return self.wall.day(self.start)

    @property
    def visit(self) -> VisitType:
        """What kind of visit it is."""
        chain = self.problem.protocol_of(self.course).chain
        return self.problem.visits[{(k, n): name for k, n, name in chain}[self.key]]

    @property
    def period(self) -> Period:
        """From coming to going."""
        return self.start, self.start + timedelta(minutes=self.visit.minutes)

    @property
    def uses(self) -> list[Use]:
        """Whatever takes rooms and people beside it."""
        own = [a for a in standing(self.problem, self.course) if (a.kind, a.seq) != self.key]
        return [*everyone_else(self.problem, self.course_id), *own]


def refusals_in_words(
    asked: Asked, refusals: Sequence[Refusal], *, site: Site, label: Label
) -> list[str]:
    """Each refusal as a sentence with what stands in the way; four queries at the most."""
    names = names_for([room.id for room in asked.problem.rooms],
                      [person.id for person in asked.problem.staff])  # fmt: skip
    teller = _Teller(asked, names, label)
    closure = ""
    if any(one.rule is Rule.CLOSURE for one in refusals):
        found = Closure.objects.filter(site=site, on=asked.day).values_list("reason", flat=True)
        closure = found.first() or ""
    said = [teller.sentence(refusal, closure) for refusal in refusals]
    return list(dict.fromkeys(said))


class _Teller:
    """Telling what stands in the way of one start."""

    def __init__(self, asked: Asked, names: Names, label: Label) -> None:
        self.asked, self.names, self.label = asked, names, label
        self.wall = asked.wall
        self.book = Rulebook(asked.problem, asked.course)
        held = [use.id for use in asked.problem.bookings if _is_held(use)]
        self.holders = holders(held) if held else {}

    def sentence(self, refusal: Refusal, closure: str) -> str:
        """The refusal, with who or what and until when where that can be told."""
        rule = refusal.rule
        if rule is Rule.STAFF_ROLE and refusal.role:
            return _with(f"no {ROLE_WORDS[refusal.role]} is free throughout",
                         self._people(refusal.role))  # fmt: skip
        if rule is Rule.ROOM:
            return _with(f"no {self.asked.visit.room_kind} room is free", self._rooms())
        if rule is Rule.PRESENCE:
            return _with("no prescriber is on site throughout", self._absent())
        if rule in TIED:
            return _with(f"that time {FAULTS[rule]}", self._neighbours(rule))
        return _with(f"that time {FAULTS[rule]}", self._own(rule, closure))

    def _people(self, role: str) -> Iterator[str]:
        own = stretches(self.asked.visit, (role,), self.asked.start)
        for person in self.asked.problem.staff:
            if role in person.roles:
                name = self.names.people.get(person.id, "somebody")
                yield f"{name} {self._busy(person, [period for period, _ in own])}"

    def _busy(self, person: Staff, own: Sequence[Period]) -> str:
        if any(overlaps(period, person.leave) for period in own):
            return "is away"
        if until := _latest([one for one in person.busy if overlaps(one, own)]):
            return f"is at another site until {self._clock(until)}"
        if not all(self.book.on_duty(person, period) for period in own):
            return self._hours(person.dated, person.shifts, "works", "does not work")
        served = [one for one in self._served_by(person) if overlaps(one[0], own)]
        if held := self._held(use for _, use in served):
            return f"is {held}"
        until = _latest([period for period, _ in served])
        return f"is with others until {self._clock(until)}" if until else "is needed twice at once"

    def _served_by(self, person: Staff) -> Iterator[tuple[Period, Use]]:
        """When somebody carries load in other visits, and in which."""
        for use in self.asked.uses:
            roles = tuple(role for role, who in use.staff.items() if who == person.id)
            for period, _ in stretches(self.asked.problem.visits[use.visit], roles, use.start):
                yield period, use

    def _held(self, uses: Iterable[Use]) -> str:
        """Who holds one of these for a proposal, the longest one; empty where nobody does."""
        known = [self.holders[use.id] for use in uses if _is_held(use) and use.id in self.holders]
        if not known:
            return ""
        return held_words(*max(known, key=lambda one: one[1]), self.wall.zone)

    def _rooms(self) -> Iterator[str]:
        taken = room_period(self.asked.visit, self.asked.start)
        for room in self.asked.problem.rooms:
            if self.asked.visit.room_kind not in room.kinds:
                continue
            name = self.names.rooms.get(room.id, "a room")
            if overlaps(taken, room.blocked):
                yield f"{name} is out of use"
                continue
            uses = [(self._room_period(use), use) for use in self.asked.uses
                    if use.room_id == room.id]  # fmt: skip
            over = [(period, use) for period, use in uses if overlaps(taken, [period])]
            if held := self._held(use for _, use in over):
                yield f"{name} is {held}"
            elif until := _latest([period for period, _ in over]):
                yield f"{name} is taken until {self._clock(until)}"

    def _room_period(self, use: Use) -> Period:
        return room_period(self.asked.problem.visits[use.visit], use.start)

    def _absent(self) -> Iterator[str]:
        for person in self.asked.problem.staff:
            if "prescriber" in person.roles:
                name = self.names.people.get(person.id, "somebody")
                is_away = overlaps(self.asked.period, person.away)
                hours = self._hours(person.dated, person.shifts, "works", "does not work")
                yield f"{name} {'is away' if is_away else hours}"

    def _hours(self, dated: Dated, weekly: Weekly, does: str, does_not: str) -> str:
        """When somebody or something is there on the day that is asked for."""
        day = self.asked.day
        spans = merged(dated.get(day, weekly.get(day.weekday(), ())))
        times = " and ".join(f"{_minutes(a)}–{_minutes(b)}" for a, b in spans)
        return f"{does} {times}" if times else f"{does_not} that day"

    def _neighbours(self, rule: Rule) -> Iterator[str]:
        """The other visit, its day, and what is allowed between the two."""
        days = {(a.kind, a.seq): self.wall.day(a.start)
                for a in standing(self.asked.problem, self.asked.course)}  # fmt: skip
        days[self.asked.key] = self.asked.day
        for found, detail, keys in self.book.tied_faults(days):
            if found is rule and self.asked.key in keys:
                other = keys[0] if keys[1] == self.asked.key else keys[1]
                allowed = detail.rpartition(", not ")[2] if ", not " in detail else ""
                said = f"{self.label(other)} is on {plain_day(days[other])}"
                yield f"{said}, and {allowed} days are allowed between" if allowed else said

    def _own(self, rule: Rule, closure: str) -> Iterator[str]:
        """What is known beyond the rule's own words."""
        clinic, course = self.asked.problem.clinic, self.asked.course
        if rule is Rule.CLOSURE and closure:
            yield closure
        elif rule is Rule.CLOSED_HOURS:
            yield self._hours(clinic.dated, clinic.hours, "it is open", "it is not open")
        elif rule is Rule.PATIENT_WINDOW:
            yield self._hours({}, course.windows, "they can come", "they cannot come")
        elif rule is Rule.PATIENT_UNAVAILABLE:
            until = _latest([p for p in course.unavailable if overlaps(self.asked.period, [p])])
            if until:
                yield f"until {plain_day(self.wall.day(until))}, {self._clock(until)}"
        elif rule is Rule.NEAR_OTHER_DOSE:
            yield from self._other_doses()

    def _other_doses(self) -> Iterator[str]:
        """The days of doses of other courses: each bars its own gap before it and after."""
        before = timedelta(days=self.asked.min_gap_days - 1)
        for begins, ends in self.asked.course.barred_dosing:
            if overlaps(self.asked.period, [(begins, ends)]):
                yield f"that dose is on {plain_day(self.wall.day(begins) + before)}"

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.wall.zone):%H:%M}"


def _is_held(use: Use) -> TypeGuard[Booking]:
    """Whether it is held for a proposal, not booked."""
    return isinstance(use, Booking) and use.id.startswith(HELD)


def _latest(periods: Sequence[Period]) -> datetime | None:
    return max((end for _, end in periods), default=None)


def _with(sentence: str, more: Iterator[str]) -> str:
    """“no nurse is free throughout (Ada Lee is with others until 11:15)”."""
    told = list(dict.fromkeys(more))
    rest = f" and {len(told) - TOLD} more" if len(told) > TOLD else ""
    return f"{sentence} ({'; '.join(told[:TOLD])}{rest})" if told else sentence


def _minutes(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
