"""Baselines: what would be one, freezing them with the first dose, rating one that is missing."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from courses.events import record_event
from courses.instruments import Instrument, instrument
from courses.models import Baseline, Course, CourseEvent, Dose
from courses.response.history import History, ScoredReading, history_of
from courses.response.measures import baseline_points, can_judge, clinician_rated, measures_of
from courses.response.selectors import baseline_in_window

LONGEST_REASON = 240


class BaselineFrozen(Conflict):
    """The first dose has begun or was given: its baseline never changes."""

    code = "baseline-frozen"


def missing_baseline(course: Course, on: date, now: datetime) -> str:
    """Why dose 1 waits for a baseline on that day (DOMAIN 8.36); empty when nothing is missing."""
    history = history_of(course, now)
    if history.first_dose or not baseline_points(history.definition):
        return ""
    if _has_baseline(history, on, now):
        return ""
    name = instrument(needed_measure(history)).name
    days = history.thresholds.baseline_window_days
    return f"No complete {name} within {days} days: enter one, or rate a baseline for a reason."


def needed_measure(history: History) -> str:
    """The instrument of which a baseline is asked for."""
    return measures_of(history.definition, history.course.indication)[0]


def _has_baseline(history: History, on: date, now: datetime) -> bool:
    code = needed_measure(history)
    if baseline_in_window(history, code, before=now, on=on):
        return True
    return any(_is_rated_on(history, row, on) for row in history.baselines.values())


def _is_rated_on(history: History, row: Baseline, on: date) -> bool:
    """Whether a clinician rated it on that day: on another it holds no longer."""
    there = history.course.site.zone
    return row.rated_by_id is not None and row.taken_at.astimezone(there).date() == on


def freeze_baselines(*, course: Course, dose: Dose, now: datetime) -> None:
    """With the course's first dose, fix what later scores are compared with (DOMAIN 5.1).

    Inside a transaction. Any other dose changes nothing.
    """
    if Baseline.objects.filter(course=course, frozen_at__isnull=False).exists():
        return
    history = history_of(course, now)
    first = history.first_dose
    if first is None or first.pk != dose.pk or dose.given_at is None:
        return
    found = {
        code: reading
        for code in history.scores
        if can_judge(instrument(code))
        and (reading := baseline_in_window(history, code, before=dose.given_at, on=dose.on))
    }
    _fix(history, found, now)
    # What was rated anew after the drug began is no baseline: the dose is kept all the same.
    rated = [
        row
        for code, row in history.baselines.items()
        if code not in found
        and row.taken_at <= dose.given_at
        and _is_rated_on(history, row, dose.on)
    ]
    for row in rated:
        Baseline.objects.filter(pk=row.pk).update(frozen_at=now)
    reason = next((row.reason for row in rated), "")
    if Baseline.objects.filter(course=course, frozen_at__isnull=False).exists():
        kind = CourseEvent.Kind.BASELINE_SET
        record_event(course=course, kind=kind, by=None, now=now, reason=reason)


def _fix(history: History, found: Mapping[str, ScoredReading], now: datetime) -> None:
    """Scores become baselines, in the place of what was rated."""
    rows = [
        Baseline(
            organization_id=history.course.organization_id,
            course=history.course,
            instrument=code,
            source_id=reading.assessment_id,
            taken_at=reading.taken_at,
            total=reading.total,
            frozen_at=now,
            thresholds_number=history.thresholds.number,
        )
        for code, reading in found.items()
    ]
    Baseline.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["course", "instrument"],
        update_fields=[
            "source_id",
            "taken_at",
            "total",
            "rated_by",
            "reason",
            "frozen_at",
            "thresholds_number",
        ],
    )


@transaction.atomic
def rate_baseline(
    *, course: Course, code: str, total: Decimal, reason: str, by: Membership, now: datetime
) -> Baseline:
    """Enter a clinician's rating where the baseline score is missing; it holds for that day alone.

    Raises BaselineFrozen once the first dose has begun, DomainError where nothing is missing, for
    an instrument that no clinician rates, a total out of its range, or without a reason (8.36).
    """
    history = history_of(Course.objects.select_for_update(no_key=True).get(pk=course.pk), now)
    if history.first_dose:
        raise BaselineFrozen("The first dose was given; the baseline never changes.")
    scale = _rated_by_clinicians(code)
    _check_rating(scale, total, reason)
    today = now.astimezone(history.course.site.zone).date()
    if baseline_in_window(history, needed_measure(history), before=now, on=today):
        raise DomainError("There is a complete score already: it will be the baseline.")
    because(reason)
    return _keep_rating(history, code, total, reason.strip(), by, now)


def _keep_rating(
    history: History, code: str, total: Decimal, reason: str, by: Membership, now: datetime
) -> Baseline:
    """Whether the drug has begun, the database asks: doses are kept when they are over."""
    try:
        with transaction.atomic():
            row, _ = Baseline.objects.update_or_create(
                course=history.course,
                instrument=code,
                defaults={
                    "organization_id": history.course.organization_id,
                    "source_id": None,
                    "taken_at": now,
                    "total": total,
                    "rated_by": by,
                    "reason": reason,
                    "thresholds_number": history.thresholds.number,
                },
            )
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "baseline_before_the_drug":
            raise
        raise BaselineFrozen(
            "The drug has begun: what is rated now is no baseline. The one from before stands."
        ) from exc
    return row


def _rated_by_clinicians(code: str) -> Instrument:
    found = next((scale for scale in clinician_rated() if scale.code == code), None)
    if found is None:
        raise DomainError("No clinician rates this instrument.", field="instrument")
    return found


def _check_rating(scale: Instrument, total: Decimal, reason: str) -> None:
    low, high = scale.total or (0, 0)
    if not low <= total <= high:
        raise DomainError(f"From {low} to {high}.", field="total")
    if not reason.strip():
        raise DomainError("Why is there no score of the patient’s own?", field="reason")
    if len(reason.strip()) > LONGEST_REASON:
        raise DomainError(f"At most {LONGEST_REASON} characters.", field="reason")
