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
    """The mail server did not take a letter; what is said of it holds no address.

    `others_may_go`: it was about this letter, so the next one may well be taken.
    """

    def __init__(self, kind: str, *, others_may_go: bool = False) -> None:
        super().__init__(kind)
        self.others_may_go = others_may_go


# Refusals of one letter: its addresses, its words, or what it needs of the server.
_OF_ONE_LETTER = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
    ValueError,
)


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
        alone = isinstance(exc, _OF_ONE_LETTER)
        raise LetterNotTaken(type(exc).__name__, others_may_go=alone) from None
