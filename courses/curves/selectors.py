"""Reads for the chart of a course: its scores by instrument, and its doses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from courses.curves.rules import Baseline, Curve, curve
from courses.doses.selectors import doses_of_patient
from courses.instruments import instrument
from courses.models import Course, Dose
from courses.protocols import ProtocolDefinition
from courses.response.history import History, history_of
from courses.response.measures import limits_for
from courses.response.selectors import BaselinePoint, Standing, candidate_of, standing_in


@dataclass(frozen=True, slots=True)
class Chart:
    """How a course does: every curve in the order in which its protocol asks and doses."""

    standing: Standing
    given: int
    curves: Sequence[Curve]
    doses: Sequence[Dose]


def chart_of(course: Course, *, now: datetime) -> Chart:
    """The course's scores and doses, in as many queries however long it is.

    Doses of other courses and clinics are among them from the first dose of this one on.
    """
    history = history_of(course, now)
    every = list(doses_of_patient(course.patient))
    own = [dose for dose in every if dose.course_id == course.pk]
    return Chart(
        standing=standing_in(history),
        given=len(history.counted),
        curves=list(_curves(history)),
        doses=[dose for dose in every if own and dose.on >= own[0].on],
    )


def _curves(history: History) -> Iterable[Curve]:
    since = _since(history)
    for code in _in_order(history.scores, history.definition):
        readings = [one for one in history.scores[code] if one.on >= since]
        limits = limits_for(code, history.thresholds)
        found = curve(instrument(code), readings, _baseline(history, code), limits)
        if found is not None and found.points:
            yield found


def _since(history: History) -> date:
    """The scores of a course begin where its baseline may."""
    first = history.first_dose.on if history.first_dose else history.course.earliest_on
    began = first - timedelta(days=history.thresholds.baseline_window_days)
    days = [row.taken_at.astimezone(history.course.site.zone).date()
            for row in history.baselines.values()]  # fmt: skip
    return min([began, *days])


def _baseline(history: History, code: str) -> Baseline | None:
    """The frozen one; before the first dose what it would be."""
    row = history.baselines.get(code)
    if row is not None:
        day = row.taken_at.astimezone(history.course.site.zone).date()
        return Baseline(day, row.total)
    point: BaselinePoint | None = None if history.first_dose else candidate_of(history, code)
    return Baseline(point.on, point.total) if point else None


def _in_order(codes: Iterable[str], definition: ProtocolDefinition) -> list[str]:
    """As the protocol's points ask for them, the ones beside it by their codes."""
    asked = [code for point in definition.assessments for code in point.instruments]
    last = len(asked)
    return sorted(codes, key=lambda code: (asked.index(code) if code in asked else last, code))
