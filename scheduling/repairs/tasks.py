"""Celery tasks of repairs: an id in, one service call."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from scheduling.repairs.working import resume_waiting_repairs, work_on_repair


@shared_task
def mend(organization_id: str, repair_id: str) -> None:
    """Find ways to mend what the repair asks for."""
    work_on_repair(
        organization_id=UUID(organization_id),
        repair_id=UUID(repair_id),
        now=timezone.now(),
        clock=timezone.now,
    )


@shared_task
def resume_repairs() -> None:
    """Queue repairs again that no worker holds."""
    resume_waiting_repairs(now=timezone.now())
