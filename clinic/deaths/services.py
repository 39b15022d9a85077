"""Reporting, confirming and withdrawing that a patient has died."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Patient, PatientDeath


class DeathReported(Conflict):
    """Somebody else reported it before."""

    code = "death-reported"


class DeathNotOpen(Conflict):
    """The report was confirmed or withdrawn meanwhile."""

    code = "death-not-open"


@transaction.atomic
def report_death(
    *, patient: Patient, died_on: date | None, known_from: str, by: Membership, now: datetime
) -> PatientDeath:
    """Say that the patient has died, and how that is known; from now on no message leaves.

    Raises DeathReported, or DomainError without a source or for a day to come.
    """
    if not known_from.strip():
        raise DomainError("Say how this is known.", field="known_from")
    if died_on and died_on > now.astimezone(patient.site.zone).date():
        raise DomainError("This day has not come: check the date.", field="died_on")
    try:
        with transaction.atomic():
            return PatientDeath.objects.create(
                organization_id=patient.organization_id,
                patient=patient,
                died_on=died_on,
                known_from=known_from.strip(),
                reported_at=now,
                reported_by=by,
            )
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "patientdeath_once":
            raise
        raise DeathReported("The death was reported before; another person confirms it.") from exc


@transaction.atomic
def confirm_death(*, death: PatientDeath, by: Membership, now: datetime) -> PatientDeath:
    """Confirm what somebody else reported; raise DeathNotOpen, DomainError for the same person."""
    if death.reported_by_id == by.pk:
        raise DomainError("Somebody else than who reported it confirms it.")
    because("The death was confirmed")
    return _settle(death, by, confirmed_at=now, confirmed_by=by)


@transaction.atomic
def withdraw_death(*, death: PatientDeath, by: Membership, now: datetime) -> PatientDeath:
    """Take back a report that was wrong; messages go on. Raise DeathNotOpen once confirmed."""
    because("The report of a death was wrong")
    return _settle(death, by, withdrawn_at=now, withdrawn_by=by)


def _settle(death: PatientDeath, by: Membership, **said: object) -> PatientDeath:
    open_ones = PatientDeath.objects.filter(
        pk=death.pk,
        organization_id=by.organization_id,
        confirmed_at__isnull=True,
        withdrawn_at__isnull=True,
    )
    if not open_ones.update(**said):
        raise DeathNotOpen("This report was confirmed or withdrawn meanwhile.")
    death.refresh_from_db()
    return death
