"""What stands beside scores in a chart, and gaps as planned against gaps as kept."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from courses.curves.rules import Baseline, curve, gap_rows, percent_change
from courses.instruments import instrument
from courses.protocols.format import Dose
from courses.protocols.parts import Gap

DAY = date(2026, 3, 2)


@dataclass
class Taken:
    """A complete score so many days after the first of the test."""

    after: int
    total: Decimal | None
    band: str = ""

    @property
    def on(self) -> date:
        return DAY + timedelta(days=self.after)

    @property
    def taken_at(self) -> datetime:
        return datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=self.after)


@dataclass
class Given:
    """A dose."""

    seq: int | None
    after: int
    counts: bool = True

    @property
    def on(self) -> date:
        return DAY + timedelta(days=self.after)


def phq9(*scores: tuple[int, int], baseline: int | None = 20):
    taken = [Taken(after, Decimal(total), "severe") for after, total in scores]
    first = None if baseline is None else Baseline(DAY, Decimal(baseline))
    found = curve(instrument("PHQ9"), taken, first)
    assert found is not None
    return found


def test_bands_cover_the_range_and_thresholds_come_from_the_instrument():
    found = phq9((0, 20))
    assert [(s.low, s.high) for s in found.stripes] == [
        (0, 5), (5, 10), (10, 15), (15, 20), (20, 28),
    ]  # fmt: skip
    assert (found.low, found.high) == (0, 27)
    assert found.response_at == 10
    assert found.remission_max == 4


def test_scores_are_in_order_with_their_change_from_baseline():
    found = phq9((20, 10), (0, 20), (40, 25))
    assert [point.total for point in found.points] == [20, 10, 25]
    assert [point.percent_change for point in found.points] == [0, 50, -25]
    assert found.points[0].band == instrument("PHQ9").band_label("severe") != ""


def test_scores_within_the_days_of_recall_are_marked():
    found = phq9((0, 20), (14, 18), (27, 12), (41, 10))
    assert [point.overlaps for point in found.points] == [False, False, True, False]
    assert found.is_careful
    assert not phq9((0, 20), (14, 18)).is_careful


def test_without_a_baseline_nothing_is_compared():
    found = phq9((0, 20), baseline=None)
    assert found.response_at is None
    assert found.points[0].percent_change is None
    assert percent_change(Baseline(DAY, Decimal(0)), Decimal(3)) is None
    assert phq9((0, 0), baseline=0).response_at is None


def test_an_instrument_without_bands_has_none_and_one_without_total_no_curve():
    pcl5 = curve(instrument("PCL5"), [Taken(0, Decimal(40))], None)
    assert pcl5 is not None
    assert list(pcl5.stripes) == []
    assert curve(instrument("BAM"), [], None) is None


def test_scores_without_a_total_are_left_out():
    found = curve(instrument("PHQ9"), [Taken(0, None), Taken(1, Decimal(5))], None)
    assert found is not None
    assert [point.total for point in found.points] == [5]


TWICE_A_WEEK = Gap(min_days=2, target_days=3.5, max_days=7, hard_max_days=14)


def plan(number: int) -> list[Dose]:
    gaps = [None, *[TWICE_A_WEEK] * (number - 1)]
    return [Dose(seq, "infusion", "induction", gap) for seq, gap in enumerate(gaps, start=1)]


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(1, "SHORT"), (2, "FITS"), (7, "FITS"), (8, "LONG"), (14, "LONG"), (15, "LAPSE")],
)
def test_a_gap_as_kept_against_the_one_planned(days, verdict):
    doses = [Given(1, 0), Given(2, days)]
    first, second, third = gap_rows(plan(3), own=doses, every=doses)
    assert (first.actual, first.verdict) == (None, "")
    assert (second.actual, second.verdict) == (days, verdict)
    assert (third.on, third.actual, third.verdict) == (None, None, "")


def test_8_21_a_dose_elsewhere_counts_for_the_gap_after_it():
    own = [Given(1, 0), Given(2, 7)]
    elsewhere = Given(None, 5)
    _, second = gap_rows(plan(2), own=own, every=[*own, elsewhere])
    assert (second.actual, second.verdict) == (2, "FITS")


def test_a_dose_that_does_not_count_is_no_dose_of_the_schedule():
    own = [Given(1, 0), Given(2, 3, counts=False), Given(2, 6)]
    _, second = gap_rows(plan(2), own=own, every=own)
    assert second.actual == 6
