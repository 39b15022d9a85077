"""Keeping the doses that patients have had; a dose is withdrawn, never changed or deleted."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Patient
from courses.consequences import after_dose, after_withdrawal
from courses.doses.amounts import Given, ask_about_amount
from courses.events import record_event
from courses.models import Course, CourseEvent, Dose
from courses.selectors import definition_of


class DoseWithdrawn(Conflict):
    """The dose was withdrawn before."""

    code = "dose-withdrawn"


@transaction.atomic
def record_dose(
    *,
    course: Course,
    visit_id: UUID,
    seq: int,
    on: date,
    given_at: datetime,
    by: Membership,
    now: datetime,
    amount_mg: Decimal | None = None,
    counts: bool = True,
) -> Dose:
    """Keep a dose that was given in a visit of the course, and set off what follows from it.

    Without `counts` less than half was given (DOMAIN 4.2). A visit has one dose.
    """
    rule = definition_of(course.protocol_version)
    dose = Dose.objects.create(
        organization_id=course.organization_id,
        patient_id=course.patient_id,
        course=course,
        source=Dose.Source.HERE,
        on=on,
        given_at=given_at,
        seq=seq,
        visit_id=visit_id,
        drug=rule.drug,
        route=rule.route,
        amount_mg=amount_mg,
        counts=counts,
        recorded_at=now,
        recorded_by=by,
    )
    _note(course, CourseEvent.Kind.DOSE_GIVEN, dose, by, now)
    after_dose(course=course, dose=dose, by=by, now=now)
    return dose


@transaction.atomic
def record_outside_dose(
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
) -> Dose:
    """Keep a dose that the patient had at another clinic (DOMAIN 8.20, 8.21).

    It counts for gaps, lapses and caps; with `seq` it takes that place of the course too, and sets
    off what follows from a dose, but for a baseline. Raises DomainError for a day to come, or a
    number that is not a place of the course, and AmountToConfirm.
    """
    here = (course.site if course else patient.site).zone
    if on > now.astimezone(here).date():
        raise DomainError("A dose elsewhere has been given already: check the date.", field="on")
    _check_place(course, seq)
    if amount_mg is not None and not is_amount_confirmed:
        what = Given(drug, route, amount_mg, on, seq)
        ask_about_amount(patient=patient, course=course, given=what)
    dose = Dose.objects.create(
        organization_id=patient.organization_id,
        patient=patient,
        course=course,
        source=Dose.Source.OUTSIDE,
        on=on,
        seq=seq,
        drug=drug,
        route=route,
        amount_mg=amount_mg,
        recorded_at=now,
        recorded_by=by,
    )
    if course:
        _note(course, CourseEvent.Kind.OUTSIDE_DOSE, dose, by, now)
    if course and seq is not None:
        after_dose(course=course, dose=dose, by=by, now=now)
    return dose


def _check_place(course: Course | None, seq: int | None) -> None:
    if seq is None:
        return
    if course is None or not 1 <= seq <= course.dose_count:
        raise DomainError("The course has no dose of that number.", field="seq")
    if Dose.objects.filter(course=course, seq=seq, withdrawn_at=None, counts=True).exists():
        raise DomainError("The course has had its dose of that number.", field="seq")


@transaction.atomic
def withdraw_dose(*, dose: Dose, by: Membership, reason: str, now: datetime) -> Dose:
    """Take back a dose that was recorded in error: it stays on record and counts for nothing.

    Raises DoseWithdrawn, or DomainError without a reason and for a dose given in a visit here,
    of which the visit itself tells.
    """
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    if dose.source != Dose.Source.OUTSIDE:
        raise DomainError("A dose given here is told by its visit.")
    because(reason)
    rows = Dose.objects.filter(pk=dose.pk, organization_id=by.organization_id)
    if not rows.filter(withdrawn_at=None).update(withdrawn_at=now):
        raise DoseWithdrawn("This dose was withdrawn before.")
    dose.refresh_from_db(fields=["withdrawn_at"])
    if dose.course:
        _note(dose.course, CourseEvent.Kind.DOSE_WITHDRAWN, dose, by, now, reason)
        if dose.seq is not None:
            after_withdrawal(course=dose.course, seq=dose.seq, now=now)
    return dose


def _note(
    course: Course, kind: str, dose: Dose, by: Membership, now: datetime, reason: str = ""
) -> None:
    detail = {"dose": str(dose.pk), "on": dose.on.isoformat()}
    record_event(course=course, kind=kind, by=by, now=now, reason=reason, detail=detail)
