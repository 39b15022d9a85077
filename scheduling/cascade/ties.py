"""The rules between the visits of a course: how far a plan leaves them, and who may allow that.

The planner keeps every rule. When somebody wants a time that leaves one, the far sides may be
left: past the protocol's usual maximum with a word of warning; past its hard maximum, or where its
table of lapses asks for a decision, by a clinician (DOMAIN 2.1, 2.7). The near sides always stand:
doses keep their minimum gap, a talk comes after its dose, and nothing changes its order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from scheduling.planner.model import (
    DoseRule,
    IntegrationRule,
    PrepRule,
    Problem,
    Protocol,
    SpanRule,
)
from scheduling.planner.rules import Key, Rule, Rulebook

Days = Mapping[Key, date]
HardMaxima = Mapping[int, int | None]
"""Per dose, the most days since the dose before that need no clinician; None where none does."""


class Grade(IntEnum):
    """How far a plan leaves the rules between visits, and so who may accept it."""

    KEPT = 0
    AMBER = 1
    CLINICIAN = 2
    NEVER = 3


@dataclass(frozen=True, slots=True)
class Left:
    """A rule between two visits that a plan leaves."""

    rule: Rule
    first: Key
    second: Key
    days: int
    # What the protocol allows as a rule, and the most that it knows; None where it has none.
    most: int | None
    limit: int | None
    grade: Grade


def left_ties(
    problem: Problem, course_id: str, *, before: Days, after: Days, hard: HardMaxima
) -> list[Left]:
    """The rules that the days `after` leave; what two visits that both stay left before is not
    counted again (DOMAIN 2.7)."""
    course = problem.course(course_id)
    book = Rulebook(problem, replace(course, previous=()))
    faults = [
        (rule, first, second)
        for rule, _, (first, second) in book.tied_faults(after)
        if (after[first], after[second]) != (before.get(first), before.get(second))
    ]
    return [
        _left(book.protocol, rule, first, second, (after[second] - after[first]).days, hard)
        for rule, first, second in faults
    ]


def worst(left: list[Left]) -> Grade:
    """How far a plan leaves the rules, in all."""
    return max((one.grade for one in left), default=Grade.KEPT)


def _left(
    protocol: Protocol, rule: Rule, first: Key, second: Key, days: int, hard: HardMaxima
) -> Left:
    most = _most(protocol, rule, first, second)
    limit = hard.get(second[1]) if rule is Rule.GAP else None
    return Left(rule, first, second, days, most, limit, _grade(days, most, limit))


def _grade(days: int, most: int | None, limit: int | None) -> Grade:
    if most is None or days <= most:
        return Grade.NEVER
    return Grade.CLINICIAN if limit is not None and days > limit else Grade.AMBER


def _most(protocol: Protocol, rule: Rule, first: Key, second: Key) -> int | None:
    """The most days between the two that the rule allows; None where it has no far side."""
    if rule is Rule.GAP:
        gap = protocol.dosing[second[1] - 1].gap
        return gap[1] if gap else None
    if rule is Rule.SPAN:
        return next(span.max_days for span in protocol.spans if span.to == second[1])
    if rule is Rule.PREP_WINDOW:
        return protocol.prep[first[1] - 1].days_before_first[1]
    if rule is Rule.INTEGRATION_WINDOW:
        return next(r.days[1] for r in protocol.integration if r.after == first[1])
    return None


def loosened(problem: Problem, course_id: str, key: Key, *, to: Grade, hard: HardMaxima) -> Problem:
    """The problem in which the rules between this visit and its neighbours may be left so far."""
    if to is Grade.KEPT:
        return problem
    first, end = problem.clinic.horizon
    loose = _Loose(key, (end - first).days, to, hard)
    course = problem.course(course_id)
    protocol = loose.protocol(problem.protocol_of(course))
    return replace(problem, protocols={**problem.protocols, course.protocol: protocol})


@dataclass(frozen=True, slots=True)
class _Loose:
    """The far sides of one visit's rules, moved out."""

    key: Key
    far: int
    to: Grade
    hard: HardMaxima

    def protocol(self, rule: Protocol) -> Protocol:
        return replace(
            rule,
            dosing=tuple(self._dose(n, dose) for n, dose in enumerate(rule.dosing, 1)),
            spans=tuple(self._spans(rule.spans)),
            prep=tuple(self._prep(n, one) for n, one in enumerate(rule.prep, 1)),
            integration=tuple(self._integration(one) for one in rule.integration),
        )

    def _dose(self, number: int, rule: DoseRule) -> DoseRule:
        if rule.gap is None or self.key not in (("dosing", number - 1), ("dosing", number)):
            return rule
        limit = self.hard.get(number)
        is_limited = self.to is Grade.AMBER and limit is not None
        most = max(rule.gap[1], limit if is_limited and limit else self.far)
        return replace(rule, gap=(rule.gap[0], most))

    def _spans(self, spans: tuple[SpanRule, ...]) -> Iterator[SpanRule]:
        for span in spans:
            is_own = self.key[0] == "dosing" and (self.key[1] == 1 or self.key[1] <= span.to)
            yield replace(span, max_days=max(self.far, span.max_days)) if is_own else span

    def _prep(self, number: int, rule: PrepRule) -> PrepRule:
        if self.key not in (("dosing", 1), ("prep", number)):
            return rule
        fewest, most = rule.days_before_first
        return replace(rule, days_before_first=(fewest, max(self.far, most)))

    def _integration(self, rule: IntegrationRule) -> IntegrationRule:
        if self.key not in (("dosing", rule.after), ("integration", rule.after)):
            return rule
        return replace(rule, days=(rule.days[0], max(self.far, rule.days[1])))
