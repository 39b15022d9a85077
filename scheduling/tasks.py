"""Celery tasks: an id in, one service call."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from scheduling.capacity.tasks import count_week as count_week
from scheduling.capacity.tasks import resume_forecasts as resume_forecasts
from scheduling.repairs.tasks import mend as mend
from scheduling.repairs.tasks import resume_repairs as resume_repairs
from scheduling.services.candidacy import expire_screenings
from scheduling.services.lapsing import watch_lapses as look_for_lapses
from scheduling.services.proposing import resume_waiting_proposals, work_on_proposal
from scheduling.waitlist import tasks as waitlist  # noqa: F401 # tasks are found by way of here


@shared_task
def plan(organization_id: str, proposal_id: str) -> None:
    """Find the schedule that the proposal asks for."""
    work_on_proposal(
        organization_id=UUID(organization_id),
        proposal_id=UUID(proposal_id),
        now=timezone.now(),
        clock=timezone.now,
    )


@shared_task
def resume_proposals() -> None:
    """Queue proposals again that no worker holds."""
    resume_waiting_proposals(now=timezone.now())


@shared_task
def end_screenings() -> None:
    """End screenings that no longer hold, and call off or hold back what was booked on them."""
    expire_screenings(now=timezone.now())


@shared_task
def watch_lapses() -> None:
    """Hold or interrupt courses that have been too long without a dose."""
    look_for_lapses(now=timezone.now())
