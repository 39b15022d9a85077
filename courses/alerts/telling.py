"""Giving an alert to people: the steps that raising and escalating share, in a transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from clinic.models import Membership
from courses.alerts.rules import Told
from courses.models import AlertEvent, AlertNotice, SafetyAlert


def note(
    alert: SafetyAlert, kind: str, *, now: datetime, by: Membership | None = None, **more: Any
) -> None:
    """Inside a transaction: add a step to the alert's history."""
    AlertEvent.objects.create(
        organization_id=alert.organization_id,
        alert=alert,
        kind=kind,
        at=now,
        by=by,
        level=alert.level,
        **more,
    )


def tell(alert: SafetyAlert, told: Sequence[Told], *, now: datetime) -> None:
    """Inside a transaction: write a notice to each, to be sent once this is committed."""
    last = AlertNotice.objects.filter(alert=alert).aggregate(last=Max("round"))["last"]
    own: dict[str, Any] = {"organization_id": alert.organization_id, "alert": alert}
    AlertNotice.objects.bulk_create(
        AlertNotice(to_id=one.member_id, round=(last or 0) + 1, written_at=now, **own)
        for one in told
    )
    AlertEvent.objects.bulk_create(
        AlertEvent(
            kind=AlertEvent.Kind.ROUTED,
            at=now,
            to_id=one.member_id,
            route=one.route,
            level=alert.level,
            **own,
        )
        for one in told
    )
    send_soon(alert.organization_id)


def send_soon(organization_id: UUID) -> None:
    """Let a worker send the notices once they are committed; should the broker be away, or the
    worker die, beat's sweep sends them."""
    from courses.tasks import tell_of_alert  # tasks call this floor's services

    said = str(organization_id)
    transaction.on_commit(lambda: tell_of_alert.delay(said), robust=True)
