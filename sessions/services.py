"""What happens to a visit while the patient is there."""

from datetime import datetime

from django.db import transaction

from clinic.errors import Conflict, DomainError
from clinic.identity.selectors import of_person
from clinic.models import Membership
from courses.alerts.rules import needs_answer_before_dose
from courses.doses.services import record_dose
from courses.models import Course, SafetyAlert
from sessions import rules
from sessions.models import Session
from sessions.readiness import blockers_for

FIRST_BLOCKERS = 3


class DayNotCome(DomainError):
    """The visit is on a later day."""

    code = "day-not-come"


class StepNotNext(Conflict):
    """The visit is in a state after which this step does not come."""

    code = "step-not-next"


class DoseBlocked(Conflict):
    """Something stands between the course and its dose; `details` says what."""

    code = "dose-blocked"


class AlertUnanswered(DoseBlocked):
    """Nobody has taken on an urgent safety alert of the patient, who is about to leave."""

    code = "alert-unanswered"


@transaction.atomic
def change_status(*, visit: Session, to: str, by: Membership, now: datetime) -> Session:
    """Take a visit one step on; raise StepNotNext when it is not at the step before.

    A dose that is over is kept as one. Raise DayNotCome on a day before the visit's, DoseBlocked
    where a dose must not begin, AlertUnanswered where the patient must not leave (DOMAIN 5.2),
    DomainError for a state that visits of its kind do not pass.
    """
    before = rules.status_before(visit.kind, to)
    if before is None:
        raise DomainError("A visit of this kind does not take this step.", field="to")
    if not rules.has_come(visit.local_date, today=now.astimezone(visit.site.zone).date()):
        raise DayNotCome(f"This visit is on {visit.local_date:%-d %B %Y}.")
    is_dose = visit.kind == Session.Kind.DOSING
    if is_dose:
        _queue_at_course(visit)
    noted: dict[str, datetime] = {}
    if is_dose and to == Session.Status.IN_PROGRESS:
        _refuse_blocked(visit, by, now)
        noted = {"begun_at": _begins_at(visit, now)}
    if to == Session.Status.DONE:
        _refuse_unanswered(visit)
    # The update itself asks for the step before, so of two rivals one wins.
    rows = Session.objects.filter(pk=visit.pk, organization_id=by.organization_id, status=before)
    changed = rows.update(status=to, **noted)
    visit.refresh_from_db(fields=["status", "begun_at"])
    if not changed:
        raise StepNotNext(f"This visit has changed: it is now “{visit.get_status_display()}”.")
    if is_dose and to == Session.Status.DONE:
        keep_dose(visit, by=by, now=now)
    return visit


def _queue_at_course(visit: Session) -> None:
    """Whoever halts the course meanwhile comes first, or waits until the step is done."""
    Course.objects.select_for_update(no_key=True, of=("self",)).get(pk=visit.course_id)


def _refuse_blocked(visit: Session, by: Membership, now: datetime) -> None:
    visit.course.refresh_from_db(fields=["status"])
    if found := blockers_for(by, visit, now=now):
        first = " ".join(blocker.text for blocker in found[:FIRST_BLOCKERS])
        raise DoseBlocked(
            f"The dose cannot begin. {first}",
            details=[{"code": blocker.code, "text": blocker.text} for blocker in found],
        )


def _begins_at(visit: Session, now: datetime) -> datetime:
    """Now; a dose that is written down on a later day was over when its visit was."""
    is_late = now.astimezone(visit.site.zone).date() > visit.local_date
    return min(visit.ends_at, now) if is_late else now


def _refuse_unanswered(visit: Session) -> None:
    waiting = SafetyAlert.objects.waiting().filter(of_person(visit.patient_id))
    if any(needs_answer_before_dose(level) for level in waiting.values_list("level", flat=True)):
        raise AlertUnanswered("A safety alert must be taken on before the patient leaves.")


def keep_dose(visit: Session, *, by: Membership, now: datetime) -> None:
    """Inside a transaction: write down the dose of a dosing visit that is over.

    It was given when the drug began, not when the patient was asked to come (DOMAIN 5.1).
    """
    record_dose(
        course=visit.course,
        visit_id=visit.pk,
        seq=visit.seq,
        on=visit.local_date,
        given_at=visit.begun_at or visit.starts_at,
        by=by,
        now=now,
    )
