"""Celery tasks of this floor: an id in, one service call."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from courses.alerts.notices import send_notices, send_waiting
from courses.alerts.services import escalate_due
from courses.assessments.services import sweep
from courses.response.watching import watch_responses as watch_all


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


@shared_task
def sweep_assessments() -> None:
    """See which scores are overdue or can no longer be taken, and which are asked for again."""
    sweep(now=timezone.now())


@shared_task
def watch_responses() -> None:
    """Let booster windows open and lapse, and ask about boosters once their gap has passed."""
    watch_all(now=timezone.now())
