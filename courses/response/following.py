"""What a dose and a score set off here: baseline, reviews, relapse, proposals, windows."""

from datetime import date, datetime
from uuid import UUID

from courses.events import record_event
from courses.models import Assessment, Course, CourseEvent, Dose, Review
from courses.protocols.clinical import ReviewPoint
from courses.response.baselines import freeze_baselines
from courses.response.boosters import consider_booster, use_window
from courses.response.history import History, history_of
from courses.response.intervals import has_begun, proposal_for
from courses.response.reviewing import points_after
from courses.response.reviews import Question, ask
from courses.response.rules import Relapse, relapse_flags
from courses.response.safety import is_new_or_more
from courses.response.selectors import Standing, standing_in

Kind = Review.Kind


def follow_dose(*, course: Course, dose: Dose, now: datetime) -> None:
    """Freeze the baseline with the first dose, ask what the protocol asks, move the windows on.

    Inside a transaction.
    """
    freeze_baselines(course=course, dose=dose, now=now)
    history = history_of(course, now)
    if dose.counts and dose.seq:
        _ask_planned(history, dose, now)
    use_window(history, dose, now)
    _propose(history, dose.on, now, source_id=dose.pk)


def _ask_planned(history: History, dose: Dose, now: datetime) -> None:
    course, definition = history.course, history.definition
    for point in points_after(definition, dose.seq or 0, course.dose_count):
        is_end = point.after_block == definition.blocks[0].name
        question = Question(
            kind=Kind.END_OF_INDUCTION if is_end else Kind.PLANNED,
            point=point.name,
            label=point.label,
            text=point.question,
            after_seq=dose.seq,
            due_on=_due(point, dose.on),
            holds=point.holds,
        )
        ask(question, course=course, standing=standing_in(history), now=now)


def _due(point: ReviewPoint, on: date) -> date:
    return date.fromordinal(on.toordinal() + point.due_days)


def _propose(history: History, on: date, now: datetime, *, source_id: UUID) -> None:
    """Put a change of the interval to a clinician, while no other proposal is open."""
    if not has_begun(history):
        return
    standing = standing_in(history)
    proposal = proposal_for(history, standing)
    if proposal is None or not proposal.is_change:
        return
    to = "as needed" if proposal.to_days is None else f"every {proposal.to_days} days"
    question = Question(
        kind=Kind.INTERVAL,
        label="Interval of maintenance",
        text=f"{proposal.reason} Proposed: {to}.",
        due_on=on,
        source_id=source_id,
        proposal={"move": proposal.move.value, "to_days": proposal.to_days},
    )
    ask(question, course=history.course, standing=standing, now=now)


def follow_score(*, course: Course, assessment: Assessment, now: datetime) -> None:
    """Ask a clinician at once when a score is worse; flag relapse (DOMAIN 2.8, 2.9).

    Inside a transaction. Nothing is stopped. What came before the first dose is no concern here,
    and of suicidal thoughts `follow_thoughts` asks.
    """
    history = history_of(course, now)
    if _is_before_treatment(history, assessment):
        return
    today = now.astimezone(course.site.zone).date()
    standing = standing_in(history)
    if not _is_latest(standing, assessment):
        return
    if standing.is_worse_by_mcid:
        ask(_about_worsening(assessment, today), course=course, standing=standing, now=now)
    if _news_in(history, standing):
        record_event(course=course, kind=CourseEvent.Kind.RELAPSE_FLAGGED, by=None, now=now)
    consider_booster(history, standing, on=today, now=now)
    _propose(history, today, now, source_id=assessment.pk)


def follow_thoughts(*, course: Course, assessment: Assessment, now: datetime) -> None:
    """Ask a clinician at once of new or more suicidal thoughts; after induction they are a sign of
    relapse (DOMAIN 2.8, 2.9).

    Inside a transaction. Answers are enough: it needs no total, and no end of the score.
    """
    if not is_new_or_more(assessment):
        return
    history = history_of(course, now)
    if _is_before_treatment(history, assessment):
        return
    today = now.astimezone(course.site.zone).date()
    question = _about_thoughts(assessment, today)
    if not ask(question, course=course, standing=standing_in(history), now=now):
        return
    history = history_of(course, now)
    standing = standing_in(history)
    if Relapse.NEW_SI in standing.relapse:
        record_event(course=course, kind=CourseEvent.Kind.RELAPSE_FLAGGED, by=None, now=now)
        consider_booster(history, standing, on=today, now=now)


def _is_before_treatment(history: History, assessment: Assessment) -> bool:
    first = history.first_dose
    return first is None or first.given_at is None or assessment.taken_at <= first.given_at


def _is_latest(standing: Standing, assessment: Assessment) -> bool:
    return getattr(standing.latest, "assessment_id", None) == assessment.pk


def _about_thoughts(assessment: Assessment, today: date) -> Question:
    return Question(
        kind=Kind.SUICIDALITY,
        label="New or more suicidal thoughts",
        text="More than at the score before: assess the risk, and decide how to go on.",
        due_on=today,
        source_id=assessment.pk,
    )


def _about_worsening(assessment: Assessment, today: date) -> Question:
    return Question(
        kind=Kind.WORSENING,
        label="Worse than at baseline",
        text="Worse by a change that matters: what is the reason, and how to go on?",
        due_on=today,
        source_id=assessment.pk,
    )


def _news_in(history: History, standing: Standing) -> set[Relapse]:
    """The signs of relapse that the readings before this one did not show."""
    if standing.baseline is None:
        return set()
    before = relapse_flags(
        baseline=standing.baseline.total,
        readings=standing.readings[:-1],
        induction_ended=history.induction_ended_on,
        limits=standing.limits,
    )
    return set(standing.relapse) - {Relapse.NEW_SI, *before}
