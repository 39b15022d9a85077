"""What a protocol's plan of scores asks for, and when: pure rules (DOMAIN 5.8).

Days are local dates of the course's site.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from courses.protocols.clinical import AssessmentPoint


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a course: its doses by number, given and planned, and its limits."""

    given: Mapping[int, date] = field(default_factory=dict)
    planned: Mapping[int, date] = field(default_factory=dict)
    # Those of the given ones that another clinic gave: nobody here was asked before them.
    elsewhere: Collection[int] = frozenset()
    # Between which days the first dose falls as long as it has no day of its own.
    first_between: tuple[date, date] | None = None
    # The number of the last dose of each block, and under "" of the course.
    last_of: Mapping[str, int] = field(default_factory=dict)
    indication: str = ""
    # Days of complete scores, by instrument.
    scored_on: Mapping[str, Collection[date]] = field(default_factory=dict)
    # Repetitions that begin later are not written down yet.
    until: date = date.max

    def day_of(self, seq: int) -> date | None:
        """The day of a dose: when it was given, else when it is planned."""
        return self.given.get(seq) or self.planned.get(seq)

    @property
    def first_here(self) -> int:
        """The number of the first dose that is given here: by it goes what precedes treatment."""
        return next(seq for seq in count(1) if seq not in self.elsewhere)


@dataclass(frozen=True, slots=True)
class Asked:
    """One instrument at one point, with the first and last day on which it is in time."""

    point: str
    label: str
    instrument: str
    anchor_seq: int
    repetition: int
    due_from: date
    due_to: date
    is_optional: bool = False
    may_be_late: bool = False

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What makes it the same when the doses move."""
        return (self.point, self.instrument, self.anchor_seq, self.repetition)


def asked_for(
    points: Sequence[AssessmentPoint], facts: Facts, *, known: Collection[str]
) -> list[Asked]:
    """Everything that the plan asks for as far as the facts go; `known` are the instruments."""
    return [
        asked
        for point in points
        for asked in _of_point(point, facts)
        if asked.instrument in known and not _is_too_soon(point, asked, facts)
    ]


def _of_point(point: AssessmentPoint, facts: Facts) -> Iterator[Asked]:
    wanted = [(code, False) for code in point.instruments]
    wanted += [(code, True) for code in point.optional]
    for seq, earliest, latest in _anchors(point, facts):
        for repetition, shift in _shifts(point, earliest, facts.until):
            for code, is_optional in wanted:
                if _concerns(point, code, facts.indication):
                    yield Asked(
                        point=point.name,
                        label=point.label,
                        instrument=code,
                        anchor_seq=seq,
                        repetition=repetition,
                        due_from=earliest + timedelta(days=point.days[0]) + shift,
                        due_to=latest + timedelta(days=point.days[1]) + shift,
                        is_optional=is_optional,
                        may_be_late=point.days[1] > 0,
                    )


def _anchors(point: AssessmentPoint, facts: Facts) -> Iterator[tuple[int, date, date]]:
    """Each dose that the point goes by, with the days between which it falls."""
    first = facts.first_here
    if point.anchor == "first_dose" and facts.day_of(first) is None and facts.first_between:
        yield first, *facts.first_between
    for seq in _seqs(point, facts):
        if (day := facts.day_of(seq)) is not None:
            yield seq, day, day


def _seqs(point: AssessmentPoint, facts: Facts) -> list[int]:
    match point.anchor:
        case "first_dose":
            return [facts.first_here]
        case "each_dose":
            return sorted({*facts.given, *facts.planned} - set(facts.elsewhere))
        case "dose":
            return [point.dose or 0]
        case "last_dose":
            last = facts.last_of.get(point.block or "")
            return [last] if last else []


def _shifts(point: AssessmentPoint, day: date, until: date) -> Iterator[tuple[int, timedelta]]:
    """The first time and each repetition that begins in time: its number, and how far it lies."""
    yield 0, timedelta()
    every = point.repeat_every_days
    if not every:
        return
    begins = day + timedelta(days=point.days[0])
    for number in range(1, (until - begins).days // every + 1):
        yield number, timedelta(days=every * number)


def _concerns(point: AssessmentPoint, code: str, indication: str) -> bool:
    return code not in point.only_for or indication in point.only_for[code]


def _is_too_soon(point: AssessmentPoint, asked: Asked, facts: Facts) -> bool:
    """Whether a complete score from before the window is recent enough to stand for it."""
    wait = point.not_sooner_than_days.get(asked.instrument)
    if not wait:
        return False
    days = facts.scored_on.get(asked.instrument, ())
    return any(day < asked.due_from and (asked.due_to - day).days < wait for day in days)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the scores that were asked for, and whose time has come, were taken."""

    asked: int
    done: int
    late: int = 0

    @property
    def fraction(self) -> float | None:
        """Done of asked; None while nothing was asked for."""
        return self.done / self.asked if self.asked else None

    @property
    def percent(self) -> int | None:
        """The same in whole per cent, rounded down: only everything is 100."""
        return self.done * 100 // self.asked if self.asked else None
