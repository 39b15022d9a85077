"""Reads of this floor: patients by name, and the week in which a patient can come."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from clinic.models import Membership, Patient, PatientContact, PatientWindow
from clinic.services import Contact, Window

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class PatientPage:
    """A stretch of the list of patients; `after` names where the next begins, if there is one."""

    rows: list[Patient]
    after: UUID | None


def find_patients(*, member: Membership, text: str) -> QuerySet[Patient]:
    """The organisation's patients whose name, e-mail or phone hold every word of the text."""
    found = Patient.objects.filter(organization_id=member.organization_id)
    for word in text.lower().split():
        found = found.filter(search__contains=word)
    return found.select_related("site").order_by("family_name", "given_name", "pk")


def patient_page(*, member: Membership, text: str, after: UUID | None = None) -> PatientPage:
    """One page of `find_patients`, from the patient named by `after` on."""
    found = find_patients(member=member, text=text)
    if last := after and found.filter(pk=after).first():
        found = found.filter(_follows(last))
    rows = list(found[: PAGE_SIZE + 1])
    more = len(rows) > PAGE_SIZE
    return PatientPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if more else None)


def _follows(last: Patient) -> Q:
    same_family = Q(family_name=last.family_name)
    same_name = same_family & Q(given_name=last.given_name)
    return (
        Q(family_name__gt=last.family_name)
        | (same_family & Q(given_name__gt=last.given_name))
        | (same_name & Q(pk__gt=last.pk))
    )


def windows_of(patient: Patient) -> list[Window]:
    """The patient's weekly windows, in the order of the week."""
    rows: QuerySet[PatientWindow] = patient.windows.order_by("weekday", "starts", "pk")
    return [Window(row.weekday, row.starts, row.ends, row.preferred) for row in rows]


def contacts_of(patient: Patient) -> Sequence[PatientContact]:
    """The people around the patient: who takes them home first."""
    order = {kind: at for at, kind in enumerate(PatientContact.Relationship.values)}
    rows = patient.contacts.order_by("name", "pk")
    return sorted(rows, key=lambda contact: order[contact.relationship])


def contacts_as_typed(patient: Patient) -> list[Contact]:
    """The same people as plain values, for a form."""
    return [
        Contact(row.relationship, row.name, row.phone, row.email) for row in contacts_of(patient)
    ]
