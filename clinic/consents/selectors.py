"""Reads about consents: what holds now, what a patient has agreed to, which text is in use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from clinic.consents.rules import LABELS, State, last_good_day, state_of
from clinic.models import (
    ConsentKind,
    ConsentRecord,
    ConsentText,
    Drug,
    Patient,
    PatientContact,
    Route,
)
from clinic.selectors import contacts_of

STANDING = (State.CURRENT, State.EXPIRING)
PEOPLE = ("recorded_by", "witness", "withdrawn_by")


def standing_consents(patient: Patient, kind: str, *, on: datetime) -> QuerySet[ConsentRecord]:
    """The patient's consents of a kind that hold at that moment, the one signed last first."""
    found = ConsentRecord.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=on),
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=on),
        patient=patient,
        kind=kind,
        signed_at__lte=on,
    )
    return found.order_by("-signed_at", "-pk")


def current_consent(
    patient: Patient,
    kind: str,
    *,
    on: datetime,
    drug: str | None = None,
    route: str | None = None,
    recipient: str | None = None,
) -> ConsentRecord | None:
    """The consent that holds at that moment and covers what is named; None when there is none.

    Whoever is about to treat names drug and route as the protocol does, and whoever is about to
    tell somebody names whom; what is not named is not asked for.
    """
    found = standing_consents(patient, kind, on=on)
    if drug is not None:
        found = found.filter(drug__in=["", drug])
    if route is not None:
        found = found.filter(route__in=["", route])
    if recipient is not None:
        found = found.filter(Q(recipient="") | Q(recipient__iexact=recipient.strip()))
    return found.first()


def has_consent(
    patient: Patient,
    kind: str,
    *,
    on: datetime,
    drug: str | None = None,
    route: str | None = None,
    recipient: str | None = None,
) -> bool:
    """Whether there is a `current_consent`."""
    named = {"drug": drug, "route": route, "recipient": recipient}
    return current_consent(patient, kind, on=on, **named) is not None


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One thing that the patient was asked for, and how it stands; without a record it is missing.

    `until` is the last day on which it holds, by the clock of the patient's site.
    """

    state: State
    record: ConsentRecord | None = None
    until: date | None = None

    @property
    def stands(self) -> bool:
        """Whether it holds."""
        return self.state in STANDING

    @property
    def label(self) -> str:
        """The state in words."""
        return LABELS[self.state]

    @property
    def scope(self) -> str:
        """What or whom it is for, in words; empty where the kind says all."""
        return scope_words(self.record) if self.record else ""


@dataclass(frozen=True, slots=True)
class KindLines:
    """Everything of one kind, at least one line."""

    kind: ConsentKind
    lines: list[ConsentLine]

    @property
    def is_needed(self) -> bool:
        """Whether nobody is treated without it; the others are the patient's free choice."""
        return self.kind == ConsentKind.TREATMENT


def scope_words(record: ConsentRecord) -> str:
    """`Ketamine, into a vein (IV)`, or to whom; empty where nothing in particular was named."""
    if record.kind != ConsentKind.TREATMENT:
        return record.recipient
    if not record.drug:
        return "Any medicine offered here"
    drug = Drug(record.drug).label
    return f"{drug}, {Route(record.route).label}" if record.route else f"{drug}, any route"


def consents_of(patient: Patient) -> list[ConsentRecord]:
    """Everything that the patient ever signed, the last first."""
    rows = ConsentRecord.objects.filter(patient=patient).select_related("text", *PEOPLE)
    return list(rows.order_by("-signed_at", "-pk"))


def consent_lines(patient: Patient, *, now: datetime) -> list[KindLines]:
    """How each kind of consent stands, each medicine or recipient apart; one query."""
    records, zone = consents_of(patient), patient.site.zone
    return [
        KindLines(kind, _lines([one for one in records if one.kind == kind], now, zone))
        for kind in ConsentKind
    ]


def _lines(records: Sequence[ConsentRecord], now: datetime, zone: ZoneInfo) -> list[ConsentLine]:
    ordered = sorted(records, key=_scope)
    groups = (list(group) for _, group in groupby(ordered, key=_scope))
    lines = [line_of(_telling(group, now), now, zone) for group in groups]
    lines.sort(key=lambda line: (not line.stands, line.scope))
    return lines or [ConsentLine(State.MISSING)]


def _scope(record: ConsentRecord) -> tuple[str, str, str]:
    return (record.drug, record.route, record.recipient.casefold())


def _telling(records: Iterable[ConsentRecord], now: datetime) -> ConsentRecord:
    """The one that tells how things stand: what holds longest, or else what was signed last."""
    never = datetime.max.replace(tzinfo=now.tzinfo)

    def weight(record: ConsentRecord) -> tuple[bool, datetime, datetime, UUID]:
        stands = state_of(record, now) in STANDING
        until = (record.expires_at or never) if stands else record.signed_at
        return (stands, until, record.signed_at, record.pk)

    return max(records, key=weight)


def line_of(record: ConsentRecord, now: datetime, zone: ZoneInfo) -> ConsentLine:
    """How one consent stands."""
    until = last_good_day(record.expires_at, zone) if record.expires_at else None
    return ConsentLine(state_of(record, now), record, until)


@dataclass(frozen=True, slots=True)
class PersonAround:
    """Somebody around a patient, and whether the clinic may tell them when and where."""

    contact: PatientContact
    may_be_told: bool


def people_around(patient: Patient, *, now: datetime) -> list[PersonAround]:
    """The patient's contacts; of them only an escort is told anything, and only with consent."""
    standing = standing_consents(patient, ConsentKind.ESCORT_CONTACT, on=now)
    named = {recipient.casefold() for recipient in standing.values_list("recipient", flat=True)}
    return [PersonAround(one, _may_be_told(one, named)) for one in contacts_of(patient)]


def _may_be_told(contact: PatientContact, named: set[str]) -> bool:
    is_escort = contact.relationship == PatientContact.Relationship.ESCORT
    return is_escort and bool(named & {"", contact.name.strip().casefold()})


def text_ids_in_use(organization_id: UUID) -> QuerySet[ConsentText, UUID]:
    """The ids of the latest published text of each kind and language."""
    published = ConsentText.objects.filter(
        organization_id=organization_id, published_at__isnull=False
    )
    latest = published.order_by("kind", "language", "-number").distinct("kind", "language")
    return latest.values_list("pk", flat=True)


def texts_in_use(organization_id: UUID) -> list[ConsentText]:
    """The texts that are read and signed today, in the order of the kinds."""
    latest = ConsentText.objects.filter(pk__in=text_ids_in_use(organization_id))
    order = list(ConsentKind.values)
    return sorted(latest, key=lambda text: (order.index(text.kind), text.language))


def text_in_use(organization_id: UUID, kind: str, language: str) -> ConsentText | None:
    """The text that is read and signed today, in this language or else in any there is."""
    found = [text for text in texts_in_use(organization_id) if text.kind == kind]
    same = [text for text in found if text.language == language]
    return next(iter([*same, *found]), None)


def draft_of(organization_id: UUID, kind: str, language: str) -> ConsentText | None:
    """The version that is being written, if there is one."""
    drafts = ConsentText.objects.filter(organization_id=organization_id, published_at=None)
    return drafts.filter(kind=kind, language=language).first()
