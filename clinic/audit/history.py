"""The history of a patient and of the configuration: who saw and who changed what, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from clinic.audit.registry import audited_models
from clinic.models import AuditEvent, ChartOpening, Membership, Patient
from clinic.tenancy import tenant

PAGE = 50
# The numbers of both tables come from one sequence, so that they sort together.
Row = AuditEvent | ChartOpening

# What is changed without a person: the choice's value, its words, and how such events are known.
WITHOUT_PERSON = {
    "task": ("Background tasks", Q(pgh_context__via="task")),
    "command": ("Commands", Q(pgh_context__via="command")),
    "outside": ("Outside the application", Q(pgh_context__isnull=True)),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a history: all of it, unless said otherwise; dates by the zone's calendar."""

    zone: ZoneInfo
    kind: str = ""  # "seen" or "changed"
    by: str = ""  # a membership's id, or one of WITHOUT_PERSON
    record: str = ""  # a model's label
    since: date | None = None
    until: date | None = None

    @property
    def begins(self) -> datetime | None:
        """The first instant."""
        return datetime.combine(self.since, time(), self.zone) if self.since else None

    @property
    def ends(self) -> datetime | None:
        """The instant after the last one."""
        if self.until is None:
            return None
        return datetime.combine(self.until + timedelta(days=1), time(), self.zone)


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a history; `before` names where the next begins, if there is one."""

    rows: list[Row]
    before: int | None


def number_of(row: Row) -> int:
    """Where a row stands among all: later ones are greater."""
    return int(row.number if isinstance(row, ChartOpening) else row.pgh_id)


def patient_history(
    patient: Patient, wanted: Wanted, *, before: int | None = None, size: int = PAGE
) -> Page:
    """Openings of the patient's chart, and changes of every table that concerns the patient."""
    events = AuditEvent.objects.filter(
        organization_id=patient.organization_id, patient_id=patient.pk
    )
    openings = ChartOpening.objects.filter(organization_id=patient.organization_id, patient=patient)
    found: list[Row] = []
    if wanted.kind != "seen":
        found += _stretch(_changes(events, wanted), "pgh_id", before, size)
    if wanted.kind != "changed" and not wanted.record and wanted.by not in WITHOUT_PERSON:
        found += _stretch(_openings(openings, wanted), "number", before, size)
    return _page(found, size)


def configuration_history(
    organization_id: UUID, wanted: Wanted, *, before: int | None = None, size: int = PAGE
) -> Page:
    """Changes of what is about no patient: sites, rooms, staff, roles, protocols, settings."""
    events = AuditEvent.objects.filter(organization_id=organization_id, patient_id__isnull=True)
    return _page([*_stretch(_changes(events, wanted), "pgh_id", before, size)], size)


def whole_history(patient: Patient, wanted: Wanted, *, size: int = 500) -> Iterator[list[Row]]:
    """All of a patient's history, page by page, each in a transaction of its own."""
    before: int | None = None
    while True:
        with tenant(patient.organization_id):
            page = patient_history(patient, wanted, before=before, size=size)
            yield page.rows
        if page.before is None:
            return
        before = page.before


def people(organization_id: UUID) -> list[tuple[str, str]]:
    """Everybody who works or worked for the organisation, by name, and what acts by itself."""
    members = Membership.objects.filter(organization_id=organization_id).order_by("name", "pk")
    named = [(str(key), name) for key, name in members.values_list("pk", "name")]
    return [*named, *((key, words) for key, (words, _) in WITHOUT_PERSON.items())]


def records(*, of_patients: bool) -> list[str]:
    """The labels of the models that a history tells of."""
    return [
        model._meta.label
        for model, trigger in audited_models()
        if trigger.is_about_patients(model) == of_patients
    ]


def _stretch(rows: QuerySet[Any], key: str, before: int | None, size: int) -> list[Row]:
    if before is not None:
        rows = rows.filter(**{f"{key}__lt": before})
    return list(rows.order_by(f"-{key}")[: size + 1])


def _page(found: list[Row], size: int) -> Page:
    rows = sorted(found, key=number_of, reverse=True)
    more = len(rows) > size
    return Page(rows[:size], number_of(rows[size - 1]) if more else None)


def _changes(events: QuerySet[AuditEvent], wanted: Wanted) -> QuerySet[AuditEvent]:
    if wanted.record:
        events = events.filter(model=wanted.record)
    if wanted.by in WITHOUT_PERSON:
        events = events.filter(WITHOUT_PERSON[wanted.by][1])
    elif wanted.by:
        events = events.filter(pgh_context__membership=wanted.by)
    return events.filter(_within("pgh_created_at", wanted))


def _openings(openings: QuerySet[ChartOpening], wanted: Wanted) -> QuerySet[ChartOpening]:
    if wanted.by:
        openings = openings.filter(membership_id=wanted.by)
    return openings.filter(_within("opened_at", wanted)).select_related("break_glass")


def _within(column: str, wanted: Wanted) -> Q:
    within = Q()
    if wanted.begins:
        within &= Q(**{f"{column}__gte": wanted.begins})
    if wanted.ends:
        within &= Q(**{f"{column}__lt": wanted.ends})
    return within
