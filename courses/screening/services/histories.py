"""What is known of a patient besides: diagnoses and medication trials."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Patient
from clinic.rights import Right, require
from courses.models import Diagnosis, MedicationTrial


class RowWithdrawn(Conflict):
    """It was withdrawn before."""

    code = "withdrawn"


@transaction.atomic
def record_diagnosis(
    *,
    patient: Patient,
    system: str,
    code: str,
    label: str,
    by: Membership,
    now: datetime,
    is_primary: bool = False,
    diagnosed_on: date | None = None,
) -> Diagnosis:
    """Keep a coded diagnosis; raise RightMissing, DomainError where it is on record already.

    Only who may decide on treatment is an authorised evaluator (DOMAIN 3.1, IN_DX).
    """
    require(by, Right.DECIDE, patient)
    try:
        with transaction.atomic():
            return Diagnosis.objects.create(
                organization_id=by.organization_id,
                patient=patient,
                system=system,
                code=code.strip().upper(),
                label=label.strip(),
                is_primary=is_primary,
                diagnosed_on=diagnosed_on,
                recorded_at=now,
                recorded_by=by,
            )
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "diagnosis_once":
            raise
        raise DomainError("This diagnosis is on record already.", field="code") from exc


@transaction.atomic
def withdraw_diagnosis(*, diagnosis: Diagnosis, by: Membership, now: datetime) -> None:
    """Take back a diagnosis; it stays on record. Raise RightMissing, RowWithdrawn."""
    require(by, Right.DECIDE, diagnosis.patient)
    rows = Diagnosis.objects.filter(pk=diagnosis.pk, withdrawn_at=None)
    if not rows.update(withdrawn_at=now, withdrawn_by=by):
        raise RowWithdrawn("This diagnosis was withdrawn already.")


@transaction.atomic
def record_trial(
    *, patient: Patient, by: Membership, now: datetime, **said: Any
) -> MedicationTrial:
    """Keep a medication trial; raise DomainError where its dates do not fit."""
    _check_trial(said, now.astimezone(patient.site.zone).date())
    return MedicationTrial.objects.create(
        organization_id=by.organization_id,
        patient=patient,
        recorded_at=now,
        recorded_by=by,
        **said,
    )


@transaction.atomic
def change_trial(
    *, trial: MedicationTrial, by: Membership, now: datetime, **said: Any
) -> MedicationTrial:
    """Correct a medication trial; what it said before stays in the audit. Raise RowWithdrawn."""
    _check_trial(said, now.astimezone(trial.patient.site.zone).date())
    rows = MedicationTrial.objects.filter(pk=trial.pk, withdrawn_at=None)
    if not rows.update(**said, recorded_at=now, recorded_by=by):
        raise RowWithdrawn("This trial was withdrawn already.")
    trial.refresh_from_db()
    return trial


def _check_trial(said: dict[str, Any], today: date) -> None:
    started, ended = said.get("started_on"), said.get("ended_on")
    if started and started > today:
        raise DomainError("This day lies in the future.", field="started_on")
    if started and ended and ended < started:
        raise DomainError("The end is before the start.", field="ended_on")


@transaction.atomic
def withdraw_trial(*, trial: MedicationTrial, by: Membership, now: datetime) -> None:
    """Take back a trial that was recorded in error; it stays on record. Raise RowWithdrawn."""
    rows = MedicationTrial.objects.filter(pk=trial.pk, withdrawn_at=None)
    if not rows.update(withdrawn_at=now, withdrawn_by=by):
        raise RowWithdrawn("This trial was withdrawn already.")
