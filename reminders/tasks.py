"""Celery tasks: an id in, one service call."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from reminders import services
from reminders.services.delivery import BATCH, TASK_SECONDS

# What waits longer in the queue than this is queued again by beat anyway.
STALE_SECONDS = 60


@shared_task(name="reminders.tasks.deliver", time_limit=TASK_SECONDS)
def deliver(organization_id: str, message_id: str) -> None:
    """Send one message."""
    services.deliver(
        organization_id=UUID(organization_id), message_id=UUID(message_id), now=timezone.now()
    )


@shared_task(name="reminders.tasks.send_due", time_limit=TASK_SECONDS, expires=STALE_SECONDS)
def send_due() -> None:
    """Send what is due; while there is more than one batch of it, call others to help."""
    if services.deliver_due(clock=timezone.now) == BATCH:
        send_due.delay()
        send_due.delay()
