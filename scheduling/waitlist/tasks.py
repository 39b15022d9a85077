"""Celery tasks: ids in, one service call."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from scheduling.waitlist.matching import look_at, sweep
from scheduling.waitlist.post import deliver_offer


@shared_task(name="scheduling.tasks.look_at_freed")
def look_at_freed(organization_id: str, freed_id: str) -> None:
    """Offer a freed time to the next whom it suits."""
    look_at(organization_id=UUID(organization_id), freed_id=UUID(freed_id), now=timezone.now())


@shared_task(name="scheduling.tasks.send_offer")
def send_offer(organization_id: str, offer_id: str) -> None:
    """Send an offer's e-mail."""
    deliver_offer(
        organization_id=UUID(organization_id), offer_id=UUID(offer_id), now=timezone.now()
    )


@shared_task(name="scheduling.tasks.sweep_waitlist")
def sweep_waitlist() -> None:
    """Let offers lapse, and queue what no worker holds."""
    sweep(now=timezone.now())
