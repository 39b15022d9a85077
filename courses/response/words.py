"""What pages say of a course's numbers, with the caution that belongs to them (DOMAIN 5.1, 5.8)."""

from collections.abc import Iterator

from courses.models import Review
from courses.response.reviewing import prompt_for
from courses.response.rules import Relapse, Status, plain
from courses.response.selectors import Standing


def sentence(standing: Standing) -> str:
    """How the course does, in a sentence."""
    began, latest, name = standing.baseline, standing.latest, standing.instrument_name
    if latest is None:
        waits = f"No complete {name} since the first dose."
        return f"{name} {plain(began.total)} at baseline. {waits}" if began else waits
    if began is None:
        return f"{name} {plain(latest.total)}; there is no baseline to compare with."
    told = f"{name} {plain(began.total)} at baseline, {plain(latest.total)} now"
    change = standing.shown_change
    if standing.status == Status.UNDEFINED or change is None:
        return f"{told}: {_points(standing)}."
    way = "higher" if change < 0 else "lower"
    return f"{told}: {abs(change)} % {way}, {_points(standing)}."


def _points(standing: Standing) -> str:
    change = standing.absolute_change
    if not change:
        return "no change"
    unit = "point" if abs(change) == 1 else "points"
    return f"{plain(abs(change))} {unit} {'up' if change > 0 else 'down'}"


def cautions(standing: Standing) -> list[str]:
    """What whoever reads the numbers should bear in mind."""
    return list(_cautions(standing))


def _cautions(standing: Standing) -> Iterator[str]:
    began = standing.baseline
    if standing.is_low_baseline:
        yield (
            "The baseline was already in remission: response is not defined. Look at the "
            "absolute change, and question the indication."
        )
    if began and began.is_rated:
        yield "The baseline is a clinician’s rating: there was no score of the patient’s own."
    if standing.overlaps:
        days = standing.limits.recall_days
        yield (
            f"{standing.instrument_name} asks about {days} days: the last two scores overlap "
            "and are not independent."
        )
    if standing.is_worse_by_mcid:
        yield "Worse than at baseline by a change that matters."
    if Relapse.RISE in standing.relapse and standing.best:
        yield f"The best score since induction was {plain(standing.best.total)}."


def judged_by(standing: Standing) -> str:
    """By which numbers: the version of the thresholds."""
    if standing.thresholds_number:
        return f"Judged by thresholds, version {standing.thresholds_number}"
    return "Judged by defaults that nobody has signed"


def prompt(review: Review, standing: Standing) -> str:
    """What the numbers suggest to who decides; nothing follows by itself."""
    kind = Review.Kind
    if review.kind in (kind.PLANNED, kind.END_OF_INDUCTION):
        is_end = review.kind == kind.END_OF_INDUCTION
        return prompt_for(is_end=is_end, status=standing.status)
    if review.kind == kind.BOOSTER:
        return "A booster is one choice. Nothing is booked by it."
    return ""
