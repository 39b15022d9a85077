"""What stands beside scores in a chart, and gaps as planned against gaps as kept."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from courses.curves.rules import Baseline, band_of, curve, gap_rows
from courses.instruments import instrument
from courses.protocols.format import Dose
from courses.protocols.parts import Gap
from courses.response.measures import limits_for
from courses.response.rules import Reading
from courses.thresholds.catalogue import Thresholds

DAY = date(2026, 3, 2)


LIMITS = limits_for("PHQ9", Thresholds())


def taken(after: int, total: int) -> Reading:
    """A complete score so many days after the first of the test."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=after)
    return Reading(at.date(), at, Decimal(total))


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
    first = None if baseline is None else Baseline(DAY, Decimal(baseline))
    readings = [taken(after, total) for after, total in scores]
    found = curve(instrument("PHQ9"), readings, first, LIMITS)
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
    assert found.points[0].band == band_of(instrument("PHQ9"), Decimal(20)) == "Severe"


def test_scores_within_the_days_of_recall_are_marked():
    found = phq9((0, 20), (14, 18), (27, 12), (41, 10))
    assert [point.overlaps for point in found.points] == [False, False, True, False]
    assert found.is_careful
    assert not phq9((0, 20), (14, 18)).is_careful


def test_without_a_baseline_nothing_is_compared():
    found = phq9((0, 20), baseline=None)
    assert found.response_at is None
    assert found.points[0].percent_change is None


def test_8_37_a_low_baseline_has_no_response_to_reach():
    assert phq9((0, 4), baseline=4).response_at is None
    assert phq9((0, 0), baseline=0).points[0].percent_change is None
    assert phq9((0, 5), baseline=5).response_at == Decimal("2.5")


def test_an_instrument_without_bands_has_none_and_one_without_total_no_curve():
    pcl5 = curve(instrument("PCL5"), [taken(0, 40)], None, limits_for("PCL5", Thresholds()))
    assert pcl5 is not None
    assert list(pcl5.stripes) == []
    assert curve(instrument("BAM"), [], None, LIMITS) is None


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
