"""The letter that asks somebody in; it names neither the organisation's field nor any role."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from clinic.mail import hand_over, letter_from
from clinic.models import Invitation
from clinic.staffing.inviting import key_of
from clinic.tenancy import tenant


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
    hand_over(letter.email)
    with tenant(organization_id):
        sent = Invitation.objects.filter(pk=invitation_id, number=letter.number)
        sent.update(sent_at=now)


def _letter(invitation_id: UUID) -> Letter | None:
    rows = Invitation.objects.open().select_related("membership", "organization")
    invitation = rows.filter(pk=invitation_id, sent_at=None).first()
    return Letter(invitation.number, _write(invitation)) if invitation else None


def _write(invitation: Invitation) -> EmailMultiAlternatives:
    context = {
        "name": invitation.membership.name,
        "link": f"{settings.BASE_URL}{reverse('staffing:join', args=[key_of(invitation)])}",
        "expires_at": invitation.expires_at,
    }
    return letter_from(
        invitation.organization,
        to=invitation.email,
        subject=f"Your invitation from {invitation.organization.sender_name}",
        text="staffing/mail/invitation.txt",
        page="staffing/mail/invitation.html",
        context=context,
    )
