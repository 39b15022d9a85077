"""Celery tasks of this floor."""

from celery import shared_task
from django.utils import timezone

from clinic.api.idempotency import forget_keys
from clinic.api.tokens import forget_tokens


@shared_task
def forget_old_keys() -> None:
    """Delete idempotency keys and API tokens that are past their time."""
    now = timezone.now()
    forget_keys(now=now)
    forget_tokens(now=now)
