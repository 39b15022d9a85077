"""Celery tasks of this floor: an id in, one service call."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from courses.alerts.notices import send_notices, send_waiting
from courses.alerts.services import escalate_due


@shared_task
def tell_of_alert(organization_id: str) -> None:
    """Send the notices of an organisation's safety alerts."""
    send_notices(organization_id=UUID(organization_id), now=timezone.now())


@shared_task
def tell_of_alerts() -> None:
    """Send notices that were not sent yet, because a worker died or the mail server was away."""
    send_waiting(now=timezone.now())


@shared_task
def escalate_alerts() -> None:
    """Pass on safety alerts that nobody took on in time, and send the notices of that."""
    if escalate_due(now=timezone.now()):
        send_waiting(now=timezone.now())
