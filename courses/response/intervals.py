"""The ladder of a course: where it stands, what the rule proposes, what a clinician chose."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from courses.events import LONGEST_REASON, record_event
from courses.models import BoosterWindow, Course, CourseEvent, Dose, MaintenanceStep
from courses.response.history import History, history_of
from courses.response.maintenance import Ladder, Move, Proposal, propose_move, propose_start
from courses.response.maintenance import window_after as days_after
from courses.response.reviewing import doses_before_maintenance
from courses.response.selectors import Standing, standing_in

LONGEST_INTERVAL = 365


class IntervalChanged(Conflict):
    """Somebody else changed the interval, or scores came that ask for another."""

    code = "interval-changed"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The interval that a clinician takes, and by which move."""

    move: str
    days: int | None


def ladder_of(history: History) -> Ladder | None:
    """The protocol's ladder; None where it has no maintenance."""
    rule = history.definition.maintenance
    if rule is None:
        return None
    return Ladder(tuple(rule.ladder_days), rule.then_as_needed, rule.steady_scores)


def has_begun(history: History) -> bool:
    """Whether the course is on the ladder, or has had all that comes before it."""
    return ladder_of(history) is not None and (_is_over(history) or bool(history.steps))


def proposal_for(history: History, standing: Standing) -> Proposal | None:
    """What the rule proposes now; None where the ladder has not begun and does not begin yet."""
    ladder = ladder_of(history)
    if ladder is None:
        return None
    if not history.steps:
        return propose_start(ladder, standing.status) if _is_over(history) else None
    step = history.steps[-1]
    latest = standing.latest
    is_newer = latest is not None and latest.taken_at > step.at
    return propose_move(
        ladder=ladder,
        at=step.interval_days,
        scores=_scores_before_doses(history, standing.instrument, step.at),
        baseline=standing.baseline.total if standing.baseline else None,
        limits=standing.limits,
        relapse=standing.relapse if is_newer else (),
    )


def _is_over(history: History) -> bool:
    wanted = doses_before_maintenance(history.definition, history.course.dose_count)
    return wanted is not None and any((dose.seq or 0) >= wanted for dose in history.counted)


def _scores_before_doses(history: History, code: str, since: datetime) -> list[Decimal | None]:
    """For each dose since then, the last score between the dose before and it."""
    found: list[Decimal | None] = []
    before: datetime | None = None
    for dose in (one for one in history.counted if one.given_at):
        if dose.given_at and dose.given_at > since:
            found.append(_score_between(history, code, before, dose.given_at))
        before = dose.given_at
    return found


def _score_between(
    history: History, code: str, after: datetime | None, until: datetime
) -> Decimal | None:
    fit = [
        one.total
        for one in history.scores.get(code, [])
        if one.taken_at <= until and (after is None or one.taken_at > after)
    ]
    return fit[-1] if fit else None


@transaction.atomic
def choose_interval(
    *,
    course: Course,
    chosen: Chosen,
    seen: int,
    reason: str,
    by: Membership,
    now: datetime,
) -> MaintenanceStep:
    """Take an interval from now on, after the step that the clinician saw (0: none yet).

    Raises IntervalChanged when there is a later one, DomainError for days out of range, a
    protocol without maintenance, or no reason.
    """
    _check(course, chosen, reason, now)
    try:
        with transaction.atomic():
            step = MaintenanceStep.objects.create(
                organization_id=course.organization_id,
                course=course,
                number=seen + 1,
                move=chosen.move,
                interval_days=chosen.days,
                at=now,
                by=by,
                reason=reason.strip(),
                thresholds_number=history_of(course, now).thresholds.number,
            )
    except IntegrityError as exc:
        raise IntervalChanged("The interval was changed meanwhile: look at it again.") from exc
    kind = CourseEvent.Kind.INTERVAL_CHANGED
    detail = {"step": str(step.pk)}
    record_event(course=course, kind=kind, by=by, now=now, reason=reason, detail=detail)
    if step.move != Move.STAY:
        renew_window(course, now)
    return step


def step_back(
    *, course: Course, by: Membership, reason: str, now: datetime
) -> MaintenanceStep | None:
    """Take the ladder's next shorter interval (DOMAIN 2.7); None where the course has no interval
    in force, or no shorter one. Raises what `choose_interval` does."""
    history = history_of(course, now)
    ladder = ladder_of(history)
    if ladder is None or not history.steps:
        return None
    step = history.steps[-1]
    nearer = ladder.nearer(step.interval_days)
    if nearer == step.interval_days:
        return None
    chosen = Chosen(Move.BACK, nearer)
    return choose_interval(
        course=course, chosen=chosen, seen=step.number, reason=reason, by=by, now=now
    )


def _check(course: Course, chosen: Chosen, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    if len(reason.strip()) > LONGEST_REASON:
        raise DomainError(f"At most {LONGEST_REASON} characters.", field="reason")
    if chosen.days is not None and not 1 <= chosen.days <= LONGEST_INTERVAL:
        raise DomainError(f"From 1 to {LONGEST_INTERVAL} days.", field="interval_days")
    history = history_of(course, now)
    if history.definition.maintenance is None:
        raise DomainError("This protocol has no maintenance.")
    if chosen.days is not None and chosen.days < history.definition.min_gap_days:
        least = history.definition.min_gap_days
        raise DomainError(f"The protocol’s minimum gap is {least} days.", field="interval_days")


def renew_window(course: Course, now: datetime) -> BoosterWindow | None:
    """In place of an open window of the ladder, one by the interval in force.

    Inside a transaction. None “as needed”, before the first dose, or beside an early one.
    """
    rows = BoosterWindow.objects.open().filter(course=course, why=BoosterWindow.Why.LADDER)
    rows.update(status=BoosterWindow.Status.CLOSED, closed_at=now)
    return open_ladder_window(history_of(course, now), now)


def open_ladder_window(history: History, now: datetime) -> BoosterWindow | None:
    """The window by the interval in force after the last dose; None where there is none.

    Inside a transaction. While any is open, none is added.
    """
    rule = history.definition.maintenance
    if rule is None or not history.steps or not history.counted:
        return None
    interval = history.steps[-1].interval_days
    if interval is None:
        return None
    last = history.counted[-1]
    due_from, due_to = days_after(
        last.on, interval, early_days=rule.early_days, late_days=rule.late_days
    )
    if BoosterWindow.objects.open().filter(course=history.course).exists():
        return None
    reason = f"{interval} days after the last dose."
    return open_window(
        history.course, last, (due_from, due_to), BoosterWindow.Why.LADDER, reason, now
    )


def open_window(
    course: Course,
    after: Dose | None,
    days: tuple[date, date],
    why: str,
    reason: str,
    now: datetime,
    by: Membership | None = None,
) -> BoosterWindow:
    """Say in which days the next dose is due; nothing is booked by it. Inside a transaction."""
    window = BoosterWindow.objects.create(
        organization_id=course.organization_id,
        course=course,
        why=why,
        due_from=days[0],
        due_to=days[1],
        after_dose=after,
        opened_at=now,
        opened_by=by,
        reason=reason,
    )
    detail = {"window": str(window.pk), "from": days[0].isoformat(), "to": days[1].isoformat()}
    kind = CourseEvent.Kind.BOOSTER_DUE
    record_event(course=course, kind=kind, by=by, now=now, detail=detail)
    return window


def current_proposal(course: Course, now: datetime) -> tuple[History, Proposal | None]:
    """What the rule proposes for the course as things are."""
    history = history_of(course, now)
    return history, proposal_for(history, standing_in(history))
