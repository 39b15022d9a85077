"""E-mails to staff in their organisation's name, and how any e-mail reaches the mail server."""

import smtplib
from collections.abc import Mapping
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string

from clinic.models import Organization


class LetterNotTaken(Exception):
    """The mail server did not take a letter; what is said of it holds no address."""


def letter_from(
    organization: Organization,
    *,
    to: str,
    subject: str,
    text: str,
    page: str = "",
    context: Mapping[str, Any],
) -> EmailMultiAlternatives:
    """A letter as these templates say it; they know the `sender` and the `subject` too."""
    said = {"sender": organization.sender_name, "subject": subject, **context}
    letter = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(text, said).strip() + "\n",
        from_email=formataddr((organization.sender_name, settings.DEFAULT_FROM_EMAIL)),
        to=[to] if to else [],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    if page:
        letter.attach_alternative(render_to_string(page, said), "text/html")
    return letter


def hand_over(letter: EmailMessage) -> None:
    """Give it to the mail server; LetterNotTaken, which says what kind of failure it was."""
    try:
        letter.send()
    except (smtplib.SMTPException, OSError, ValueError) as exc:
        # Their words name the address, and would be logged.
        raise LetterNotTaken(type(exc).__name__) from None
