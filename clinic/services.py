"""What staff do with patients' records; each function is one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import QuerySet

from clinic.errors import DomainError
from clinic.models import (
    Membership,
    Patient,
    PatientContact,
    PatientSite,
    PatientWindow,
    Site,
    Weekday,
)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one weekday, by the site's clock, in which a patient can come."""

    weekday: int
    starts: time
    ends: time
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody around a patient, as typed."""

    relationship: str
    name: str
    phone: str = ""
    email: str = ""


class PatientFields(TypedDict):
    """What a patient's record says about the person."""

    site: Site
    given_name: str
    family_name: str
    birth_date: date
    email: str
    phone: str
    timezone: str
    language: str
    email_reminders: bool


@transaction.atomic
def register_patient(
    *,
    by: Membership,
    windows: Sequence[Window],
    contacts: Sequence[Contact],
    **fields: Unpack[PatientFields],
) -> Patient:
    """A new patient with windows and contacts; DomainError when the site is another's
    or windows overlap."""
    _check_site(by, fields["site"])
    patient = Patient.objects.create(organization_id=by.organization_id, **fields)
    _write_windows(patient, windows)
    _write_contacts(patient, contacts)
    return patient


@transaction.atomic
def update_patient(
    *,
    patient: Patient,
    by: Membership,
    windows: Sequence[Window],
    contacts: Sequence[Contact],
    **fields: Unpack[PatientFields],
) -> Patient:
    """Replace what the record says, windows and contacts included; DomainError as above."""
    _check_site(by, fields["site"])
    left = patient.site
    for name, value in fields.items():
        setattr(patient, name, value)
    patient.save(update_fields=list(fields))
    share_patient(patient=patient, site=left)
    _write_windows(patient, windows)
    _write_contacts(patient, contacts)
    return patient


@transaction.atomic
def replace_windows(*, patient: Patient, windows: Sequence[Window]) -> None:
    """The patient's windows are these from now on; DomainError when they overlap."""
    _write_windows(patient, windows)


def share_patient(*, patient: Patient, site: Site) -> None:
    """Inside a transaction: the people of that site treat the patient too."""
    if site.pk != patient.site_id:
        PatientSite.objects.get_or_create(
            patient=patient, site=site, defaults={"organization_id": patient.organization_id}
        )


def _check_site(by: Membership, site: Site) -> None:
    if site.organization_id != by.organization_id:
        raise DomainError("This site does not belong to your organisation.", field="site")


def _write_windows(patient: Patient, windows: Sequence[Window]) -> None:
    check_windows(windows)
    wanted = [
        PatientWindow(
            organization_id=patient.organization_id,
            patient=patient,
            weekday=window.weekday,
            starts=window.starts,
            ends=window.ends,
            preferred=window.preferred,
        )
        for window in windows
    ]
    _replace(patient.windows.all(), wanted, by=attrgetter(*Window.__slots__))


def check_windows(windows: Iterable[Window]) -> None:
    """Raise DomainError when a window ends before it starts, or two of a day overlap."""
    ordered = sorted(windows, key=lambda window: (window.weekday, window.starts))
    for day, of_day in groupby(ordered, key=lambda window: window.weekday):
        same_day = list(of_day)
        name = Weekday(day).label
        if any(window.ends <= window.starts for window in same_day):
            raise DomainError(f"{name}: the end must be later than the start.", field="windows")
        if any(later.starts < sooner.ends for sooner, later in pairwise(same_day)):
            raise DomainError(f"{name}: two of these times overlap.", field="windows")


def _write_contacts(patient: Patient, contacts: Sequence[Contact]) -> None:
    wanted = [
        PatientContact(
            organization_id=patient.organization_id,
            patient=patient,
            relationship=contact.relationship,
            name=contact.name,
            phone=contact.phone,
            email=contact.email,
        )
        for contact in contacts
    ]
    _replace(patient.contacts.all(), wanted, by=attrgetter(*Contact.__slots__))


def _replace(rows: QuerySet[Any], wanted: list[Any], *, by: Callable[[Any], Any]) -> None:
    """Make the rows the wanted ones; those that stay are left as they are, also on record."""
    missing, gone = list(wanted), []
    for row in rows:
        same = next((one for one in missing if by(one) == by(row)), None)
        if same is None:
            gone.append(row.pk)
        else:
            missing.remove(same)
    rows.filter(pk__in=gone).delete()
    rows.model._default_manager.bulk_create(missing)
