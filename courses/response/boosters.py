"""Booster windows: early ones that a clinician offers, how windows end, and too many of them."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from courses.doses.selectors import last_doses
from courses.models import BoosterWindow, Course, Dose, Review
from courses.response.history import History
from courses.response.intervals import open_ladder_window, open_window
from courses.response.maintenance import asks_for_misuse_review, may_boost_early
from courses.response.reviews import Question, ask
from courses.response.rules import add_workdays
from courses.response.selectors import Standing, standing_in

Status, Why = BoosterWindow.Status, BoosterWindow.Why
BOOSTER_STATES = frozenset({Course.Status.ACTIVE, Course.Status.COMPLETED})


class WindowClosed(Conflict):
    """The window ended before."""

    code = "booster-window-closed"


def consider_booster(history: History, standing: Standing, *, on: date, now: datetime) -> None:
    """Ask a clinician about an early booster, once for a score (DOMAIN 2.9).

    Inside a transaction. Only on signs of relapse, after the minimum gap, with no early one open.
    """
    course = history.course
    if course.status not in BOOSTER_STATES or standing.latest is None:
        return
    last = last_doses([course]).get(course.patient_id)
    gap = history.definition.min_gap_days
    if last is None or not may_boost_early(
        relapse=standing.relapse, last_dose_on=last.on, on=on, gap=gap
    ):
        return
    if BoosterWindow.objects.open().filter(course=course, why=Why.EARLY).exists():
        return
    question = Question(
        kind=Review.Kind.BOOSTER,
        label="Consider a booster",
        text="Signs of relapse: is a single early dose right, or something else?",
        due_on=add_workdays(on, history.thresholds.booster_task_workdays),
        source_id=getattr(standing.latest, "assessment_id", None),
    )
    ask(question, course=course, standing=standing, now=now)


def offer_booster(
    course: Course, *, history: History, reason: str, by: Membership, now: datetime
) -> BoosterWindow:
    """Open an early window, in place of one by the ladder. Inside a transaction."""
    today = now.astimezone(course.site.zone).date()
    last = last_doses([course]).get(course.patient_id)
    gap = timedelta(days=history.definition.min_gap_days)
    due_from = max(today, last.on + gap) if last else today
    due_to = due_from + timedelta(days=history.thresholds.early_booster_open_days)
    BoosterWindow.objects.open().filter(course=course).update(status=Status.CLOSED, closed_at=now)
    after = history.counted[-1] if history.counted else None
    return open_window(course, after, (due_from, due_to), Why.EARLY, reason.strip(), now, by)


def use_window(history: History, dose: Dose, now: datetime) -> None:
    """End the open window with the dose, ask about too many, and open the next by the ladder.

    Inside a transaction. A dose that does not count for the schedule ends nothing, nor does one
    of which it became known after a later one.
    """
    if not dose.counts or history.counted[-1].pk != dose.pk:
        return
    course = history.course
    window = BoosterWindow.objects.open().filter(course=course).first()
    if window:
        rows = BoosterWindow.objects.open().filter(pk=window.pk)
        rows.update(status=Status.DONE, dose=dose, closed_at=now)
        if window.why == Why.EARLY:
            _ask_about_too_many(history, dose, now)
    open_ladder_window(history, now)


def _ask_about_too_many(history: History, dose: Dose, now: datetime) -> None:
    rule, signed = history.definition.maintenance, history.thresholds
    most = signed.early_boosters_most
    within = signed.early_boosters_days
    if rule and rule.most_early_boosters is not None and rule.early_boosters_days is not None:
        most, within = rule.most_early_boosters, rule.early_boosters_days
    given = BoosterWindow.objects.filter(
        course__patient=history.course.patient_id, why=Why.EARLY, status=Status.DONE
    )
    days = list(given.values_list("dose__on", flat=True))
    if not asks_for_misuse_review(days, on=dose.on, most=most, within=within):
        return
    question = Question(
        kind=Review.Kind.BOOSTER_USE,
        label="Appropriateness and misuse",
        text=f"More than {most} early boosters in {within} days: is the treatment still "
        "appropriate, and is there a risk of misuse?",
        due_on=add_workdays(dose.on, signed.booster_task_workdays),
        source_id=dose.pk,
    )
    ask(question, course=history.course, standing=standing_in(history), now=now)


@transaction.atomic
def close_window(*, window: BoosterWindow, reason: str, by: Membership, now: datetime) -> None:
    """End an open window without a dose; raise WindowClosed, or DomainError without a reason."""
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    because(reason)
    rows = BoosterWindow.objects.open().filter(pk=window.pk, organization_id=by.organization_id)
    if not rows.update(status=Status.CLOSED, closed_at=now):
        raise WindowClosed("This window has ended before.")
    window.refresh_from_db()


def let_windows_lapse(now: datetime, today: date) -> int:
    """End the windows that passed without a dose, and those of courses that ended or stopped.

    `today` is the latest date on which no site has begun a new day yet. Gives back how many.
    """
    rows = BoosterWindow.objects.open()
    over = rows.filter(due_to__lt=today).update(status=Status.LAPSED, closed_at=now)
    stopped = Q(course__status=Course.Status.STOPPED)
    ended = Q(course__status=Course.Status.COMPLETED, why=Why.LADDER)
    closed = rows.filter(pk__in=rows.filter(stopped | ended).values("pk"))
    return over + closed.update(status=Status.CLOSED, closed_at=now)
