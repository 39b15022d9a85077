"""Delivery: claim a message, send it with no transaction open, note what became of it (G7).

A claim is one conditional update and lapses, so a message that a dying worker held is taken up by
another; the Message-ID stays the same. Whatever is not sent stays due and is found by the sweep.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, F, OuterRef, Q

from clinic.models import Patient, PatientDeath
from clinic.tenancy import organization_ids, tenant
from reminders import rules
from reminders.letters import TEMPLATE_VERSION, as_email, write_letter
from reminders.models import Message
from reminders.selectors import addressee_of, standing_appointments
from reminders.services.mail_server import MailServer

log = structlog.get_logger("courseline.reminders")

# No task lives longer than TASK_SECONDS, so nobody holds a message when its lease lapses.
TASK_SECONDS = 180
LEASE = timedelta(seconds=TASK_SECONDS + 20)
BATCH = 50
BATCH_TIME = timedelta(seconds=60)

TOO_LATE, GAVE_UP = "too_late", "gave_up"


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on one message: only who still has it may note the end."""

    organization_id: UUID
    message_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """A letter that is ready to leave."""

    email: EmailMultiAlternatives
    sha256: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try, as columns of the message."""

    columns: dict[str, Any]
    is_server_down: bool = False


def deliver(*, organization_id: UUID, message_id: UUID, now: datetime) -> None:
    """Send one message now, unless it is not due, done, or in another worker's hands."""
    with tenant(organization_id):
        claim = claim_message(organization_id, message_id, now)
    if claim:
        with MailServer() as server:
            send_claimed(claim, server, now)


def deliver_due(*, clock: Callable[[], datetime], limit: int = BATCH) -> int:
    """Send what is due, up to the limit, organisations in turn; how many were taken up.

    Many workers may do this at once: each takes the next message that nobody holds.
    """
    ends, taken = clock() + BATCH_TIME, 0
    with MailServer() as server:
        for claim in _claims(clock, limit):
            taken += 1
            outcome = send_claimed(claim, server, clock())
            if outcome.is_server_down or clock() > ends:
                break
    return taken


def _claims(clock: Callable[[], datetime], limit: int) -> Iterator[Claim]:
    """Up to the limit, one of each organisation in turn: none waits for another's pile."""
    waiting = deque(claims_of(organization_id, clock) for organization_id in organization_ids())
    while waiting and limit:
        own = waiting.popleft()
        if claim := next(own, None):
            waiting.append(own)
            limit -= 1
            yield claim


def claims_of(organization_id: UUID, clock: Callable[[], datetime]) -> Iterator[Claim]:
    """Take one organisation's messages, one after the other, longest due first."""
    while claim := claim_next(organization_id, clock()):
        yield claim


def _is_free(now: datetime) -> Q:
    lapsed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    # To a patient who is said to have died nothing goes while that stands (DOMAIN 8.43, 8.44).
    # No join to the message's own row: a rival's claim of it would then not be looked at again.
    deaths = PatientDeath.objects.filter(
        patient__person_id=OuterRef("person_id"), withdrawn_at__isnull=True
    )
    mourned = Patient.objects.filter(Exists(deaths), pk=OuterRef("patient_id"))
    return Q(~Exists(mourned), status=Message.Status.PENDING, next_attempt_at__lte=now) & lapsed


def claim_message(organization_id: UUID, message_id: UUID, now: datetime) -> Claim | None:
    """Take this message; None when it is not due or another worker has it."""
    claim = Claim(organization_id, message_id, now + LEASE)
    free = Message.objects.filter(_is_free(now), pk=message_id)
    return claim if free.update(claimed_until=claim.until, attempts=F("attempts") + 1) else None


def claim_next(organization_id: UUID, now: datetime) -> Claim | None:
    """Take the message that has been due longest; rivals pass over it instead of waiting."""
    with tenant(organization_id):
        own = Message.objects.filter(_is_free(now), organization_id=organization_id)
        free = own.select_for_update(skip_locked=True)
        # By the partial index alone: a second key would sort all that is due at one minute.
        message_id = free.order_by("next_attempt_at").values_list("pk", flat=True).first()
        return claim_message(organization_id, message_id, now) if message_id else None


def send_claimed(claim: Claim, server: MailServer, now: datetime) -> Outcome:
    """Send a message that is ours, and note what became of it."""
    with tenant(claim.organization_id):
        messages = Message.objects.select_related("patient", "organization")
        message = messages.get(pk=claim.message_id)
        post = _write(message, now)
    outcome = post if isinstance(post, Outcome) else _send(post, server, now)
    with tenant(claim.organization_id):
        _note(claim, outcome)
    log.info("message", id=str(message.pk), tries=message.attempts, **_for_log(outcome))
    return outcome


def _write(message: Message, now: datetime) -> Post | Outcome:
    """The letter, or why there is none to send."""
    if message.attempts > rules.MOST_TRIES:
        return _failed(GAVE_UP)
    if not (message.patient.email and message.patient.email_reminders):
        return Outcome({"status": Message.Status.SUPPRESSED})
    standing = standing_appointments(message)
    coming = [appointment for appointment in standing if appointment.starts_at > now]
    if not standing:
        return Outcome({"status": Message.Status.WITHDRAWN})
    if not coming:
        return _failed(TOO_LATE)
    letter = write_letter(
        message.kind, addressee_of(message), coming, written_at=message.created_at
    )
    email = as_email(letter, message_id=message.message_id, now=now)
    return Post(email, letter.sha256, message.attempts)


def _send(post: Post, server: MailServer, now: datetime) -> Outcome:
    refusal = server.send(post.email)
    if refusal is None:
        return _sent(post.sha256, now)
    again_at = None if refusal.is_final else rules.next_try(attempts=post.attempts, now=now)
    if again_at is None:
        return _failed(refusal.code, is_server_down=refusal.is_server)
    columns = {"next_attempt_at": again_at, "failure": refusal.code}
    return Outcome(columns, is_server_down=refusal.is_server)


def _sent(sha256: str, now: datetime) -> Outcome:
    return Outcome(
        {
            "status": Message.Status.SENT,
            "sent_at": now,
            "template_version": TEMPLATE_VERSION,
            "content_sha256": sha256,
            "failure": "",
        }
    )


def _failed(code: str, *, is_server_down: bool = False) -> Outcome:
    return Outcome({"status": Message.Status.FAILED, "failure": code}, is_server_down)


def _note(claim: Claim, outcome: Outcome) -> None:
    """Write the end of a try and give the message up, if it is still ours."""
    ours = Message.objects.filter(pk=claim.message_id, claimed_until=claim.until)
    if outcome.columns.get("status") != Message.Status.SENT:
        # One withdrawn while we held it stays withdrawn; one that has left is sent, whatever else.
        ours = ours.filter(status=Message.Status.PENDING)
    ours.update(claimed_until=None, **outcome.columns)


def _for_log(outcome: Outcome) -> dict[str, str]:
    status = outcome.columns.get("status", Message.Status.PENDING)
    return {"status": str(status), "failure": outcome.columns.get("failure", "")}
