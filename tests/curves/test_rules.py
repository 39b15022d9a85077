"""What stands beside scores in a chart."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from courses.curves.rules import Baseline, band_of, curve
from courses.instruments import instrument
from courses.response.measures import limits_for
from courses.response.rules import Reading
from courses.thresholds.catalogue import Thresholds

DAY = date(2026, 3, 2)


LIMITS = limits_for("PHQ9", Thresholds())


def taken(after: int, total: int) -> Reading:
    """A complete score so many days after the first of the test."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=after)
    return Reading(at.date(), at, Decimal(total))


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
