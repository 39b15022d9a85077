"""The row that says that a time became free; a worker looks for whom it suits."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from scheduling.waitlist.models import FreedTime
from sessions.models import Session


def note_freed(visit: Session, *, starts_at: datetime, now: datetime) -> None:
    """Inside a transaction that let go of the visit's place at `starts_at`: have it offered.

    Nothing is noted of a time that is over; whether there is notice enough, the worker knows.
    """
    if starts_at <= now:
        return
    length: timedelta = visit.ends_at - visit.starts_at
    row = FreedTime.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        site_id=visit.site_id,
        starts_at=starts_at,
        ends_at=starts_at + length,
        freed_at=now,
    )
    queue_look(row.organization_id, row.pk)


def queue_look(organization_id: UUID, freed_id: UUID) -> None:
    """Hand the time to a worker as soon as the transaction is over; beat finds it otherwise."""
    from scheduling.waitlist.tasks import look_at_freed

    ids = str(organization_id), str(freed_id)
    # A lambda, because Django asks a robust callback that fails for its name.
    transaction.on_commit(lambda: look_at_freed.delay(*ids), robust=True)


def lock_times(freed_ids: Collection[UUID]) -> None:
    """Inside a transaction, before any offer or entry is locked: queue for these times.

    Whoever changes offers takes their times first, in one order, then the offers, the entry last.
    """
    rows = FreedTime.objects.filter(pk__in=freed_ids).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))
