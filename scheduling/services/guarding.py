"""Steps inside a transaction: a prescriber's override narrows the guards of doses (G4), and
they are whole again once the dose that was too near has gone."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from psycopg.types.range import DateRange

from clinic.identity.selectors import of_person
from clinic.models import Membership
from courses.models import Dose
from scheduling.models import Override, Reservation
from sessions.models import Session


def record_override(visit: Session, *, by: Membership, reason: str, now: datetime) -> Override:
    """Keep that the visit may be at its time inside the minimum gap, by whom and why."""
    return Override.objects.create(
        organization_id=visit.organization_id,
        rule=Override.Rule.MINIMUM_GAP,
        visit=visit,
        starts_at=visit.starts_at,
        by=by,
        reason=reason,
        at=now,
    )


def narrow_guards(
    visit: Session, periods: dict[str, Any], override: Override | None
) -> dict[str, Any]:
    """What the dose claims under the override; the guards before it end on its day."""
    if override is None:
        return periods
    guard: DateRange = periods["guard"]
    day, others = visit.local_date, _doses(visit.patient_id).exclude(session=visit)
    for before in others.filter(guard__startswith__lt=day, guard__endswith__gt=day):
        _write(before, DateRange(before.guard.lower, day), override)
    after = others.filter(guard__startswith__gt=day, guard__startswith__lt=guard.upper).first()
    if after is None:
        near = is_near_elsewhere(visit.patient_id, day, periods["gap_days"])
        return periods | ({"guard_override": override} if near else {})
    return periods | {"guard": DateRange(day, after.guard.lower), "guard_override": override}


def widen_guards(patient_id: UUID, *, left: date) -> None:
    """Make guards that ended on a day which the dose has left as wide as they may be now."""
    doses = _doses(patient_id)
    for row in doses.filter(guard_override__isnull=False, guard__endswith=left):
        day = row.guard.lower
        whole = DateRange(day, day + timedelta(days=row.gap_days))
        after = doses.filter(guard__startswith__gt=day, guard__startswith__lt=whole.upper).first()
        if after is None:
            near = is_near_elsewhere(patient_id, day, row.gap_days)
            _write(row, whole, row.guard_override if near else None)
        else:
            _write(row, DateRange(day, after.guard.lower), row.guard_override)


def is_near_elsewhere(patient_id: UUID, day: date, gap_days: int) -> bool:
    """Whether a dose at another clinic lies within the minimum gap of that day (DOMAIN 8.21).

    So does one of the person's other charts (8.45).
    """
    gap = timedelta(days=gap_days)
    is_elsewhere = Q(source=Dose.Source.OUTSIDE) | ~Q(patient=patient_id)
    rows = Dose.objects.filter(is_elsewhere, of_person(patient_id), withdrawn_at=None)
    return rows.filter(on__gt=day - gap, on__lt=day + gap).exists()


def _doses(patient_id: UUID) -> Any:
    doses = Reservation.objects.filter(of_person(patient_id), guard__isnull=False)
    return doses.select_related("guard_override").order_by("guard__startswith", "pk")


def _write(row: Reservation, guard: "DateRange", override: Override | None) -> None:
    Reservation.objects.filter(pk=row.pk).update(guard=guard, guard_override=override)
