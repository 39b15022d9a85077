"""An e-mail to a patient: subject, text, HTML and calendar, in the patient's language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from reminders import wording
from reminders.appointments import Addressee, Appointment, Place
from reminders.calendars import CANCEL, PUBLISH, calendar_part, calendar_text
from reminders.models import Rule

# Raised with every change of the words or the look; messages keep the one they were sent with.
TEMPLATE_VERSION = "2026-11-22.3"
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a patient gets to read."""

    to: Addressee
    sender: str
    language: str
    subject: str
    text: str
    html: str
    calendar: str
    method: str

    @property
    def sha256(self) -> str:
        """What was said, for the record: the same for every try of one message."""
        parts = (self.subject, self.text, self.html, self.calendar)
        return sha256("\0".join(parts).encode()).hexdigest()


def write_letter(
    kind: str, to: Addressee, appointments: Sequence[Appointment], *, written_at: datetime
) -> Letter:
    """The letter about these appointments, at least one."""
    language = to.language if to.language in LANGUAGES else LANGUAGES[0]
    kind, appointments = _as_they_stand(kind, appointments)
    is_cancelled = kind == Rule.Kind.CANCELLED
    # RFC 5546: a CANCEL is about one event; several are published anew, as cancelled.
    method = CANCEL if is_cancelled and len(appointments) == 1 else PUBLISH
    with translation.override(language):
        subject = _subject(kind, appointments)
        context = _context(kind, to, appointments, language) | {"subject": subject}
        return Letter(
            to=to,
            sender=appointments[0].place.sender,
            language=language,
            subject=subject,
            text=render_to_string("reminders/mail/letter.txt", context).strip() + "\n",
            html=render_to_string("reminders/mail/letter.html", context),
            calendar=calendar_text(
                appointments,
                method=method,
                organizer=settings.DEFAULT_FROM_EMAIL,
                attendee=to.email,
                stamp=written_at,
            ),
            method=method,
        )


def _as_they_stand(kind: str, appointments: Sequence[Appointment]) -> tuple[str, list[Appointment]]:
    """What is left of a change may be cancelled alone; else what stands comes first."""
    if kind == Rule.Kind.CANCELLED or all(one.is_cancelled for one in appointments):
        gone = [replace(one, is_cancelled=True) for one in appointments]
        return str(Rule.Kind.CANCELLED), gone
    return kind, sorted(appointments, key=lambda one: (one.is_cancelled, one.starts_at))


def as_email(letter: Letter, *, message_id: str, now: datetime) -> EmailMultiAlternatives:
    """The letter in its envelope; programs that answer by themselves are asked not to."""
    email = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((letter.sender, settings.DEFAULT_FROM_EMAIL)),
        to=[letter.to.email],
        headers={
            "Message-ID": message_id,
            "Date": format_datetime(now),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": letter.language,
        },
    )
    email.attach_alternative(letter.html, "text/html")
    email.attach(calendar_part(letter.calendar, letter.method))
    return email


def _subject(kind: str, appointments: Sequence[Appointment]) -> str:
    if kind == Rule.Kind.CANCELLED and len(appointments) > 1:
        return _("Your appointments are cancelled")
    standing = [one for one in appointments if not one.is_cancelled]
    if kind == Rule.Kind.MOVED and len(standing) > 1:
        return _("Your appointments have new times")
    first = appointments[0].starts_at.astimezone(appointments[0].zone)
    when = {"day": wording.short_day_words(first), "time": f"{first:%H:%M}"}
    if kind == Rule.Kind.CANCELLED:
        return _("Your appointment on %(day)s, %(time)s is cancelled") % when
    if kind == Rule.Kind.MOVED:
        return _("Your appointment has a new time: %(day)s, %(time)s") % when
    if kind == Rule.Kind.BEFORE:
        return _("Reminder: your appointment on %(day)s, %(time)s") % when
    if len(standing) > 1:
        return _("Your appointments")
    return _("Your appointment on %(day)s, %(time)s") % when


def _context(
    kind: str, to: Addressee, appointments: Sequence[Appointment], language: str
) -> dict[str, Any]:
    is_cancelled = kind == Rule.Kind.CANCELLED
    standing = [one for one in appointments if is_cancelled or not one.is_cancelled]
    replaced = {one.moved_from for one in standing}
    gone = [one for one in appointments if one not in standing and one.starts_at not in replaced]
    lines = [_line(appointment) for appointment in standing]
    places: list[Place] = list(dict.fromkeys(a.place for a in appointments))
    return {
        "kind": kind,
        "given_name": to.given_name,
        "language": language,
        "lines": lines,
        "count": len(lines),
        "gone": [_line(appointment) for appointment in gone],
        "places": places,
        "clock_differs": to.lives_by_another_clock(appointments),
    }


def _line(appointment: Appointment) -> dict[str, Any]:
    local = appointment.starts_at.astimezone(appointment.zone)
    old = appointment.moved_from and appointment.moved_from.astimezone(appointment.zone)
    return {
        "day": wording.day_words(local),
        "clock": wording.clock_words(local),
        "zone": wording.zone_words(local, appointment.zone),
        "length": wording.length_words(appointment.length),
        "address": appointment.place.address,
        "old_day": wording.day_words(old) if old else "",
        "old_clock": wording.clock_words(old) if old else "",
    }
