"""The ladder of intervals and early boosters (DOMAIN 2.9): what a rule proposes to a clinician.

Pure. Nothing here moves anybody: a clinician takes a proposal, or does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from courses.response.rules import Limits, Relapse, Status, plain, status_of

AS_NEEDED = None


class Move(StrEnum):
    """Which way the interval goes."""

    START = "START"
    OUT = "OUT"
    BACK = "BACK"
    STAY = "STAY"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A move, the interval that it leads to (None: as needed), and why."""

    move: Move
    to_days: int | None
    reason: str

    @property
    def is_change(self) -> bool:
        """Whether somebody has to decide."""
        return self.move != Move.STAY


@dataclass(frozen=True, slots=True)
class Ladder:
    """A protocol's ladder: intervals that lengthen, at last “as needed” where it allows."""

    days: tuple[int, ...]
    then_as_needed: bool
    steady_scores: int

    def further(self, at: int | None) -> int | None:
        """The next longer interval; the same where there is none."""
        longer = [days for days in self.days if at is not None and days > at]
        if longer:
            return longer[0]
        return AS_NEEDED if self.then_as_needed else at

    def nearer(self, at: int | None) -> int | None:
        """The next shorter interval; the same where there is none."""
        shorter = [days for days in self.days if at is AS_NEEDED or days < at]
        return shorter[-1] if shorter else at


def propose_start(ladder: Ladder, status: Status) -> Proposal:
    """Maintenance at the shortest interval, for a clinician to take or to change."""
    said = {Status.RESPONSE: "response", Status.PARTIAL: "partial response"}.get(status)
    why = f"The series is over, with {said}." if said else "The series is over."
    return Proposal(Move.START, ladder.days[0], f"{why} The protocol’s shortest interval.")


def propose_move(
    *,
    ladder: Ladder,
    at: int | None,
    scores: Sequence[Decimal | None],
    baseline: Decimal | None,
    limits: Limits,
    relapse: Sequence[Relapse],
) -> Proposal:
    """One step out, one back, or none (DOMAIN 2.9).

    `at` is the present interval, `scores` the pre-dose ones on it, oldest first; None where a
    dose had none.
    """
    if relapse:
        return _back(ladder, at)
    if baseline is None or at is AS_NEEDED or ladder.further(at) == at:
        return Proposal(Move.STAY, at, "Nothing asks for another interval.")
    if fault := _unsteady(ladder, scores, baseline, limits):
        return Proposal(Move.STAY, at, fault)
    last = ", ".join(plain(score) for score in scores[-ladder.steady_scores :] if score is not None)
    reason = f"The last {ladder.steady_scores} scores before a dose ({last}) keep the response."
    return Proposal(Move.OUT, ladder.further(at), reason)


def _back(ladder: Ladder, at: int | None) -> Proposal:
    nearer = ladder.nearer(at)
    if nearer == at:
        return Proposal(Move.STAY, at, "Signs of relapse, and the ladder has no shorter interval.")
    return Proposal(Move.BACK, nearer, "Signs of relapse: one step back.")


def _unsteady(
    ladder: Ladder, scores: Sequence[Decimal | None], baseline: Decimal, limits: Limits
) -> str:
    wanted = ladder.steady_scores
    last = [score for score in scores[-wanted:] if score is not None]
    if len(scores) < wanted or len(last) < wanted:
        return f"Fewer than {wanted} consecutive scores before doses at this interval."
    if any(status_of(baseline, score, limits) != Status.RESPONSE for score in last):
        return "A score before a dose does not keep the response."
    if limits.mcid is None or max(last) - min(last) >= limits.mcid:
        return "The scores differ by a change that matters."
    return ""


def window_after(
    dose_on: date, interval: int, *, early_days: int, late_days: int
) -> tuple[date, date]:
    """The days in which the next booster is due, both included."""
    due = dose_on + timedelta(days=interval)
    return due - timedelta(days=early_days), due + timedelta(days=late_days)


def may_boost_early(*, relapse: Sequence[Relapse], last_dose_on: date, on: date, gap: int) -> bool:
    """Whether a clinician is asked about an early booster: flagged, and the gap has passed."""
    return bool(relapse) and (on - last_dose_on).days >= gap


def asks_for_misuse_review(early: Sequence[date], *, on: date, most: int, within: int) -> bool:
    """Whether there were more early boosters than that in the days up to this one."""
    since = on - timedelta(days=within)
    return sum(since < day <= on for day in early) > most
