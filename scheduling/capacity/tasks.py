"""Celery tasks of forecasts: ids in, one service call."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from scheduling.capacity.services import count_next_week, resume_waiting_forecasts


@shared_task
def count_week(organization_id: str, forecast_id: str) -> None:
    """Count the forecast's next week; that queues the one after it."""
    count_next_week(
        organization_id=UUID(organization_id),
        forecast_id=UUID(forecast_id),
        now=timezone.now(),
        clock=timezone.now,
    )


@shared_task
def resume_forecasts() -> None:
    """Queue forecasts again that no worker holds."""
    resume_waiting_forecasts(now=timezone.now())
