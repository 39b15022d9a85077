"""The e-mail that offers a time: when, until when one can answer, and how (DOMAIN 6.2).

It is made of times, the clinic's neutral name, address and phone, and of nothing else of a visit.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.models import Patient
from reminders import wording
from reminders.letters import LANGUAGES
from scheduling.waitlist.links import link_to
from scheduling.waitlist.models import SlotOffer
from scheduling.waitlist.times import OfferedTime, times_of


@dataclass(frozen=True, slots=True)
class OfferLetter:
    """What the patient gets to read."""

    language: str
    subject: str
    text: str
    html: str

    @property
    def sha256(self) -> str:
        """What was said, for the record."""
        return sha256("\0".join((self.subject, self.text, self.html)).encode()).hexdigest()


def language_of(offer: SlotOffer) -> str:
    """The patient's language, where letters are written in it."""
    language = offer.entry.course.patient.language
    return language if language in LANGUAGES else LANGUAGES[0]


def is_written_to(patient: Patient) -> bool:
    """Whether the patient has an address and has not asked for no e-mails."""
    return bool(patient.email and patient.email_reminders)


def write_offer(offer: SlotOffer) -> OfferLetter:
    """The letter about the offer, in the patient's language."""
    language = language_of(offer)
    with translation.override(language):
        local = offer.starts_at.astimezone(offer.entry.site.zone)
        subject = _("An appointment on %(day)s, %(time)s has become free") % {
            "day": wording.short_day_words(local),
            "time": f"{local:%H:%M}",
        }
        context = {
            **words_of(offer),
            "given_name": offer.entry.course.patient.given_name,
            "language": language,
            "link": link_to(offer),
            "subject": subject,
        }
        return OfferLetter(
            language,
            subject,
            render_to_string("waitlist/mail/offer.txt", context).strip() + "\n",
            render_to_string("waitlist/mail/offer.html", context),
        )


def words_of(offer: SlotOffer) -> dict[str, Any]:
    """The offer in the words of the language that is active: for the letter and its page."""
    site = offer.entry.site
    lapses = offer.expires_at.astimezone(site.zone)
    lines = [_line(one, offer) for one in times_of(offer)]
    patient_zone = offer.entry.course.patient.timezone
    return {
        "lines": lines,
        "count": len(lines),
        "has_old": any(line["old_day"] for line in lines),
        "until_day": wording.day_words(lapses),
        "until_clock": wording.clock_words(lapses),
        "until_zone": wording.zone_words(lapses, site.zone),
        "sender": offer.organization.sender_name,
        "address": site.address,
        "phone": site.phone,
        "clock_differs": bool(patient_zone) and patient_zone != site.timezone,
    }


def _line(one: OfferedTime, offer: SlotOffer) -> dict[str, str]:
    zone = offer.entry.site.zone
    local = one.starts_at.astimezone(zone)
    old = one.instead_of.astimezone(zone) if one.instead_of else None
    return {
        "day": wording.day_words(local),
        "clock": wording.clock_words(local),
        "zone": wording.zone_words(local, zone),
        "length": wording.length_words(one.ends_at - one.starts_at),
        "old_day": wording.day_words(old) if old else "",
        "old_clock": wording.clock_words(old) if old else "",
    }


def as_email(letter: OfferLetter, offer: SlotOffer, *, now: datetime) -> EmailMultiAlternatives:
    """The letter in its envelope; programs that answer by themselves are asked not to."""
    email = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((offer.organization.sender_name, settings.DEFAULT_FROM_EMAIL)),
        to=[offer.entry.course.patient.email],
        headers={
            "Message-ID": offer.message_id,
            "Date": format_datetime(now),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": letter.language,
        },
    )
    email.attach_alternative(letter.html, "text/html")
    return email
