"""What the demo's people did until now: patients came and went, messages left.

The demo is made in one go, as if its past had happened: services get the time at which each
thing would have been done.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F

from clinic.models import Membership, Patient
from reminders.letters import TEMPLATE_VERSION
from reminders.models import Message
from scheduling.selectors.board import planned_phases
from sessions.models import Session, SessionQuerySet
from sessions.services import change_status

BEFORE_START = timedelta(minutes=5)


def treat(visits: SessionQuerySet, *, by: Membership, until: datetime) -> None:
    """Take every visit as far as it would have come by then."""
    # No trace is kept of the steps of a visit, so the ones that are over need not take each.
    visits.planned().filter(ends_at__lte=until).update(status=Session.Status.DONE)
    begun = visits.planned().filter(starts_at__lt=until + BEFORE_START)
    rows = begun.select_related("site", "course__protocol_version").order_by("starts_at", "pk")
    for visit in rows:
        for status, at in steps(visit):
            if at <= until:
                change_status(visit=visit, to=status, by=by, now=at)


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
