"""Writing the outbox: what a booking, a move or a cancellation makes us tell the patient.

Everything here runs inside the transaction that books, moves or cancels (G6), with a number of
queries that does not grow with the number of visits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects

from clinic.prepared import Prepared
from reminders import rules
from reminders.models import Message, Reminder, Rule
from sessions.models import Session


def announce_booking(*, visits: Sequence[Session], now: datetime) -> None:
    """Inside a transaction: confirm one patient's new visits in one e-mail, and plan reminders.

    Nothing is said of provisional ones: they are told once they are confirmed.
    """
    visits = [visit for visit in visits if not visit.is_provisional]
    if not visits:
        return
    prefetch_related_objects(visits, "site")
    outbox = _Outbox(visits[0], now)
    outbox.add_notice(Rule.Kind.BOOKED, visits)
    outbox.add_reminders(visits)
    outbox.save()


def announce_move(*, visit: Session, now: datetime, moved_from: datetime | None = None) -> None:
    """Inside a transaction: withdraw what was planned for the old time, tell and plan the new one.

    `moved_from` is the start that the patient knows; the notice names it. Nobody was told of a
    provisional visit, and nobody is.
    """
    if visit.is_provisional:
        return
    known = _start_last_told(visit) or moved_from
    _withdraw([visit], Rule.Kind.BEFORE, Rule.Kind.MOVED)
    outbox = _Outbox(visit, now)
    outbox.add_notice(Rule.Kind.MOVED, [visit], moved_from=known)
    outbox.add_reminders([visit])
    outbox.save()


@dataclass(frozen=True, slots=True)
class Told:
    """A visit that has a new time, and the start that the patient knows; None for none."""

    visit: Session
    moved_from: datetime | None


def announce_change(
    *, moved: Sequence[Told], booked: Sequence[Told], gone: Sequence[Session], now: datetime
) -> None:
    """Inside a transaction: tell all that one change does to a patient's visits in one e-mail, and
    remind of the new times. Nothing is said of provisional ones that the patient never heard of."""
    known = [replace(one, moved_from=_start_last_told(one.visit) or one.moved_from)
             for one in moved if not one.visit.is_provisional]  # fmt: skip
    new = [one for one in booked if not one.visit.is_provisional]
    told = _told(gone)
    _withdraw([*(one.visit for one in known), *gone], Rule.Kind.BEFORE, Rule.Kind.MOVED)
    if not (known or new or told):
        return
    outbox = _Outbox((known + new)[0].visit if known or new else told[0], now)
    asked = [*((Rule.Kind.MOVED, one) for one in known), *((Rule.Kind.BOOKED, one) for one in new)]
    asked += [(Rule.Kind.CANCELLED, Told(visit, None)) for visit in told]
    outbox.add_change(asked)
    outbox.add_reminders([one.visit for one in known + new])
    outbox.save()


def announce_cancellation(*, visits: Sequence[Session], now: datetime) -> None:
    """Inside a transaction: withdraw what is still to be sent about one patient's visits, and
    tell their end in one e-mail. Who was never told of a visit is not told of its end."""
    _withdraw(visits, Rule.Kind.BEFORE, Rule.Kind.MOVED)
    told = _told(visits)
    if not told:
        return
    outbox = _Outbox(told[0], now)
    outbox.add_notice(Rule.Kind.CANCELLED, told)
    outbox.save()


def _told(visits: Sequence[Session]) -> list[Session]:
    """Those of the visits that the patient may know of."""
    held = [visit.pk for visit in visits if visit.is_provisional]
    known = set()
    if held:
        about = Reminder.objects.filter(session__in=held)
        known = set(about.values_list("session_id", flat=True))
    return [visit for visit in visits if not visit.is_provisional or visit.pk in known]


def withdraw_reminders(*, visit: Session) -> None:
    """Inside a transaction: withdraw the reminders of a visit that no longer stands (missed)."""
    _withdraw([visit], Rule.Kind.BEFORE)


def withdraw_all_reminders(*, visits: Sequence[Session]) -> None:
    """Inside a transaction: withdraw what is still to be sent about visits that wait now."""
    _withdraw(visits, Rule.Kind.BEFORE, Rule.Kind.MOVED)


def _rules(organization: UUID) -> QuerySet[Rule]:
    rows = Rule.objects.filter(organization_id=organization, is_active=True)
    return rows.order_by("kind", "days_before", "pk")


_RULES = Prepared(_rules, organization=uuid4())


class _Outbox:
    """Messages about visits of one patient, collected and then written at once."""

    def __init__(self, visit: Session, now: datetime) -> None:
        self.organization_id, self.patient_id = visit.organization_id, visit.patient_id
        self.now = now
        self.rules = _RULES(organization=visit.organization_id)
        self.messages: list[Message] = []
        self.reminders: list[Reminder] = []

    def add_notice(
        self, kind: str, visits: Sequence[Session], moved_from: datetime | None = None
    ) -> None:
        """One message at once about all these visits, where a rule asks for it."""
        for rule in self.rules:
            if rule.kind == kind:
                self._add(rule, visits, self.now, moved_from)

    def add_change(self, asked: Sequence[tuple[str, Told]]) -> None:
        """One message at once about all of these, each for the rule that asks for it."""
        found = [(rule, one) for kind, one in asked for rule in self.rules if rule.kind == kind]
        if not found:
            return
        message = self._message(_kind_of_change(asked), self.now)
        self.reminders += [
            self._reminder(rule, one.visit, message, one.moved_from) for rule, one in found
        ]

    def add_reminders(self, visits: Sequence[Session]) -> None:
        """A message for each visit and rule whose time was not past when the visit was booked."""
        for rule in self.rules:
            for visit in visits if rule.days_before else ():
                due = rules.reminder_due(
                    starts_at=visit.starts_at,
                    zone=visit.site.zone,
                    days=rule.days_before or 0,
                    scheduled_at=visit.scheduled_at,
                )
                if due:
                    self._add(rule, [visit], due)

    def _add(
        self,
        rule: Rule,
        visits: Sequence[Session],
        send_at: datetime,
        moved_from: datetime | None = None,
    ) -> None:
        message = self._message(rule.kind, send_at)
        self.reminders += [self._reminder(rule, one, message, moved_from) for one in visits]

    def _message(self, kind: str, send_at: datetime) -> Message:
        message = Message(
            organization_id=self.organization_id,
            patient_id=self.patient_id,
            kind=kind,
            send_at=send_at,
            next_attempt_at=send_at,
            created_at=self.now,
        )
        self.messages.append(message)
        return message

    def _reminder(
        self, rule: Rule, visit: Session, message: Message, moved_from: datetime | None
    ) -> Reminder:
        return Reminder(
            organization_id=self.organization_id,
            session=visit,
            rule=rule,
            visit_version=visit.version,
            message=message,
            moved_from=moved_from,
        )

    def save(self) -> None:
        """Write all rows; a worker gets what is due as soon as the transaction is committed."""
        Message.objects.bulk_create(self.messages)
        Reminder.objects.bulk_create(self.reminders)
        due = [message.pk for message in self.messages if message.send_at <= self.now]
        if due:
            # Robust: the booking stands even when the broker is down; the sweep finds it.
            # A lambda, because Django asks a robust callback that fails for its name.
            transaction.on_commit(lambda: _queue(self.organization_id, due), robust=True)


def _queue(organization_id: UUID, message_ids: Sequence[UUID]) -> None:
    from reminders.tasks import deliver

    for message_id in message_ids:
        deliver.delay(str(organization_id), str(message_id))


def _kind_of_change(asked: Sequence[tuple[str, Told]]) -> str:
    """What the message is called: a new time where one replaces another."""
    kinds = {kind for kind, _ in asked}
    if Rule.Kind.MOVED in kinds or any(one.moved_from for _, one in asked):
        return str(Rule.Kind.MOVED)
    return str(Rule.Kind.BOOKED if Rule.Kind.BOOKED in kinds else Rule.Kind.CANCELLED)


def _withdraw(visits: Sequence[Session], *kinds: str) -> None:
    """Take back what is not sent yet; one that a worker is sending just now ends as sent.

    A message that is about other visits too stays: when it is sent, it leaves these out.
    """
    about = Reminder.objects.filter(session__in=visits, rule__kind__in=kinds)
    others = Reminder.objects.filter(message=OuterRef("pk")).exclude(session__in=visits)
    waiting = Message.objects.filter(~Exists(others), status=Message.Status.PENDING)
    waiting.filter(pk__in=about.values("message_id")).update(status=Message.Status.WITHDRAWN)


def _start_last_told(visit: Session) -> datetime | None:
    """The start that a notice of an earlier move replaces, if that notice never left."""
    unsent = Reminder.objects.filter(
        session=visit,
        rule__kind=Rule.Kind.MOVED,
        message__status=Message.Status.PENDING,
        message__claimed_until=None,
    )
    return unsent.order_by("visit_version", "pk").values_list("moved_from", flat=True).first()
