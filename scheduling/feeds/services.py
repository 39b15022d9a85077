"""Making, rotating and revoking a feed, and finding it by its address."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from clinic.models import Membership
from clinic.rights import Right, may
from clinic.tenancy import enter_tenant
from scheduling.feeds.models import CalendarFeed

# The last reading is known to the hour, so that it costs one write an hour.
READING_IS_NOTED = timedelta(hours=1)


def digest_of(key: str) -> str:
    """What is kept of an address's secret part."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def make_feed(*, member: Membership, now: datetime) -> str:
    """The secret part of a new address of the member's feed; any older one ends at once."""
    key = secrets.token_urlsafe(32)
    said = {"digest": digest_of(key), "made_at": now, "read_at": None}
    CalendarFeed.objects.update_or_create(
        membership=member, defaults={"organization_id": member.organization_id, **said}
    )
    return key


@transaction.atomic
def revoke_feed(*, member: Membership) -> None:
    """End the member's feed, where there is one."""
    CalendarFeed.objects.filter(membership=member).delete()


def owner_of(key: str) -> Membership | None:
    """Whose feed the address is, having entered their organisation; None once access has ended.

    Inside a transaction. It goes by the hash alone, without a session.
    """
    digest = digest_of(key)
    organization_id = _tenant_of(digest)
    if organization_id is None:
        return None
    enter_tenant(organization_id)
    works = Q(is_active=True, user__is_active=True, calendar_feed__digest=digest)
    people = Membership.objects.with_duties().select_related("organization", "calendar_feed")
    member = people.filter(works).first()
    return member if member and may(member, Right.VIEW_SCHEDULE) else None


def _tenant_of(digest: str) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduling_feed_tenant(%s)", [digest])
        row = cursor.fetchone()
    return row[0] if row else None


def note_reading(*, member: Membership, now: datetime) -> None:
    """Remember when the feed was read, once an hour at most."""
    stale = Q(read_at=None) | Q(read_at__lte=now - READING_IS_NOTED)
    CalendarFeed.objects.filter(stale, membership=member).update(read_at=now)
