"""The part of a course that a repair has to know, as the planner takes it: pure.

Of a course's live visits those that may move are in it, with the doses before and after that bind
them. What two visits already leave of a rule they may go on leaving; nearer than the protocol's
minimum gap no doses get (DOMAIN 2.1).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from courses.protocols import ProtocolDefinition
from scheduling.planner import model as planner
from scheduling.planner.rules import Key as Planned
from scheduling.repairs.stretches import Booked, Key

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chain:
    """A stretch of a course's visits, numbered as the planner does."""

    protocol: planner.Protocol
    numbers: Mapping[Key, Planned]
    """Kind and number in the course -> the planner's."""
    earliest: date
    latest_first: date

    def own(self, key: Planned) -> Key:
        """The course's number of a place that the planner numbered."""
        return next(own for own, planned in self.numbers.items() if planned == key)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the course says of its first dose."""

    today: date
    earliest_on: date
    latest_first_on: date


def chain_of(
    definition: ProtocolDefinition,
    live: Mapping[Key, Booked],
    movable: Collection[Key],
    limits: Limits,
    key: "KeyOf",
) -> Chain | None:
    """The chain around the visits that may move; None where one of them hangs on no live dose."""
    doses = sorted(seq for kind, seq in live if kind == "dosing")
    talks = {seq for kind, seq in movable if kind == "integration"}
    if not movable or talks - set(doses) or not doses:
        return None
    return _Chain(definition, live, frozenset(movable), limits, key, _part(doses, movable)).whole()


class KeyOf:
    """The planner's names of a course's visit types."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __call__(self, name: str) -> str:
        return f"{self.prefix}/{name}"


def _part(doses: list[int], movable: Collection[Key]) -> list[int]:
    """The doses from the one before the first visit that may move to the one after the last."""
    first, last = len(doses) - 1, 0
    for kind, seq in movable:
        place = doses.index(seq) if kind != "prep" else 0
        first = min(first, place - (kind == "dosing"))
        last = max(last, place + (kind != "prep"))
    return doses[max(first, 0) : last + 1]


@dataclass(frozen=True, slots=True)
class _Chain:
    definition: ProtocolDefinition
    live: Mapping[Key, Booked]
    movable: frozenset[Key]
    limits: Limits
    key: KeyOf
    doses: list[int]

    def whole(self) -> Chain:
        numbers: dict[Key, Planned] = {}
        preps = self._preps()
        numbers |= {("prep", seq): ("prep", n) for n, seq in enumerate(preps, 1)}
        for n, seq in enumerate(self.doses, 1):
            numbers["dosing", seq] = ("dosing", n)
            if self._has_talk(seq):
                numbers["integration", seq] = ("integration", n)
        protocol = planner.Protocol(
            prep=tuple(self._prep(seq) for seq in preps),
            dosing=tuple(self._dosing()),
            spans=tuple(self._spans()),
            integration=tuple(self._talks()),
        )
        earliest, latest = self._first_days()
        return Chain(protocol, numbers, earliest, latest)

    def _day(self, kind: str, seq: int) -> date:
        return self.live[kind, seq].day

    @property
    def _first(self) -> int:
        return self.doses[0]

    @property
    def _is_from_the_start(self) -> bool:
        return self._first == min(seq for kind, seq in self.live if kind == "dosing")

    def _preps(self) -> list[int]:
        if not self._is_from_the_start:
            return []
        known = range(1, len(self.definition.preparation) + 1)
        return sorted(seq for kind, seq in self.live if kind == "prep" and seq in known)

    def _has_talk(self, seq: int) -> bool:
        """Whether the dose has a talk; that after the last bound dose binds nothing."""
        is_needed = seq != self.doses[-1] or ("dosing", seq) in self.movable
        return ("integration", seq) in self.live and (
            is_needed or ("integration", seq) in self.movable
        )

    def _prep(self, seq: int) -> planner.PrepRule:
        rule = self.definition.preparation[seq - 1]
        fewest, most = rule.days_before_first
        ahead = (self._day("dosing", self._first) - self._day("prep", seq)).days
        days = min(fewest, ahead), max(most, ahead)
        return planner.PrepRule(self.key(rule.visit), days)

    def _dosing(self) -> Iterator[planner.DoseRule]:
        planned = {dose.seq: dose for dose in self.definition.doses(self.doses[-1])}
        before: int | None = None
        for seq in self.doses:
            visit = self.key(self.live["dosing", seq].visit.visit_type)
            if before is None:
                yield planner.DoseRule(visit)
            else:
                gaps = [planned[n].gap for n in range(before + 1, seq + 1)]
                between = [gap for gap in gaps if gap]
                now = (self._day("dosing", seq) - self._day("dosing", before)).days
                fewest = sum(gap.min_days for gap in between) or 1
                if len(gaps) > 1:
                    fewest = max(1, min(fewest, now))
                most = max(sum(gap.max_days for gap in between), now)
                target = sum(gap.target_days for gap in between) or now
                yield planner.DoseRule(visit, (fewest, max(most, fewest)), round(2 * target))
            before = seq

    def _spans(self) -> Iterator[planner.SpanRule]:
        if ("dosing", 1) not in self.live:
            return
        start, first = self._day("dosing", 1), self._day("dosing", self._first)
        for span in self.definition.spans:
            if span.to_dose in self.doses[1:]:
                took = (self._day("dosing", span.to_dose) - start).days
                most = max(span.max_days, took) - (first - start).days
                yield planner.SpanRule(self.doses.index(span.to_dose) + 1, most)

    def _talks(self) -> Iterator[planner.IntegrationRule]:
        rule = self.definition.integration
        for number, seq in enumerate(self.doses, 1):
            if rule and self._has_talk(seq):
                after = (self._day("integration", seq) - self._day("dosing", seq)).days
                days = min(rule.days[0], after), max(rule.days[1], after)
                visit = self.live["integration", seq].visit.visit_type
                yield planner.IntegrationRule(number, self.key(visit), days)

    def _first_days(self) -> tuple[date, date]:
        """From when on visits can be, and until when dose 1."""
        limits, first = self.limits, self._day("dosing", self._first)
        if not self._is_from_the_start:
            return limits.today, first
        latest = max(limits.latest_first_on, first)
        for span in self.definition.spans:
            # A later dose that stays says how early the first may be.
            if span.to_dose not in self.doses and ("dosing", span.to_dose) in self.live:
                soonest = self._day("dosing", span.to_dose) - timedelta(days=span.max_days)
                limits = replace(limits, earliest_on=max(limits.earliest_on, min(soonest, first)))
        own = [one.day for key, one in self.live.items() if key in self.movable]
        return max(limits.today, min(limits.earliest_on, *own)), latest
