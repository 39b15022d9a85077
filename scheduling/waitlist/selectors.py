"""Reads: a site's waitlist, its freed times with whom they suit, and a course's place on the list.

Each takes the same number of queries however long the lists are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from clinic.charts import RESTRICTED_NAME, is_shut
from clinic.models import Site
from courses.models import Course
from courses.selectors import definition_of
from scheduling.waitlist.legal import UNDER_WAY
from scheduling.waitlist.models import FreedTime, SlotOffer, WaitlistEntry
from scheduling.waitlist.wording import gains_in_words, points_in_words
from sessions.models import Session

MOST_LINES, MOST_TIMES = 200, 50


@dataclass(frozen=True, slots=True)
class WaitLine:
    """One course on the list."""

    entry: WaitlistEntry
    name: str
    is_shut: bool
    protocol: str
    next_label: str
    next_at: datetime | None
    offer: SlotOffer | None


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """Somebody whom a freed time was offered to, or would be next."""

    entry_id: UUID
    course_id: UUID
    name: str
    is_shut: bool
    starts_at: datetime
    instead_of: datetime | None
    gain: str
    points: str
    offer: SlotOffer | None


@dataclass(frozen=True, slots=True)
class FreedLine:
    """A time that became free, whom it was offered to, and who would come next."""

    freed: FreedTime
    offers: list[CandidateLine]
    others: list[CandidateLine]

    @property
    def is_idle(self) -> bool:
        """Whether it suits nobody, and nobody was asked."""
        return self.freed.status == FreedTime.Status.NOBODY and not (self.offers or self.others)


def waitlist_of(site: Site, *, open_ids: Collection[UUID], now: datetime) -> list[WaitLine]:
    """Who waits at the site, in the order in which they come among equals; four queries."""
    entries = list(_entries(WaitlistEntry.objects.waiting().filter(site=site))[:MOST_LINES])
    return _lines(entries, open_ids, now)


def wait_of(course: Course, *, now: datetime) -> WaitLine | None:
    """The course's place on the list; None where it does not wait."""
    entries = list(_entries(WaitlistEntry.objects.waiting().filter(course=course)))
    lines = _lines(entries, [course.patient_id], now)
    return lines[0] if lines else None


def _entries(rows: QuerySet[WaitlistEntry]) -> QuerySet[WaitlistEntry]:
    related = rows.select_related(
        "site", "entered_by", "course__patient", "course__protocol_version__protocol"
    )
    return related.order_by("priority", "since", "pk")


def _lines(
    entries: Sequence[WaitlistEntry], open_ids: Collection[UUID], now: datetime
) -> list[WaitLine]:
    visits, offers = _next_visits(entries, now), _last_offers(entries)
    return [
        _line(entry, visits.get(entry.course_id), offers.get(entry.pk), open_ids)
        for entry in entries
    ]


def _line(
    entry: WaitlistEntry,
    visit: Session | None,
    offer: SlotOffer | None,
    open_ids: Collection[UUID],
) -> WaitLine:
    course, shut = entry.course, is_shut(entry.course.patient, open_ids)
    definition = definition_of(course.protocol_version)
    return WaitLine(
        entry=entry,
        name=RESTRICTED_NAME if shut else course.patient.sort_name,
        is_shut=shut,
        protocol="" if shut else course.protocol_version.protocol.name,
        next_label=f"{definition.label_of(visit.visit_type)} {visit.seq}" if visit else "",
        next_at=visit.starts_at if visit else None,
        offer=offer,
    )


def _next_visits(entries: Sequence[WaitlistEntry], now: datetime) -> Mapping[UUID, Session]:
    ids = [entry.course_id for entry in entries]
    ahead = Session.objects.planned().filter(course__in=ids, starts_at__gte=now)
    rows = ahead.order_by("course_id", "starts_at", "pk").distinct("course_id")
    return {visit.course_id: visit for visit in rows}


def _last_offers(entries: Sequence[WaitlistEntry]) -> Mapping[UUID, SlotOffer]:
    own = SlotOffer.objects.filter(entry__in=[entry.pk for entry in entries])
    rows = own.order_by("entry_id", "-made_at", "-pk").distinct("entry_id")
    return {offer.entry_id: offer for offer in rows}


def freed_times_of(site: Site, *, open_ids: Collection[UUID], now: datetime) -> list[FreedLine]:
    """The site's times to come that became free, soonest first; three queries."""
    rows = FreedTime.objects.filter(site=site, starts_at__gt=now)
    times = list(
        rows.exclude(status=FreedTime.Status.OVER).order_by("starts_at", "pk")[:MOST_TIMES]
    )
    tell = _Candidates(site, times, open_ids)
    return [FreedLine(time, tell.offers(time), tell.others(time)) for time in times]


class _Candidates:
    """Telling whom freed times suit; everything is read once for all of them."""

    def __init__(self, site: Site, times: Sequence[FreedTime], open_ids: Collection[UUID]) -> None:
        self.zone: ZoneInfo = site.zone
        self.open_ids = open_ids
        made = SlotOffer.objects.filter(freed__in=[time.pk for time in times])
        related = made.select_related("entry__course__patient", "answered_by")
        self.made = list(related.order_by("made_at", "pk"))
        wanted = {one["entry"] for time in times for one in time.candidates}
        waiting = WaitlistEntry.objects.waiting().filter(pk__in=wanted)
        self.entries = {str(entry.pk): entry for entry in waiting.select_related("course__patient")}

    def offers(self, time: FreedTime) -> list[CandidateLine]:
        """Those who were asked, in that order."""
        said = {one["entry"]: one for one in time.candidates}
        return [
            self._of_offer(offer, said.get(str(offer.entry_id), {}))
            for offer in self.made
            if offer.freed_id == time.pk
        ]

    def _of_offer(self, offer: SlotOffer, said: Mapping[str, object]) -> CandidateLine:
        terms = said.get("terms")
        return self._told(
            offer.entry,
            (offer.starts_at, offer.instead_of),
            (offer.how, offer.benefit, terms if isinstance(terms, dict) else {}),
            offer,
        )

    def others(self, time: FreedTime) -> list[CandidateLine]:
        """Those who come next while the time is free."""
        if time.status not in FreedTime.OPEN:
            return []
        asked = {str(offer.entry_id) for offer in self.made if offer.freed_id == time.pk}
        return [
            self._told(
                self.entries[one["entry"]],
                (
                    datetime.fromisoformat(one["starts_at"]),
                    datetime.fromisoformat(one["instead_of"]) if one["instead_of"] else None,
                ),
                (one["how"], one["benefit"], one["terms"]),
                None,
            )
            for one in time.candidates
            if one["entry"] in self.entries and one["entry"] not in asked
        ]

    def _told(
        self,
        entry: WaitlistEntry,
        when: tuple[datetime, datetime | None],
        gain: tuple[str, int, Mapping[str, int]],
        offer: SlotOffer | None,
    ) -> CandidateLine:
        starts_at, instead_of = when
        how, benefit, terms = gain
        shut = is_shut(entry.course.patient, self.open_ids)
        on = starts_at.astimezone(self.zone).date()
        before = instead_of.astimezone(self.zone).date() if instead_of else None
        return CandidateLine(
            entry_id=entry.pk,
            course_id=entry.course_id,
            name=RESTRICTED_NAME if shut else entry.course.patient.sort_name,
            is_shut=shut,
            starts_at=starts_at,
            instead_of=instead_of,
            gain=gains_in_words(how, terms, on=on, instead_of=before),
            points=points_in_words(how, benefit),
            offer=offer,
        )


def still_waits(entry: WaitlistEntry) -> bool:
    """Whether the course is on the list as of now, and something could be offered to it."""
    return (
        WaitlistEntry.objects.waiting().filter(pk=entry.pk, course__status__in=UNDER_WAY).exists()
    )
