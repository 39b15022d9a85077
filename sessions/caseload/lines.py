"""From facts to the lines of the caseload: the words for each course, and its flags."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from courses.curves.rules import band_of
from courses.instruments import instrument
from courses.lapses.rules import week_of_treatment
from courses.models import Authorization, Course, Review, SafetyAlert
from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import ReviewPoint
from courses.response.history import History
from courses.response.reviewing import last_dose_of
from courses.response.rules import Status
from courses.response.selectors import Standing
from sessions.caseload.facts import Facts
from sessions.caseload.rules import Flag, LastScore, Line, NextVisit, flags_in_order
from sessions.integrations.rules import Level
from sessions.models import Session

ALERT_FLAGS = {
    SafetyAlert.Level.HIGH: "ALERT_HIGH",
    SafetyAlert.Level.URGENT: "ALERT_URGENT",
    SafetyAlert.Level.ALERT: "ALERT",
}
TALK_FLAGS = {
    Level.RED: "INTEGRATION_RED",
    Level.AMBER: "INTEGRATION_AMBER",
    Level.TASK: "INTEGRATION",
}
ENDED = frozenset({Course.Status.COMPLETED, Course.Status.STOPPED})
# So many of the latest scores are drawn.
TREND = 8


def line_of(course: Course, facts: Facts) -> Line:
    """The course as one line."""
    history, standing = facts.histories[course.pk], facts.standing[course.pk]
    scale = instrument(standing.instrument)
    return Line(
        course_id=course.pk,
        patient_id=course.patient_id,
        patient_name=course.patient.sort_name,
        protocol=course.protocol_version.protocol.name,
        protocol_code=course.protocol_version.protocol.code,
        status=course.status,
        status_label=course.get_status_display(),
        timezone=course.site.timezone,
        doses_given=len(history.counted),
        doses_planned=course.dose_count,
        phase=_phase(course, history),
        week=week_of_treatment(facts.today[course.pk], given=[dose.on for dose in history.counted]),
        last=_last(standing),
        trend=_trend(standing),
        trend_range=scale.total or (0, 1),
        response=_response(standing),
        response_label=_response_label(standing),
        next_visit=_next_visit(facts.next_visits.get(course.pk), history.definition),
        flags=flags_in_order(_flags(course, facts)),
    )


def _phase(course: Course, history: History) -> str:
    """The block of the dose that comes next; of the last one where none does."""
    last = min(course.dose_count, history.definition.most_doses or course.dose_count)
    seq = max(min(len(history.counted) + 1, last), 1)
    block = history.definition.doses(seq)[-1].block
    return next(one.label for one in history.definition.blocks if one.name == block)


def _trend(standing: Standing) -> list[Decimal]:
    first = [standing.baseline.total] if standing.baseline else []
    return [*first, *(reading.total for reading in standing.readings)][-TREND:]


def _last(standing: Standing) -> LastScore | None:
    """The latest score, before the first dose the baseline as it is."""
    last = standing.latest or standing.baseline
    if last is None:
        return None
    scale = instrument(standing.instrument)
    band = band_of(scale, last.total)
    return LastScore(scale.name, last.total, band, last.on, standing.percent_change)


def _response(standing: Standing) -> str:
    return "REMISSION" if standing.is_remission else standing.status.value


def _response_label(standing: Standing) -> str:
    if standing.status == Status.NO_SCORE:
        return "At baseline" if standing.baseline else ""
    remission = ", remission" if standing.is_remission else ""
    return f"{standing.status_label}{remission}"


def _next_visit(visit: Session | None, definition: ProtocolDefinition) -> NextVisit | None:
    if visit is None:
        return None
    label = f"{definition.label_of(visit.visit_type)} {visit.seq}"
    return NextVisit(visit.pk, label, visit.kind, visit.starts_at, visit.is_provisional)


def _flags(course: Course, facts: Facts) -> Iterator[Flag]:
    """What somebody has to look at; of an ended course what does not end with it."""
    history, standing = facts.histories[course.pk], facts.standing[course.pk]
    for alert in facts.alerts.get(course.pk, ()):
        yield Flag(ALERT_FLAGS[SafetyAlert.Level(alert.level)])
    if standing.relapse:
        yield Flag("RELAPSE")
    yield from _review_flags(history.open_reviews)
    if course.pk in facts.boosters:
        yield Flag("BOOSTER", f"Booster due by {_day(facts.boosters[course.pk].due_to)}")
    if course.status not in ENDED:
        yield from _score_flags(history, standing)
        yield from _dose_flags(course, facts)


def _score_flags(history: History, standing: Standing) -> Iterator[Flag]:
    if standing.is_worse_by_mcid:
        yield Flag("WORSE")
    if standing.status in (Status.NON_RESPONSE, Status.WORSE) and _is_judged(history):
        yield Flag("NON_RESPONSE")


def _dose_flags(course: Course, facts: Facts) -> Iterator[Flag]:
    """What stands before the next dose, or is missing for it."""
    for hold in facts.holds.get(course.pk, ()):
        yield Flag("HOLD", f"Held: {hold.get_kind_display().lower()}")
    if not facts.clearances[course.pk].is_cleared:
        yield Flag("NOT_CLEARED")
    for grant in facts.renewals:
        if grant.course_id == course.pk or (not grant.course_id and _is_for(grant, course)):
            yield Flag("AUTHORIZATION", f"Authorisation ends {_day(grant.ends_on)}")
    if talk := facts.talks.get(course.pk):
        yield Flag(TALK_FLAGS[talk.level], talk.words)
    attendance = facts.attendance.get(course.pk)
    if attendance and attendance.is_flagged:
        yield Flag("FALLEN_THROUGH", f"{attendance.counted} visits fell through")
    if number := facts.overdue.get(course.pk):
        yield Flag("OVERDUE_SCORE", f"{number} score{'s' if number > 1 else ''} overdue")


def _is_for(grant: Authorization, course: Course) -> bool:
    drug = course.protocol_version.definition["drug"]
    return grant.patient_id == course.patient_id and grant.drug == drug


def _is_judged(history: History) -> bool:
    """Whether the course has come to the first point at which its protocol asks for a review.

    Before it nobody expects a response yet (DOMAIN 2.8).
    """
    asked = [_asked_after(history, point) for point in history.definition.reviews]
    return any(number and len(history.counted) >= number for number in asked)


def _asked_after(history: History, point: ReviewPoint) -> int | None:
    if point.after_block:
        return last_dose_of(history.definition, point.after_block, history.course.dose_count)
    return point.after_dose or point.from_dose


def _review_flags(reviews: Sequence[Review]) -> Iterator[Flag]:
    for review in sorted(reviews, key=lambda one: not one.holds):
        holds = ", doses wait" if review.holds else ""
        yield Flag("REVIEW_DUE", f"{review.label}: due {_day(review.due_on)}{holds}")


def _day(day: object) -> str:
    return f"{day:%-d %b}"
