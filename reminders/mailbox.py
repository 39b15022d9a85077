"""The development mailbox: what the local mail server caught, read from its Maildir."""

import mailbox
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.http import Http404
from icalendar import Calendar, Component

from clinic.templatetags.courseline import plain_day

PAGE = 100
HEADERS = ("From", "To", "Date", "Message-ID", "Auto-Submitted", "Content-Language")


@dataclass(frozen=True, slots=True)
class CaughtLine:
    """One e-mail in the list."""

    key: str
    subject: str
    sender: str
    to: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CaughtEvent:
    """One event of the calendar file."""

    uid: str
    sequence: int
    status: str
    summary: str
    location: str
    when: str


@dataclass(frozen=True, slots=True)
class CaughtMessage:
    """One e-mail, taken apart."""

    line: CaughtLine
    headers: list[tuple[str, str]]
    text: str
    html: str
    method: str
    events: list[CaughtEvent]
    raw: str


def caught_lines() -> tuple[list[CaughtLine], int]:
    """The newest e-mails, and how many there are; 404 where there is no mailbox."""
    box = _box()
    keys = sorted(box.keys(), key=_arrival, reverse=True)
    return [_line(key, _parse(box, key)) for key in keys[:PAGE]], len(keys)


def caught_message(key: str) -> CaughtMessage:
    """One e-mail; 404 where there is no such message."""
    box = _box()
    message = _parse(box, key)
    method, events = _calendar(message)
    return CaughtMessage(
        line=_line(key, message),
        headers=[(name, str(message[name])) for name in HEADERS if message[name]],
        text=_body(message, "plain"),
        html=_body(message, "html"),
        method=method,
        events=events,
        raw=box.get_bytes(key).decode("utf-8", "replace"),
    )


def _box() -> mailbox.Maildir:
    folder = Path(settings.MAILBOX_DIR) if settings.MAILBOX_DIR else None
    if folder is None:
        raise Http404("This deployment keeps no mailbox.")
    return mailbox.Maildir(folder, create=True)


def _arrival(key: str) -> tuple[int, str]:
    """Maildir names begin with the second of arrival and the number of the delivery."""
    second, _, rest = key.partition(".")
    number = rest.partition("Q")[2].partition(".")[0]
    return (int(second) if second.isdigit() else 0, number.rjust(12, "0"))


def _parse(box: mailbox.Maildir, key: str) -> EmailMessage:
    try:
        return BytesParser(EmailMessage, policy=default).parsebytes(box.get_bytes(key))
    except KeyError as exc:
        raise Http404("There is no such message.") from exc


def _line(key: str, message: EmailMessage) -> CaughtLine:
    sent = message["Date"]
    return CaughtLine(
        key=key,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        at=sent.datetime if sent else None,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def _calendar(message: EmailMessage) -> tuple[str, list[CaughtEvent]]:
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            calendar = Calendar.from_ical(str(part.get_content()))
            events = [_event(event) for event in calendar.walk("VEVENT")]
            return str(calendar.get("METHOD", "")), events
    return "", []


def _event(event: Component) -> CaughtEvent:
    return CaughtEvent(
        uid=str(event.get("UID", "")),
        sequence=int(event.get("SEQUENCE", 0)),
        status=str(event.get("STATUS", "")),
        summary=str(event.get("SUMMARY", "")),
        location=str(event.get("LOCATION", "")),
        when=_span(event.decoded("DTSTART"), event.decoded("DTEND", None)),
    )


def _span(starts: date, ends: date | None) -> str:
    """The wall-clock times of an event as the file has them, with the zone's name."""
    words = plain_day(starts)
    if isinstance(starts, datetime):
        until = f" to {ends:%H:%M}" if ends else ""
        words += f", {starts:%H:%M}{until} {getattr(starts.tzinfo, 'key', '')}"
    return words.strip()
