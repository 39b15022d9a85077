"""The calendar file that goes with a letter: one event per visit, the same through every move.

It is an attachment and not an alternative of the text. Outlook takes METHOD:PUBLISH for no
invitation, reads only the first event of an alternative and hides the letter behind it; an
attached file opens with all its events in Outlook, Apple Calendar and Google Calendar alike.
METHOD:REQUEST would show buttons whose answers nobody reads.
"""

from collections.abc import Sequence
from datetime import datetime
from email.mime.text import MIMEText

from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from reminders.appointments import Appointment
from reminders.models import calendar_uid
from reminders.zones import zone_component

PUBLISH, CANCEL = "PUBLISH", "CANCEL"


def calendar_text(
    appointments: Sequence[Appointment],
    *,
    method: str,
    organizer: str,
    attendee: str,
    stamp: datetime,
) -> str:
    """The iCalendar file of these appointments, as RFC 5545 and 5546 want it."""
    calendar = Calendar()
    calendar.add("prodid", "-//Courseline//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    first = min(appointment.starts_at for appointment in appointments)
    for zone in {a.zone.key: a.zone for a in appointments}.values():
        calendar.add_component(zone_component(zone, first.year))
    for appointment in appointments:
        event = _event(appointment, stamp)
        event.add("organizer", _mailbox(organizer, appointment.place.sender))
        if method == CANCEL:
            # RFC 5546: a cancellation names whom it concerns, a published event nobody.
            event.add("attendee", _mailbox(attendee))
        calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def _event(appointment: Appointment, stamp: datetime) -> Event:
    place = appointment.place
    event = Event()
    event.add("uid", calendar_uid(appointment.id))
    event.add("sequence", appointment.version)
    event.add("dtstamp", stamp)
    event.add("dtstart", appointment.starts_at.astimezone(appointment.zone))
    event.add("dtend", appointment.ends_at.astimezone(appointment.zone))
    event.add("summary", _("Appointment: %(clinic)s") % {"clinic": place.sender})
    event.add("location", f"{place.sender}, {place.address}")
    event.add("contact", place.phone)
    event.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    # Colleagues with whom a patient shares a calendar see that time is taken, no more.
    event.add("class", "PRIVATE")
    return event


def _mailbox(email: str, name: str = "") -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    if name:
        address.params["CN"] = vText(name)
    return address


def calendar_part(text: str, method: str) -> MIMEText:
    """The file as a part of an e-mail."""
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="appointments.ics")
    return part
