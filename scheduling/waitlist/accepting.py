"""What becomes of an offer: accepted, declined, or gone before anybody said yes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from scheduling.cascade.answers import Shown
from scheduling.cascade.service import Acceptance, change_course
from scheduling.cascade.ties import Grade
from scheduling.cascade.ways import How as Way
from scheduling.cascade.wish import Want, Wanted
from scheduling.models import Proposal
from scheduling.services.accepting import accept_proposal
from scheduling.services.changing import Why, move_visit
from scheduling.services.claiming import lock_courses
from scheduling.waitlist.freeing import lock_times
from scheduling.waitlist.legal import doses_of, is_allowed, is_barred
from scheduling.waitlist.matching import look_again, reopen, times_again
from scheduling.waitlist.models import FreedTime, SlotOffer, WaitlistEntry
from sessions.models import Session

Status, Via = SlotOffer.Status, SlotOffer.Via
SAID = {
    Via.LINK: "The patient accepted an earlier time by e-mail.",
    Via.DESK: "An earlier time from the waitlist.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """How an answer came, and who gave it for the patient; nobody did by the link."""

    via: str
    by: Membership | None
    now: datetime


class OfferOver(Conflict):
    """The offer was answered, has lapsed or was withdrawn."""

    code = "offer-over"


class TimeGone(Conflict):
    """Somebody else has the time now, or the course has changed since it was offered."""

    code = "time-gone"


def accept_offer(*, offer: SlotOffer, said: Answer) -> SlotOffer:
    """Give the course the offered time and take it off the list, in one transaction.

    Everybody else's offers of that time are withdrawn. Where the time is gone the offer comes
    back as GONE, nothing else has changed, and the course waits on. Raises OfferOver.
    """
    try:
        with transaction.atomic():
            _accept(offer, said)
    except OfferOver:
        raise
    except DomainError:
        _note_gone(offer, said.now)
    offer.refresh_from_db()
    return offer


def _accept(offer: SlotOffer, said: Answer) -> None:
    # Courses come first of all locks, as everywhere; rivals for the time queue behind its row.
    lock_courses(offer.entry.course_id)
    freed = FreedTime.objects.select_for_update(no_key=True).get(pk=offer.freed_id)
    offer.refresh_from_db(fields=["status", "expires_at"])
    entry = offer.entry
    if not offer.is_open_at(said.now):
        raise OfferOver(why_over(offer, said.now))
    _refuse_unlawful(offer)
    words = SAID[Via(said.via)]
    because(words)
    answered = {"answered_at": said.now, "answered_via": said.via, "answered_by": said.by}
    SlotOffer.objects.filter(pk=offer.pk).update(status=Status.ACCEPTED, **answered)
    _CARRIED_OUT[offer.how](offer, said.by or entry.entered_by, words, said.now)
    FreedTime.objects.filter(pk=freed.pk).update(status=FreedTime.Status.TAKEN)
    others = SlotOffer.objects.open().filter(freed=freed)
    others.update(status=Status.WITHDRAWN)
    WaitlistEntry.objects.waiting().filter(pk=entry.pk).update(
        ended_at=said.now, ended_by=said.by, end=WaitlistEntry.End.SERVED
    )


def _refuse_unlawful(offer: SlotOffer) -> None:
    """What made the offer legal may have ended since: a consent, a clearance, a payer's word."""
    course = offer.entry.course
    course.refresh_from_db(fields=["status", "protocol_version"])
    if is_barred(course) or not is_allowed(course, doses_of(offer)):
        raise TimeGone("The course cannot be booked now.")


def _visit(offer: SlotOffer) -> Session:
    visits = Session.objects.select_related(
        "organization", "patient", "site", "course__protocol_version", "course__site",
        "course__patient",
    )  # fmt: skip
    return visits.get(pk=str(offer.visit_id))


def _move(offer: SlotOffer, by: Membership, reason: str, now: datetime) -> None:
    """The one visit, if it still is where it was when the time was offered."""
    visit = _visit(offer)
    if visit.version != offer.plan["version"]:
        raise TimeGone("The visit has another time since this was offered.")
    move_visit(visit=visit, starts_at=offer.starts_at, by=by, reason=reason, now=now)


def _replan(offer: SlotOffer, by: Membership, reason: str, now: datetime) -> None:
    """Every visit of the course that changes, in one go."""
    visit = _visit(offer)
    shown = Shown(
        wanted=Wanted(Want.MOVE, offer.starts_at),
        how=Way.COURSE,
        grade=Grade.KEPT,
        book=offer.plan["book"],
        changes=tuple(offer.plan["changes"]),
    )
    change_course(visit=visit, shown=shown, said=Acceptance(by, now, why=Why(text=reason)))


def _book(offer: SlotOffer, by: Membership, reason: str, now: datetime) -> None:
    """Every open place of the course, as a proposal that is accepted at once."""
    course = offer.entry.course
    older = Proposal.objects.filter(course=course, status__in=Proposal.OPEN)
    older.update(status=Proposal.Status.DISCARDED, finished_at=now)
    proposal = Proposal.objects.create(
        organization_id=course.organization_id,
        course=course,
        status=Proposal.Status.READY,
        requested_by=by,
        requested_at=now,
        finished_at=now,
        progress=100,
        **offer.plan,
    )
    accept_proposal(proposal=proposal, by=by, now=now)


_CARRIED_OUT: dict[str, Callable[[SlotOffer, Membership, str, datetime], Any]] = {
    SlotOffer.How.MOVE: _move,
    SlotOffer.How.REPLAN: _replan,
    SlotOffer.How.BOOK: _book,
}


@transaction.atomic
def _note_gone(offer: SlotOffer, now: datetime) -> None:
    """The offer cannot be kept; whether the time suits somebody else, a worker looks."""
    again = _locked_times(offer, now)
    ended = SlotOffer.objects.open().filter(pk=offer.pk)
    ended.update(status=Status.GONE, answered_at=now)
    _pass_on(offer, again)


@transaction.atomic
def decline_offer(*, offer: SlotOffer, said: Answer) -> SlotOffer:
    """Note that the patient does not want the time; it goes to the next. Raises OfferOver.

    The course keeps what it has, and waits on.
    """
    again = _locked_times(offer, said.now)
    answered = {"answered_at": said.now, "answered_via": said.via, "answered_by": said.by}
    still_open = SlotOffer.objects.open().filter(pk=offer.pk, expires_at__gt=said.now)
    if not still_open.update(status=Status.DECLINED, **answered):
        offer.refresh_from_db()
        raise OfferOver(why_over(offer, said.now))
    _pass_on(offer, again)
    offer.refresh_from_db()
    return offer


def _locked_times(offer: SlotOffer, now: datetime) -> list[UUID]:
    """The offer's time and the others of its site, locked: those to be looked at anew."""
    again = times_again([offer.entry.site_id], now)
    lock_times({offer.freed_id, *again})
    return again


def _pass_on(offer: SlotOffer, again: Collection[UUID]) -> None:
    """The time goes to the next, and whoever let it go may be asked about another."""
    reopen([offer.freed_id])
    look_again(offer.organization_id, again)


def why_over(offer: SlotOffer, now: datetime) -> str:
    """Why an offer cannot be answered any more, in words for everybody."""
    if offer.status == Status.OPEN and offer.expires_at <= now:
        return WORDS[Status.EXPIRED]
    return WORDS.get(Status(offer.status), "")


WORDS = {
    Status.ACCEPTED: "This offer has been accepted.",
    Status.DECLINED: "This offer has been declined.",
    Status.EXPIRED: "This offer has lapsed.",
    Status.WITHDRAWN: "This offer has been withdrawn: the time is gone.",
    Status.GONE: "The time is gone.",
}
