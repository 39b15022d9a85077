"""Doses at other clinics, and the booked ones that they come too near to."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from clinic.identity.selectors import of_person
from clinic.models import Membership, Patient
from courses.doses.services import record_outside_dose
from courses.models import Course, Dose
from scheduling.models import Reservation
from scheduling.services.changing import cancel_doses
from scheduling.services.claiming import lock_courses_of, lock_parties
from sessions.models import Session

TOO_NEAR = "Too near to a dose at another clinic."


@transaction.atomic
def record_dose_elsewhere(
    *,
    patient: Patient,
    course: Course | None,
    on: date,
    drug: str,
    route: str,
    amount_mg: Decimal | None,
    by: Membership,
    now: datetime,
    seq: int | None = None,
    is_amount_confirmed: bool = False,
) -> tuple[Dose, list[Session]]:
    """Record the dose, and cancel the planned ones within the minimum gap of it (DOMAIN 8.21).

    Raises what `record_outside_dose` refuses. Gives back the dose and what was cancelled.
    """
    lock_courses_of(patient.pk)
    lock_parties(patient_id=patient.pk)
    gone = cancel_doses(doses=_too_near(patient, on), by=by, reason=TOO_NEAR, now=now)
    dose = record_outside_dose(
        patient=patient,
        course=course,
        on=on,
        drug=drug,
        route=route,
        amount_mg=amount_mg,
        by=by,
        now=now,
        seq=seq,
        is_amount_confirmed=is_amount_confirmed,
    )
    return dose, gone


def _too_near(patient: Patient, on: date) -> list[Session]:
    claims = Reservation.objects.filter(
        of_person(patient.pk),
        guard__isnull=False,
        session__status=Session.Status.PLANNED,
    ).select_related("session__course", "session__site", "session__patient")
    near = [claim for claim in claims.order_by("session__starts_at") if _is_near(claim, on)]
    return [claim.visit for claim in near]


def _is_near(claim: Reservation, on: date) -> bool:
    day: date = claim.guard.lower
    return abs(day - on) < timedelta(days=claim.gap_days or 1)
