"""The worker's side: whom a freed time goes to and in which order; when offers lapse.

One look at a freed time is claimed by a conditional update with a lease, reads and plans in one
transaction that locks nothing, however long that takes, and writes its offers in another, short
one, under a lock on the freed time. Locks: a course, freed times, their offers, the entry last.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from clinic.tenancy import organization_ids, tenant
from courses.models import Course
from courses.thresholds.catalogue import Thresholds
from courses.thresholds.selectors import thresholds_at
from scheduling.waitlist.fits import Fit, fit_of
from scheduling.waitlist.freeing import lock_times, queue_look, rooms_free, times_like
from scheduling.waitlist.letters import is_written_to
from scheduling.waitlist.models import FreedTime, SlotOffer, WaitlistEntry
from scheduling.waitlist.post import due_offers, queue_letter

log = structlog.get_logger("courseline.waitlist")

Status = FreedTime.Status
# Longer than any task lives.
LEASE = timedelta(minutes=6)
MOST_ATTEMPTS = 3
# An offer that lapses sooner than this is none.
LEAST_LIFE = timedelta(minutes=30)
# How many of a site's entries one look plans for, and how many candidates are kept for the page.
MOST_ENTRIES, MOST_SHOWN = 200, 20
# So many are looked at again for somebody who is new on the list, or has said no to another.
MOST_QUEUED, MOST_TIMES = 100, 10
OVER = (Course.Status.COMPLETED, Course.Status.STOPPED)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the organisation's settings say of offers."""

    notice: timedelta
    life: timedelta
    at_once: int

    def lapses_at(self, freed: FreedTime, now: datetime) -> datetime:
        """When an offer that is made now lapses: never with less notice than is asked for."""
        return min(now + self.life, freed.starts_at - self.notice)

    def is_too_near(self, freed: FreedTime, now: datetime) -> bool:
        """Whether there is no time left to ask anybody."""
        return self.lapses_at(freed, now) < now + LEAST_LIFE


def terms_of(thresholds: Thresholds) -> Terms:
    """The settings as lengths of time."""
    return Terms(
        notice=timedelta(hours=thresholds.waitlist_notice_hours),
        life=timedelta(hours=thresholds.waitlist_offer_hours),
        at_once=thresholds.waitlist_at_once,
    )


def look_at(*, organization_id: UUID, freed_id: UUID, now: datetime) -> None:
    """Offer the freed time to the next whom it suits, unless another worker is at it.

    An error leaves the claim to lapse, so that it is tried again; three times in all.
    """
    with tenant(organization_id):
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        mine = FreedTime.objects.open().filter(free, pk=freed_id, attempts__lt=MOST_ATTEMPTS)
        if not mine.update(claimed_until=now + LEASE, attempts=F("attempts") + 1):
            return
        _end_entries(freed_id, now)
    try:
        with tenant(organization_id):
            rows = FreedTime.objects.select_related(
                "organization", "site", "visit__course__protocol_version"
            )
            freed = rows.get(pk=freed_id)
            terms = terms_of(thresholds_at(freed.organization, now))
            fits = _fits(freed, terms, now)
        with tenant(organization_id):
            _offer(freed, fits, terms, now)
    except Exception:
        log.exception("looking for who waits failed", freed=str(freed_id))


def _end_entries(freed_id: UUID, now: datetime) -> None:
    """An entry of a course that is over says nothing any more; of rivals here the first ends it."""
    here = FreedTime.objects.filter(pk=freed_id).values("site_id")
    over = Course.objects.filter(pk=OuterRef("course_id"), status__in=OVER)
    waiting = WaitlistEntry.objects.waiting().filter(Exists(over), site_id__in=here)
    locked = waiting.select_for_update(no_key=True, skip_locked=True, of=("self",))
    ids = list(locked.values_list("pk", flat=True))
    ended = WaitlistEntry.objects.waiting().filter(pk__in=ids)
    ended.update(ended_at=now, end=WaitlistEntry.End.COURSE_OVER)


def _fits(freed: FreedTime, terms: Terms, now: datetime) -> list[Fit]:
    """Whom the time suits of those who were not asked about it, in order."""
    if terms.is_too_near(freed, now) or _places_left(freed, terms) < 1:
        return []
    soonest = now + terms.notice
    found = (fit_of(entry, freed, now=now, soonest=soonest) for entry in _entries(freed, now))
    return sorted((fit for fit in found if fit), key=lambda fit: fit.rank)


def _places_left(freed: FreedTime, terms: Terms) -> int:
    """To how many more it may be offered: a chair that was freed twice is still one chair."""
    offers = SlotOffer.objects.open()
    own = terms.at_once - offers.filter(freed=freed).count()
    same = times_like(freed)
    if len(same) == 1:
        return own
    chairs = max(1, min(len(same), rooms_free(freed)))
    return min(own, chairs * terms.at_once - offers.filter(freed__in=same).count())


def _entries(freed: FreedTime, now: datetime) -> Sequence[WaitlistEntry]:
    """Those who wait at the site, were not asked about this time and have no other offer."""
    waiting = WaitlistEntry.objects.waiting().filter(site_id=freed.site_id)
    asked = SlotOffer.objects.filter(entry=OuterRef("pk")).filter(
        Q(freed__in=times_like(freed)) | Q(status=SlotOffer.Status.OPEN)
    )
    rows = waiting.filter(~Exists(asked), since__lte=now)
    # Who let go of the time while waiting wants another.
    rows = rows.exclude(course=freed.visit.course_id, since__lte=freed.freed_at)
    related = rows.select_related(
        "site", "course__organization", "course__site", "course__patient",
        "course__protocol_version",
    )  # fmt: skip
    return list(related.order_by("priority", "since", "pk")[:MOST_ENTRIES])


def _offer(freed: FreedTime, fits: Sequence[Fit], terms: Terms, now: datetime) -> None:
    """Inside a transaction: offers to the first whom the time suits, and what became of it."""
    lock_times(times_like(freed))
    locked = FreedTime.objects.select_for_update(no_key=True).get(pk=freed.pk)
    if locked.status not in FreedTime.OPEN:
        return
    if locked.attempts == 0:
        # Somebody declined, left or came meanwhile: what was planned is out of date.
        reopen([freed.pk])
        FreedTime.objects.filter(pk=freed.pk).update(claimed_until=None)
        queue_look(freed.organization_id, freed.pk)
        return
    left = _places_left(freed, terms)
    for fit in fits:
        if left > 0 and _make_offer(freed, fit, terms, now):
            left -= 1
    is_offered = SlotOffer.objects.open().filter(freed=freed).exists()
    too_near = Status.OVER if terms.is_too_near(freed, now) else Status.NOBODY
    locked.status = Status.OFFERED if is_offered else too_near
    locked.candidates = [_candidate(fit) for fit in fits[:MOST_SHOWN]] or locked.candidates
    locked.looked_at, locked.claimed_until, locked.attempts = now, None, 0
    locked.save(update_fields=["status", "candidates", "looked_at", "claimed_until", "attempts"])


def _candidate(fit: Fit) -> dict[str, Any]:
    return {
        "entry": str(fit.entry.pk),
        "starts_at": fit.starts_at.isoformat(),
        "instead_of": fit.visit.starts_at.isoformat() if fit.visit else "",
        "how": str(fit.how),
        "benefit": fit.benefit,
        "terms": dict(fit.terms),
    }


def _make_offer(freed: FreedTime, fit: Fit, terms: Terms, now: datetime) -> bool:
    """Whether the offer was made; not where another freed time was offered at this moment."""
    patient = fit.entry.course.patient
    is_mailed = is_written_to(patient)
    try:
        with transaction.atomic():
            offer = SlotOffer.objects.create(
                organization_id=freed.organization_id,
                freed=freed,
                entry=fit.entry,
                how=fit.how,
                visit=fit.visit,
                starts_at=fit.starts_at,
                ends_at=fit.ends_at,
                instead_of=fit.visit.starts_at if fit.visit else None,
                benefit=fit.benefit,
                plan=fit.plan,
                made_at=now,
                expires_at=terms.lapses_at(freed, now),
                mail=SlotOffer.Mail.PENDING if is_mailed else SlotOffer.Mail.NONE,
                next_attempt_at=now,
            )
    except IntegrityError:
        return False
    if is_mailed:
        queue_letter(offer.organization_id, offer.pk)
    return True


def sweep(*, now: datetime) -> int:
    """Let offers lapse, and queue what no worker holds: times to look at, letters to send.

    The number of offers that lapsed.
    """
    return sum(_sweep(organization_id, now) for organization_id in organization_ids())


def _sweep(organization_id: UUID, now: datetime) -> int:
    lapsed = SlotOffer.objects.open().filter(organization_id=organization_id, expires_at__lte=now)
    with tenant(organization_id):
        due = list(lapsed.values_list("freed_id", "freed__site_id"))
        freed_ids = {freed_id for freed_id, _ in due}
        again = times_again({site_id for _, site_id in due}, now)
        lock_times({*freed_ids, *again})
        ended = lapsed.filter(freed_id__in=freed_ids)
        number = ended.update(status=SlotOffer.Status.EXPIRED, answered_at=now)
        reopen(freed_ids)
        look_again(organization_id, again)
    with tenant(organization_id):
        _end_looks(organization_id, now)
        for offer_id in due_offers(organization_id, now):
            queue_letter(organization_id, offer_id)
    return number


def _end_looks(organization_id: UUID, now: datetime) -> None:
    """Queue the looks that no worker holds; end those that failed, and times that are over."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    own = FreedTime.objects.open().filter(organization_id=organization_id)
    over, new = own.filter(starts_at__lte=now), own.filter(free, status=Status.NEW)
    failed = new.filter(attempts__gte=MOST_ATTEMPTS)
    lock_times({*over.values_list("pk", flat=True), *failed.values_list("pk", flat=True)})
    over.update(status=Status.OVER)
    failed.update(status=Status.NOBODY, attempts=0)
    for freed_id in new.order_by("starts_at", "pk").values_list("pk", flat=True)[:MOST_QUEUED]:
        queue_look(organization_id, freed_id)


def times_again(site_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """The free times of each site that are looked at for who can be asked anew, the next first."""
    found: list[UUID] = []
    for site_id in sorted(site_ids):
        times = FreedTime.objects.open().filter(site_id=site_id, starts_at__gt=now)
        found += times.order_by("starts_at", "pk").values_list("pk", flat=True)[:MOST_TIMES]
    return found


def look_again(organization_id: UUID, freed_ids: Collection[UUID]) -> None:
    """Inside a transaction that has locked the times: have them looked at, also where a worker
    looks already, who does not know of this yet."""
    times = FreedTime.objects.open().filter(pk__in=freed_ids)
    times.filter(status=Status.NOBODY).update(status=Status.NEW)
    times.update(attempts=0)
    for freed_id in freed_ids:
        queue_look(organization_id, freed_id)


def reopen(freed_ids: Collection[UUID]) -> None:
    """Inside a transaction that has locked these times: let a worker look at them again."""
    rows = FreedTime.objects.open().filter(pk__in=freed_ids)
    rows.update(status=Status.NEW, attempts=0)
