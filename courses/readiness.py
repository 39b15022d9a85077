"""Everything that stands between a course and a dose on a day; each noun adds its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from courses.alerts.selectors import alerts_before_dose
from courses.caps.selectors import excesses_of
from courses.checks.confirming import awaits_confirmation
from courses.holds.selectors import open_holds
from courses.lapses.selectors import lapse_of, next_seq
from courses.models import Course, Hold
from courses.response.baselines import missing_baseline
from courses.screening.selectors import clearance


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why a dose cannot start.

    Some a prescriber may decide against, for a reason that is kept; the page names where.
    """

    code: str
    text: str
    can_override: bool = False


def blockers(*, course: Course, on: date, now: datetime) -> list[Blocker]:
    """What must be settled before a dose of the course on that local date, hardest first."""
    return [
        *_of_status(course),
        *_of_screening(course, on),
        *_of_holds(course),
        *_of_alerts(course),
        *_of_checks(course, on),
        *_of_baseline(course, on, now),
        *_of_lapse(course, on),
        *_of_caps(course, on),
    ]


def _of_status(course: Course) -> Iterator[Blocker]:
    if course.status != Course.Status.ACTIVE:
        yield Blocker("STATUS", f"The course is {course.get_status_display().lower()}.")


def _of_screening(course: Course, on: date) -> Iterator[Blocker]:
    found = clearance(course, on)
    if not found.is_cleared:
        yield Blocker(f"SCREENING_{found.code}", found.text)


def _of_holds(course: Course) -> Iterator[Blocker]:
    for hold in open_holds([course]).get(course.pk, []):
        yield Blocker(f"HOLD_{hold.kind}", f"Doses are held: {hold.get_kind_display().lower()}.")


def _of_baseline(course: Course, on: date, now: datetime) -> Iterator[Blocker]:
    if missing := missing_baseline(course, on, now):
        yield Blocker("BASELINE_MISSING", missing)


def _of_alerts(course: Course) -> Iterator[Blocker]:
    for alert in alerts_before_dose(course.patient):
        if alert.acknowledged_at is None:
            yield Blocker("ALERT_UNANSWERED", "A safety alert must be taken on first.")
        else:
            yield Blocker("ALERT_HIGH", "A safety alert at high risk must be closed first.")


def _of_checks(course: Course, on: date) -> Iterator[Blocker]:
    for text in awaits_confirmation(course, on):
        yield Blocker("CONFIRM", f"{text} A clinician confirms the dose first.", can_override=True)


def _of_lapse(course: Course, on: date) -> Iterator[Blocker]:
    """A hold of its own says the same, once it is open."""
    lapse = lapse_of(course, on=on)
    waiting = Hold.objects.open().filter(course=course, kind=Hold.Kind.MISSED_DOSE)
    if lapse and lapse.awaits_decision and not waiting.exists():
        yield Blocker("LAPSE", f"{lapse.days} days since the last dose: a clinician decides.")


def _of_caps(course: Course, on: date) -> Iterator[Blocker]:
    if (seq := next_seq(course)) > course.dose_count:
        return
    for one in excesses_of(course, seq=seq, on=on):
        yield Blocker("CAP", one.text, can_override=not one.is_label)
