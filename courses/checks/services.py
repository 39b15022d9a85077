"""Recording results of checks; what follows from them is scheduling's."""

from datetime import date, datetime

from django.db import transaction

from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Patient
from courses.models import CheckResult


class CheckWithdrawn(Conflict):
    """The result was withdrawn before."""

    code = "check-withdrawn"


@transaction.atomic
def record_check(
    *,
    patient: Patient,
    kind: str,
    on: date,
    result: str,
    by: Membership,
    now: datetime,
    note: str = "",
    document: str = "",
) -> CheckResult:
    """Keep a result; raise DomainError for a day to come."""
    if on > now.astimezone(patient.site.zone).date():
        raise DomainError("This day lies in the future.", field="on")
    return CheckResult.objects.create(
        organization_id=by.organization_id,
        patient=patient,
        kind=kind,
        on=on,
        result=result,
        note=note.strip(),
        document=document.strip(),
        recorded_at=now,
        recorded_by=by,
    )


@transaction.atomic
def withdraw_check(*, result: CheckResult, by: Membership, now: datetime) -> None:
    """Take back a result that was recorded in error; it stays on record. Raise CheckWithdrawn."""
    rows = CheckResult.objects.filter(pk=result.pk, withdrawn_at=None)
    if not rows.update(withdrawn_at=now, withdrawn_by=by):
        raise CheckWithdrawn("This result was withdrawn already.")
