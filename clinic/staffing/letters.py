"""The letter that asks somebody in; it names neither the organisation's field nor any role."""

import smtplib
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from clinic.models import Invitation
from clinic.staffing.inviting import key_of
from clinic.tenancy import tenant


class LetterNotTaken(Exception):
    """The mail server did not take a letter; what is said of it holds no address."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An invitation as it is sent, and which one it is."""

    number: int
    email: EmailMultiAlternatives


def send_letter(*, organization_id: UUID, invitation_id: UUID, now: datetime) -> None:
    """Send the invitation's letter unless that is done; LetterNotTaken.

    Sent with no transaction open: should a worker die before it notes that, a second one goes.
    """
    with tenant(organization_id):
        letter = _letter(invitation_id)
    if letter is None:
        return
    _hand_over(letter.email)
    with tenant(organization_id):
        sent = Invitation.objects.filter(pk=invitation_id, number=letter.number)
        sent.update(sent_at=now)


def _hand_over(email: EmailMultiAlternatives) -> None:
    try:
        email.send()
    except (smtplib.SMTPException, OSError, ValueError) as exc:
        # Their words name the address, and would be logged.
        raise LetterNotTaken(type(exc).__name__) from None


def _letter(invitation_id: UUID) -> Letter | None:
    rows = Invitation.objects.open().select_related("membership", "organization")
    invitation = rows.filter(pk=invitation_id, sent_at=None).first()
    return Letter(invitation.number, _write(invitation)) if invitation else None


def _write(invitation: Invitation) -> EmailMultiAlternatives:
    sender = invitation.organization.sender_name
    subject = f"Your invitation from {sender}"
    context = {
        "name": invitation.membership.name,
        "sender": sender,
        "subject": subject,
        "link": f"{settings.BASE_URL}{reverse('staffing:join', args=[key_of(invitation)])}",
        "expires_at": invitation.expires_at,
    }
    email = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("staffing/mail/invitation.txt", context).strip() + "\n",
        from_email=formataddr((sender, settings.DEFAULT_FROM_EMAIL)),
        to=[invitation.email],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    email.attach_alternative(
        render_to_string("staffing/mail/invitation.html", context), "text/html"
    )
    return email
