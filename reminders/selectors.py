"""Reads: what a message still has to say, and what went out to a patient or about a visit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from clinic.models import Patient
from courses.models import Course
from reminders.appointments import Addressee, Appointment, Place
from reminders.models import Message, Reminder, Rule
from sessions.models import Session

# A page shows this many of a patient's messages, those with the latest dates.
PAGE = 200

# A message that failed once and is tried again is told from one that waits for its time.
RETRIED = "RETRIED"
WAITING = (Message.Status.PENDING, RETRIED)

# Reminders of a course that rests or has ended stay unsent (DOMAIN 8, case 40).
SILENT = (Course.Status.PAUSED, Course.Status.INTERRUPTED, Course.Status.STOPPED)


def addressee_of(message: Message) -> Addressee:
    """The patient as an e-mail may know them."""
    patient = message.patient
    return Addressee(patient.given_name, patient.email, patient.language, patient.timezone)


def standing_appointments(message: Message) -> list[Appointment]:
    """The visits of a message that still stand as they did when it was written, by time."""
    reminders = (
        Reminder.objects.filter(message=message)
        .select_related("rule", "session__site", "session__course")
        .order_by("session__starts_at", "pk")
    )
    sender = message.organization.sender_name
    return [_appointment(reminder, sender) for reminder in reminders if _stands(reminder, message)]


def _stands(reminder: Reminder, message: Message) -> bool:
    visit = reminder.session
    if visit.version != reminder.visit_version:
        return False
    if reminder.rule.kind == Rule.Kind.CANCELLED:
        return visit.status == Session.Status.CANCELLED
    if message.kind == Rule.Kind.BEFORE and visit.course.status in SILENT:
        return False
    return visit.is_live


def _appointment(reminder: Reminder, sender: str) -> Appointment:
    visit, site = reminder.session, reminder.session.site
    return Appointment(
        id=visit.pk,
        version=visit.version,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        zone=site.zone,
        place=Place(sender, site.address, site.phone),
        moved_from=reminder.moved_from,
        is_cancelled=reminder.rule.kind == Rule.Kind.CANCELLED,
    )


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message as a list shows it: what, about when, and what became of it."""

    title: str
    starts: list[datetime]
    state: str
    at: datetime
    failure: str


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What is still to go out, soonest first; what is over with and what was withdrawn, latest."""

    coming: list[MessageLine]
    past: list[MessageLine]
    withdrawn: list[MessageLine]


def correspondence_with(patient: Patient) -> Correspondence:
    """Everything about the patient's visits, two queries however much there is."""
    return _correspondence(Message.objects.filter(patient=patient))


def correspondence_about(visit: Session) -> Correspondence:
    """Everything about one visit, two queries however much there is."""
    about = Reminder.objects.filter(session=visit)
    return _correspondence(Message.objects.filter(pk__in=about.values("message_id")))


def _correspondence(messages: QuerySet[Message]) -> Correspondence:
    reminders = Reminder.objects.select_related("session", "rule")
    latest = messages.order_by("-send_at", "-pk").prefetch_related(
        Prefetch("reminders", queryset=reminders.order_by("session__starts_at", "pk"))
    )[:PAGE]
    return _split(latest)


def _split(messages: Iterable[Message]) -> Correspondence:
    lines = [_message_line(message) for message in messages]
    coming = [line for line in lines if line.state in WAITING]
    withdrawn = [line for line in lines if line.state == Message.Status.WITHDRAWN]
    past = [line for line in lines if line.state not in (*WAITING, Message.Status.WITHDRAWN)]
    return Correspondence(sorted(coming, key=lambda line: line.at), past, withdrawn)


def _message_line(message: Message) -> MessageLine:
    reminders = list(message.reminders.all())
    is_retried = message.status == Message.Status.PENDING and message.failure
    return MessageLine(
        title=_title(message, reminders),
        starts=[reminder.session.starts_at for reminder in reminders],
        state=RETRIED if is_retried else message.status,
        at=message.sent_at or (message.next_attempt_at if is_retried else message.send_at),
        failure=message.failure,
    )


def _title(message: Message, reminders: list[Reminder]) -> str:
    if message.kind != Rule.Kind.BEFORE:
        return message.get_kind_display()
    days = reminders[0].rule.days_before
    return f"Reminder {days} day{'' if days == 1 else 's'} before"
