"""What the demo's people did until now: patients came and went, messages left.

The demo is made in one go, as if its past had happened: services get the time at which each
thing would have been done.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Exists, F

from clinic.models import Membership, Patient
from courses.assessments.dues import refresh_dues
from courses.models import Course, Hold, SafetyAlert
from courses.readiness import blockers
from reminders.letters import TEMPLATE_VERSION
from reminders.models import Message
from scheduling.demo.scoring import Diary
from scheduling.selectors.board import planned_phases
from sessions.models import Session, SessionQuerySet
from sessions.services import DoseBlocked, change_status, keep_dose

BEFORE_START = timedelta(minutes=5)


def treat(visits: SessionQuerySet, *, by: Membership, until: datetime) -> None:
    """Take every visit as far as it would have come by then."""
    rows = Course.objects.filter(pk__in=visits.values("course_id")).select_related(*_WITH)
    diaries = {course.pk: Diary.of(course) for course in rows.order_by("pk")}
    # No trace is kept of the steps of a visit, so the ones that are over need not take each.
    over = visits.planned().filter(ends_at__lte=until)
    over.exclude(kind=Session.Kind.DOSING).update(status=Session.Status.DONE)
    for dose in over.select_related("site").order_by("starts_at", "pk"):
        _give(dose, diaries[dose.course_id], by=by)
    begun = visits.planned().filter(starts_at__lt=until + BEFORE_START)
    coming = begun.select_related("site", "course__protocol_version").order_by("starts_at", "pk")
    for visit in coming:
        with suppress(DoseBlocked):
            for status, at in steps(visit):
                if at <= until:
                    change_status(visit=visit, to=status, by=by, now=at)
    for diary in diaries.values():
        diary.follow_up(until)


_WITH = ("protocol_version", "patient__site", "site", "lead_prescriber")


def _give(visit: Session, diary: Diary, *, by: Membership) -> None:
    """A dose that is over has been given, unless something stood between; then it waits."""
    visit.course = diary.course
    diary.before_dose(visit)
    if _is_in_question(visit):
        found = blockers(course=visit.course, on=visit.local_date, now=visit.starts_at)
        if found:
            refresh_dues(course=visit.course, now=visit.starts_at)
            return
    visit.begun_at = planned_phases(visit)[1].starts_at
    rows = Session.objects.filter(pk=visit.pk)
    rows.update(status=Session.Status.DONE, begun_at=visit.begun_at)
    diary.visits[visit.local_date].status = Session.Status.DONE
    keep_dose(visit, by=by, now=visit.ends_at)


def _is_in_question(visit: Session) -> bool:
    """Whether anything may stand before the dose: most have a quiet course behind them."""
    if visit.seq == 1:
        return True
    course = visit.course
    missed = course.visits.filter(status=Session.Status.MISSED)
    alerts = SafetyAlert.objects.open().filter(patient=course.patient_id)
    held = Hold.objects.open().filter(course=course)
    anything = Exists(held) | Exists(alerts) | Exists(missed)
    return Course.objects.filter(anything, pk=course.pk).exists()


def steps(visit: Session) -> Iterator[tuple[Session.Status, datetime]]:
    """When the visit comes into each state, if it goes as planned."""
    phases = planned_phases(visit)
    yield Session.Status.ARRIVED, visit.starts_at - BEFORE_START
    yield Session.Status.IN_PROGRESS, phases[1].starts_at
    if visit.kind == Session.Kind.DOSING:
        watched = next(phase for phase in phases if phase.name == "observation")
        yield Session.Status.OBSERVING, watched.starts_at
    yield Session.Status.DONE, visit.ends_at


def send_what_was_due(patient: Patient, *, until: datetime) -> None:
    """Note the messages due before then as sent when they were due.

    None of them is sent: the demo's past must not fill anybody's mailbox.
    """
    due = Message.objects.filter(patient=patient, status=Message.Status.PENDING, send_at__lt=until)
    if patient.email and patient.email_reminders:
        due.update(
            status=Message.Status.SENT,
            sent_at=F("send_at"),
            attempts=1,
            template_version=TEMPLATE_VERSION,
        )
    else:
        due.update(status=Message.Status.SUPPRESSED, attempts=1)
