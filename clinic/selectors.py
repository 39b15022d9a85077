"""Reads of this floor: patients by name, and the week in which a patient can come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.db.models.lookups import Exact

from clinic.audit.openings import log_find
from clinic.glass_handles import handle_for
from clinic.models import Membership, Patient, PatientContact, PatientSite, PatientWindow
from clinic.rights import Right, sites_where
from clinic.services import Contact, Window

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class PatientPage:
    """A stretch of the list of patients; `after` names where the next begins, if there is one."""

    rows: list[Patient]
    after: UUID | None
    shut: Sequence["ShutChart"] = ()

    @property
    def count(self) -> int:
        """How many lines the stretch has."""
        return len(self.rows) + len(self.shut)


@dataclass(frozen=True, slots=True)
class ShutChart:
    """That there is a restricted chart of the name that was asked for, and what opens it.

    It has what a list shows of a patient; nothing that leads from the name to other rows.
    """

    given_name: str
    family_name: str
    handle: str
    id: None = None
    birth_date: None = None
    site_id: None = None
    is_restricted: bool = True


def find_patients(
    *, member: Membership, text: str, open_ids: Collection[UUID] = ()
) -> QuerySet[Patient]:
    """Patients at the member's sites whose name, e-mail or phone hold every word of the text.

    Nobody comes upon a restricted chart, unless it is among `open_ids`: those whose glass the
    member broke.
    """
    found = _at_sites_of(member)
    for word in _words(text):
        found = found.filter(search__contains=word)
    shown = Q(is_restricted=False) | Q(pk__in=open_ids)
    return found.filter(shown).select_related("site").order_by("family_name", "given_name", "pk")


def shut_charts(
    *, member: Membership, text: str, open_ids: Collection[UUID] = ()
) -> list[ShutChart]:
    """The restricted charts whose whole name the text is; each find is noted as an opening."""
    words = _words(text)
    named = _at_sites_of(member).filter(_has_name(" ".join(words)), is_restricted=True)
    for word in words:
        named = named.filter(search__contains=word)
    found = list(named.exclude(pk__in=open_ids).order_by("pk")[:PAGE_SIZE]) if words else []
    for patient in found:
        log_find(member, patient)
    return [ShutChart(one.given_name, one.family_name, handle_for(member, one)) for one in found]


def _words(text: str) -> list[str]:
    return text.lower().replace(",", " ").split()


def _at_sites_of(member: Membership) -> QuerySet[Patient]:
    sites = sites_where(member, Right.VIEW_PATIENTS)
    shared = PatientSite.objects.filter(patient=OuterRef("pk"), site_id__in=sites)
    return Patient.objects.filter(
        Q(site_id__in=sites) | Exists(shared), organization_id=member.organization_id
    )


def _has_name(text: str) -> Q:
    """Whether the text is the whole name, the given or the family name first."""
    names = [("given_name", "family_name"), ("family_name", "given_name")]
    return reduce(or_, (Q(Exact(Lower(Concat(a, Value(" "), b)), text)) for a, b in names))


def patient_page(
    *,
    member: Membership,
    text: str,
    after: UUID | None = None,
    open_ids: Collection[UUID] = (),
) -> PatientPage:
    """One page of `find_patients`, from the patient named by `after` on; first, `shut_charts`."""
    shut = () if after else shut_charts(member=member, text=text, open_ids=open_ids)
    found = find_patients(member=member, text=text, open_ids=open_ids)
    if last := after and found.filter(pk=after).first():
        found = found.filter(_follows(last))
    rows = list(found[: PAGE_SIZE + 1])
    more = len(rows) > PAGE_SIZE
    return PatientPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if more else None, shut)


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
