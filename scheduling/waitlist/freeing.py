"""The row that says that a time became free; a worker looks for whom it suits."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from clinic.models import Room
from courses.selectors import definition_of
from scheduling.models import Reservation, overlapping
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


def alone(*visits: UUID) -> set[UUID]:
    """Those of the visits that have a room to themselves: who leaves a group frees no room."""
    rows = Reservation.objects.filter(session__in=visits, group=None)
    return {pk for pk in rows.values_list("session_id", flat=True) if pk}


def times_like(freed: FreedTime) -> list[UUID]:
    """The open times of the site that begin with this one and want the same kind of room; itself
    among them."""
    rows = FreedTime.objects.open().filter(site_id=freed.site_id, starts_at=freed.starts_at)
    related = rows.select_related("visit__course__protocol_version")
    kind = _room_kind(freed)
    found = {one.pk for one in related if _room_kind(one) == kind}
    return sorted(found | {freed.pk})


def _room_kind(freed: FreedTime) -> str:
    visit = freed.visit
    return definition_of(visit.course.protocol_version).visit_type(visit.visit_type).room_kind


def rooms_free(freed: FreedTime) -> int:
    """How many rooms of its kind nobody has in that time."""
    rooms = Room.objects.filter(site=freed.site_id, is_active=True)
    during = overlapping("room_during", "room_during__startswith", freed.starts_at, freed.ends_at)
    taken = Reservation.objects.filter(during, site=freed.site_id).values("room_id")
    return rooms.filter(kinds__contains=[_room_kind(freed)]).exclude(pk__in=taken).count()


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
