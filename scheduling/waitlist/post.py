"""Delivering offers by e-mail: as the reminders are, claimed, sent without a transaction, noted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from clinic.models import PatientDeath
from clinic.tenancy import tenant
from reminders import rules
from reminders.services.mail_server import MailServer
from scheduling.waitlist.letters import as_email, is_written_to, write_offer
from scheduling.waitlist.models import SlotOffer, WaitlistEntry

log = structlog.get_logger("courseline.waitlist")

Mail = SlotOffer.Mail
LEASE = timedelta(minutes=6)
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class _Claim:
    """A worker's hold on one letter."""

    offer_id: UUID
    until: datetime


def queue_letter(organization_id: UUID, offer_id: UUID) -> None:
    """Hand the letter to a worker as soon as the transaction is over; beat finds it otherwise."""
    from scheduling.waitlist.tasks import send_offer

    ids = str(organization_id), str(offer_id)
    # A lambda, because Django asks a robust callback that fails for its name.
    transaction.on_commit(lambda: send_offer.delay(*ids), robust=True)


def due_offers(organization_id: UUID, now: datetime) -> list[UUID]:
    """Inside a transaction: the letters of an organisation that are due and nobody's."""
    due = SlotOffer.objects.filter(_is_free(now), organization_id=organization_id)
    rows = due.order_by("next_attempt_at").values_list("pk", flat=True)
    return list(rows[:MOST_AT_ONCE])


def _is_free(now: datetime) -> Q:
    """Due, and nobody's; to a patient who is said to have died nothing goes (DOMAIN 8.43)."""
    lapsed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    deaths = PatientDeath.objects.filter(
        patient__person_id=OuterRef("course__patient__person_id"), withdrawn_at__isnull=True
    )
    mourned = WaitlistEntry.objects.filter(Exists(deaths), pk=OuterRef("entry_id"))
    return Q(~Exists(mourned), mail=Mail.PENDING, next_attempt_at__lte=now) & lapsed


def deliver_offer(*, organization_id: UUID, offer_id: UUID, now: datetime) -> None:
    """Send the offer's letter, unless it is not due, done, or in another worker's hands."""
    claim = _Claim(offer_id, now + LEASE)
    with tenant(organization_id):
        free = SlotOffer.objects.filter(_is_free(now), pk=offer_id)
        if not free.update(claimed_until=claim.until, attempts=F("attempts") + 1):
            return
        columns = _unneeded(offer_id, now)
        rows = SlotOffer.objects.select_related(
            "organization", "entry__site", "entry__course__patient"
        )
        offer = rows.get(pk=offer_id)
    columns = columns or _sent(offer, now)
    with tenant(organization_id):
        ours = SlotOffer.objects.filter(pk=offer_id, claimed_until=claim.until)
        ours.update(claimed_until=None, **columns)
    outcome = {"letter": columns.get("mail", Mail.PENDING), "failure": columns.get("failure", "")}
    log.info("offer", id=str(offer_id), **{name: str(said) for name, said in outcome.items()})


def _unneeded(offer_id: UUID, now: datetime) -> dict[str, Any]:
    stands = SlotOffer.objects.open().filter(pk=offer_id, expires_at__gt=now)
    return {} if stands.exists() else {"mail": Mail.UNNEEDED}


def _sent(offer: SlotOffer, now: datetime) -> dict[str, Any]:
    """What became of a try, as columns of the offer."""
    patient = offer.entry.course.patient
    if offer.attempts > rules.MOST_TRIES:
        return {"mail": Mail.FAILED, "failure": "gave_up"}
    if not is_written_to(patient):
        return {"mail": Mail.NONE}
    letter = write_offer(offer)
    with MailServer() as server:
        refusal = server.send(as_email(letter, offer, now=now))
    if refusal is None:
        return {"mail": Mail.SENT, "sent_at": now, "content_sha256": letter.sha256, "failure": ""}
    again = None if refusal.is_final else rules.next_try(attempts=offer.attempts, now=now)
    if again is None or again >= offer.expires_at:
        return {"mail": Mail.FAILED, "failure": refusal.code}
    return {"next_attempt_at": again, "failure": refusal.code}
