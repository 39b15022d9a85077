"""The ladder by DOMAIN 2.9: out, stay, back; windows and early boosters."""

from datetime import date
from decimal import Decimal

import pytest

from courses.response.maintenance import (
    Ladder,
    Move,
    asks_for_misuse_review,
    may_boost_early,
    propose_move,
    propose_start,
    window_after,
)
from courses.response.rules import Relapse, Status
from tests.response.test_rules import PHQ9

TAPER = Ladder((7, 14, 21, 28, 42), then_as_needed=True, steady_scores=2)
SPRAY = Ladder((7, 14), then_as_needed=False, steady_scores=2)


def propose(*scores: int | None, at: int | None = 7, ladder: Ladder = TAPER, relapse=()):
    return propose_move(
        ladder=ladder,
        at=at,
        scores=[None if score is None else Decimal(score) for score in scores],
        baseline=Decimal(20),
        limits=PHQ9,
        relapse=relapse,
    )


@pytest.mark.parametrize(
    ("scores", "at", "move", "to"),
    [
        ((8, 6), 7, Move.OUT, 14),
        ((8, 6), 28, Move.OUT, 42),
        ((8, 6), 42, Move.OUT, None),
        # They differ by the change that matters.
        ((3, 8), 7, Move.STAY, 7),
        # One does not keep the response.
        ((8, 11), 7, Move.STAY, 7),
        # Only one so far; one dose without a score; the last dose without one.
        ((8,), 7, Move.STAY, 7),
        ((8, None), 7, Move.STAY, 7),
        ((8, 8, None), 7, Move.STAY, 7),
        # Only the last two count.
        ((15, 8, 7), 7, Move.OUT, 14),
        # As needed is the end of it.
        ((8, 6), None, Move.STAY, None),
    ],
)
def test_a_step_out_needs_steady_scores(scores, at, move, to):
    found = propose(*scores, at=at)
    assert (found.move, found.to_days) == (move, to)
    assert found.is_change == (move != Move.STAY)


@pytest.mark.parametrize(
    ("at", "move", "to"),
    [
        (14, Move.BACK, 7),
        (42, Move.BACK, 28),
        (None, Move.BACK, 42),
        (30, Move.BACK, 28),
        (7, Move.STAY, 7),
    ],
)
def test_relapse_steps_one_rung_back(at, move, to):
    found = propose(8, 6, at=at, relapse=[Relapse.RISE])
    assert (found.move, found.to_days) == (move, to)


def test_the_spray_ends_at_two_weeks():
    assert propose(8, 6, at=14, ladder=SPRAY).move == Move.STAY
    assert propose(8, 6, at=7, ladder=SPRAY).to_days == 14


def test_maintenance_begins_at_the_shortest_interval():
    found = propose_start(TAPER, Status.RESPONSE)
    assert (found.move, found.to_days) == (Move.START, 7)


def test_a_window_opens_around_the_interval():
    assert window_after(date(2026, 1, 5), 14, early_days=2, late_days=7) == (
        date(2026, 1, 17),
        date(2026, 1, 26),
    )


def test_an_early_booster_waits_for_the_minimum_gap():
    asked = {"last_dose_on": date(2026, 1, 5), "gap": 7}
    flagged = [Relapse.RISE]
    assert not may_boost_early(relapse=flagged, on=date(2026, 1, 11), **asked)
    assert may_boost_early(relapse=flagged, on=date(2026, 1, 12), **asked)
    assert not may_boost_early(relapse=[], on=date(2026, 1, 12), **asked)


def test_more_than_two_early_boosters_in_sixty_days_ask_for_a_review():
    asked = {"on": date(2026, 3, 1), "most": 2, "within": 60}
    two = [date(2026, 2, 1), date(2026, 3, 1)]
    assert not asks_for_misuse_review(two, **asked)
    assert asks_for_misuse_review([date(2026, 1, 10), *two], **asked)
    # Sixty days before the 1st of March is the 31st of December.
    assert not asks_for_misuse_review([date(2025, 12, 31), *two], **asked)
