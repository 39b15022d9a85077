"""Who serves a patient today: what floors below ask through `settings.ALERT_SERVING`."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Q

from clinic.models import Patient, Site
from scheduling.models import StaffClaim
from sessions.models import Session

UNDER_WAY = (Session.Status.ARRIVED, Session.Status.IN_PROGRESS, Session.Status.OBSERVING)


def serving_today(*, patient: Patient, site: Site, now: datetime) -> list[tuple[UUID, bool]]:
    """Who serves the patient at the site today by the book, and whether in a visit under way.

    Whoever is with the patient now comes first, then whoever is nearest in time. One query.
    """
    there = now.astimezone(site.zone)
    first = datetime.combine(there.date(), time.min, site.zone)
    own = Q(reservation__patient=patient, reservation__session__status__in=Session.LIVE)
    together = Q(reservation__session=None, reservation__group__reservations__patient=patient)
    claims = StaffClaim.objects.filter(
        own | together,
        starts_at__gte=first,
        starts_at__lt=first + timedelta(days=1, hours=1),
        reservation__site=site,
    ).select_related("reservation__session")
    today = [one for one in claims if one.starts_at.astimezone(site.zone).date() == there.date()]
    return _each_once(sorted(today, key=lambda claim: _distance(claim, now)), now)


def _each_once(claims: Iterable[StaffClaim], now: datetime) -> list[tuple[UUID, bool]]:
    found: dict[UUID, bool] = {}
    for claim in claims:
        found.setdefault(claim.membership_id, _is_under_way(claim, now))
    return list(found.items())


def _is_under_way(claim: StaffClaim, now: datetime) -> bool:
    """By the state of the visit; a group is under way during its time."""
    visit = claim.reservation.session
    if visit is None:
        return bool(claim.during.lower <= now < claim.during.upper)
    return visit.status in UNDER_WAY


def _distance(claim: StaffClaim, now: datetime) -> tuple[bool, timedelta, UUID]:
    begins, ends = claim.during.lower, claim.during.upper
    away = max(begins - now, now - ends, timedelta(0))
    return (not _is_under_way(claim, now), away, claim.pk)
