"""What clinicians decide about a course's response, and what the worker looks after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from clinic.errors import DomainError
from clinic.models import Membership
from courses.models import BoosterWindow, Course, CourseEvent, Dose, MaintenanceStep, Review
from courses.response.baselines import BaselineFrozen, rate_baseline
from courses.response.boosters import (
    BOOSTER_STATES,
    WindowClosed,
    close_window,
    consider_booster,
    let_windows_lapse,
    offer_booster,
)
from courses.response.history import histories, history_of
from courses.response.intervals import (
    Chosen,
    IntervalChanged,
    choose_interval,
    current_proposal,
    open_ladder_window,
)
from courses.response.maintenance import Move
from courses.response.reviews import ReviewDecided, close_review
from courses.response.selectors import standing_in

__all__ = [
    "Answer",
    "BaselineFrozen",
    "Chosen",
    "IntervalChanged",
    "ReviewDecided",
    "WindowClosed",
    "choose_interval",
    "close_window",
    "decide_review",
    "rate_baseline",
    "watch_courses",
]

Decision = Review.Decision
# So many courses are read at once.
BATCH = 200
# The last zone on Earth to begin a day.
WESTERNMOST = timedelta(hours=-12)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a clinician decided, why, and whether doses still wait.

    `seen` and `days` are for an interval: the step that was in force when they looked, and the
    proposal that they took.
    """

    decision: str
    reason: str
    keeps_hold: bool = False
    seen: int = 0
    days: int | None = None


@transaction.atomic
def decide_review(*, review: Review, answer: Answer, by: Membership, now: datetime) -> Review:
    """Keep the clinician's decision and carry out what belongs to it; one of rivals wins.

    An interval is taken as proposed, an early booster opens its window. No visit is touched and
    no course stopped: the pages that do so lead from there. Raises ReviewDecided, IntervalChanged
    when the proposal is another by now, or DomainError.
    """
    decided = close_review(
        review=review,
        decision=answer.decision,
        reason=answer.reason,
        keeps_hold=answer.keeps_hold,
        by=by,
        now=now,
    )
    course = decided.course
    if answer.decision == Decision.BOOST:
        if course.status not in BOOSTER_STATES:
            raise DomainError("A booster belongs to a course that is under way.", field="decision")
        history = history_of(course, now)
        offer_booster(course, history=history, reason=answer.reason, by=by, now=now)
    if review.kind == Review.Kind.INTERVAL:
        _step(decided, answer, by, now)
    return decided


def _step(review: Review, answer: Answer, by: Membership, now: datetime) -> None:
    history, proposal = current_proposal(review.course, now)
    if proposal is None:
        raise IntervalChanged("Nothing is proposed any longer: look at it again.")
    if answer.decision == Decision.ACCEPT:
        if proposal.to_days != answer.days or not proposal.is_change:
            raise IntervalChanged("Another interval is proposed by now: look at it again.")
        chosen = Chosen(proposal.move.value, proposal.to_days)
    elif history.steps:
        chosen = Chosen(Move.STAY.value, history.steps[-1].interval_days)
    else:
        return
    choose_interval(
        course=review.course, chosen=chosen, seen=answer.seen, reason=answer.reason, by=by, now=now
    )


@transaction.atomic
def watch_courses(*, now: datetime) -> int:
    """Look after the organisation's windows and relapse flags; gives back how many changed.

    Inside a tenant. Windows that passed lapse, missing ones open, and a booster is considered
    when the minimum gap has passed since a relapse was flagged.
    """
    changed = let_windows_lapse(now, (now + WESTERNMOST).astimezone(UTC).date())
    for history in histories(_without_window(), now).values():
        changed += open_ladder_window(history, now) is not None
    for courses in _flagged():
        for history in histories(courses, now).values():
            today = now.astimezone(history.course.site.zone).date()
            consider_booster(history, standing_in(history), on=today, now=now)
    return changed


def _without_window() -> list[Course]:
    """Courses on the ladder whose last dose no window was opened for."""
    doses = Dose.objects.filter(course=OuterRef("pk"), withdrawn_at__isnull=True, counts=True)
    steps = MaintenanceStep.objects.filter(course=OuterRef("pk")).order_by("-number")
    windows = BoosterWindow.objects.filter(course=OuterRef("pk"))
    rows = Course.objects.filter(status=Course.Status.ACTIVE).annotate(
        last_dose=Subquery(doses.order_by("-on", "-given_at", "-pk").values("pk")[:1]),
        interval=Subquery(steps.values("interval_days")[:1]),
    )
    rows = rows.filter(
        ~Exists(windows.filter(after_dose=OuterRef("last_dose"))),
        ~Exists(windows.filter(status=BoosterWindow.Status.OPEN)),
        last_dose__isnull=False,
        interval__isnull=False,
    )
    return list(rows.select_related("site", "protocol_version").order_by("pk")[:BATCH])


def _flagged() -> Iterator[list[Course]]:
    """Courses with a relapse flag about which nobody was asked since, so many at a time.

    Of some nobody can be asked yet: they stay, and the next ones follow them by their keys.
    """
    asked = Review.objects.filter(
        course=OuterRef("course"), kind=Review.Kind.BOOSTER, raised_at__gte=OuterRef("at")
    )
    kind = CourseEvent.Kind.RELAPSE_FLAGGED
    flags = CourseEvent.objects.filter(~Exists(asked), course=OuterRef("pk"), kind=kind)
    rows = Course.objects.filter(Exists(flags), status__in=BOOSTER_STATES)
    rows = rows.select_related("site", "protocol_version").order_by("pk")
    found = list(rows[:BATCH])
    while found:
        yield found
        found = list(rows.filter(pk__gt=found[-1].pk)[:BATCH])
