"""Celery tasks of this floor."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from clinic.api.idempotency import forget_keys
from clinic.api.tokens import forget_tokens
from clinic.glass_notices import send_notices, send_waiting
from clinic.mail import LetterNotTaken
from clinic.staffing.letters import send_letter
from clinic.tenancy import organization_ids, tenant


@shared_task
def forget_old_keys() -> None:
    """Delete idempotency keys and API tokens that are past their time."""
    now = timezone.now()
    for organization_id in organization_ids():
        with tenant(organization_id):
            forget_keys(now=now)
            forget_tokens(now=now)


@shared_task(
    autoretry_for=(LetterNotTaken,), retry_backoff=30, retry_backoff_max=3600, max_retries=8
)
def send_invitation(organization_id: str, invitation_id: str) -> None:
    """Send the letter of an invitation; again and again, ever more slowly, for some hours."""
    send_letter(
        organization_id=UUID(organization_id),
        invitation_id=UUID(invitation_id),
        now=timezone.now(),
    )


@shared_task
def tell_of_opening(organization_id: str) -> None:
    """Tell an organisation's managers of restricted charts that were opened."""
    send_notices(organization_id=UUID(organization_id), now=timezone.now())


@shared_task
def tell_of_openings() -> None:
    """Tell of what was not told yet, because a worker died or the mail server did not answer."""
    send_waiting(now=timezone.now())
