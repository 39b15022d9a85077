"""What a chart of scores shows besides the scores: bands, thresholds, and where to be careful.

Every number comes from the instrument's file, the signed thresholds, or the frozen baseline.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from courses.assessments.rules import windows_overlap
from courses.instruments import Instrument
from courses.response.rules import Limits, Reading, is_low_baseline, percent_change


@dataclass(frozen=True, slots=True)
class Point:
    """One score; `overlaps`: its questions look back over the day of the score before."""

    on: date
    taken_at: datetime
    total: Decimal
    band: str
    overlaps: bool
    percent_change: Decimal | None


@dataclass(frozen=True, slots=True)
class Stripe:
    """A band of severity, from its lowest total up to where the next begins."""

    label: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the course is compared with."""

    on: date
    total: Decimal


@dataclass(frozen=True, slots=True)
class Curve:
    """All scores of one instrument in a course, oldest first, with what they are read against."""

    code: str
    name: str
    title: str
    low: int
    high: int
    recall_days: int | None
    stripes: Sequence[Stripe]
    remission_max: Decimal | None
    response_at: Decimal | None
    baseline: Baseline | None
    points: Sequence[Point]

    @property
    def is_careful(self) -> bool:
        """Whether some score looks back over the day of the one before (DOMAIN 5.8)."""
        return any(point.overlaps for point in self.points)

    @property
    def newest_first(self) -> Sequence[Point]:
        """The scores as a table lists them."""
        return self.points[::-1]


def curve(
    instrument: Instrument,
    readings: Iterable[Reading],
    baseline: Baseline | None,
    limits: Limits,
) -> Curve | None:
    """The curve of an instrument that has a total; None for the others."""
    if instrument.total is None:
        return None
    low, high = instrument.total
    return Curve(
        code=instrument.code,
        name=instrument.name,
        title=instrument.title,
        low=low,
        high=high,
        recall_days=limits.recall_days,
        stripes=_stripes(instrument, high),
        remission_max=limits.remission_max,
        response_at=_response_at(baseline, limits),
        baseline=baseline,
        points=_points(instrument, readings, baseline),
    )


def _stripes(instrument: Instrument, high: int) -> list[Stripe]:
    starts = [band.at_least for band in instrument.bands]
    ends = [*starts[1:], high + 1]
    return [
        Stripe(band.label, low, end)
        for band, low, end in zip(instrument.bands, starts, ends, strict=False)
    ]


def band_of(instrument: Instrument, total: Decimal) -> str:
    """What the band of a total is called; empty where the instrument has none."""
    reached = [band.label for band in instrument.bands if band.at_least <= total]
    return reached[-1] if reached else ""


def _response_at(baseline: Baseline | None, limits: Limits) -> Decimal | None:
    """The total at which the fall from baseline comes to a response."""
    if baseline is None or is_low_baseline(baseline.total, limits):
        return None
    return baseline.total * (100 - limits.response_percent) / 100


def _points(
    instrument: Instrument, readings: Iterable[Reading], baseline: Baseline | None
) -> list[Point]:
    whole = sorted(readings, key=lambda reading: reading.taken_at)
    close = [
        False,
        *(windows_overlap(a.on, b.on, instrument.recall_days) for a, b in pairwise(whole)),
    ]
    return [
        Point(
            on=reading.on,
            taken_at=reading.taken_at,
            total=reading.total,
            band=band_of(instrument, reading.total),
            overlaps=overlaps,
            percent_change=percent_change(baseline.total, reading.total) if baseline else None,
        )
        for reading, overlaps in zip(whole, close, strict=False)
    ]
