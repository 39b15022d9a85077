"""Keeping payers, their authorisations, and agreements to pay oneself."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Patient
from courses.events import record_event
from courses.models import Authorization, Course, CourseEvent, Payer, SelfPayAgreement
from courses.thresholds.selectors import thresholds_of


class AuthorizationEnded(Conflict):
    """The authorisation, or the agreement, was ended before."""

    code = "authorization-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a payer grants; without `renewal_days`, as many as the thresholds say."""

    payer: Payer
    reference: str
    starts_on: date
    ends_on: date
    visits_granted: int | None = None
    units_granted: int | None = None
    renewal_days: int | None = None
    evidence: str = ""
    profile: str = ""
    course: Course | None = None
    drug: str = ""


@transaction.atomic
def record_authorization(
    *, patient: Patient, terms: Terms, by: Membership, now: datetime
) -> Authorization:
    """Keep what a payer granted; DomainError names the input that does not fit."""
    _check(patient, terms, by)
    made = Authorization.objects.create(
        organization_id=patient.organization_id,
        patient=patient,
        recorded_at=now,
        recorded_by=by,
        **_columns(terms, by),
    )
    if terms.course:
        detail = {"authorization": str(made.pk)}
        kind = CourseEvent.Kind.AUTHORIZED
        record_event(course=terms.course, kind=kind, by=by, now=now, detail=detail)
    return made


@transaction.atomic
def change_authorization(
    *, authorization: Authorization, terms: Terms, by: Membership
) -> Authorization:
    """Put right what was granted; the history keeps what stood there.

    Raises AuthorizationEnded, or DomainError as recording does.
    """
    _check(authorization.patient, terms, by)
    values = _columns(terms, by)
    rows = Authorization.objects.filter(pk=authorization.pk, ended_at__isnull=True)
    if not rows.update(**values):
        raise AuthorizationEnded("This authorisation was ended before.")
    authorization.refresh_from_db()
    return authorization


def _check(patient: Patient, terms: Terms, by: Membership) -> None:
    if {patient.organization_id, terms.payer.organization_id} != {by.organization_id}:
        raise DomainError("There is no such payer here.", field="payer")
    if bool(terms.course) == bool(terms.drug):
        raise DomainError("It is for one course, or for a drug.", field="course")
    if terms.course and terms.course.patient_id != patient.pk:
        raise DomainError("This is another patient’s course.", field="course")
    if terms.ends_on < terms.starts_on:
        raise DomainError("The last day is not before the first.", field="ends_on")
    if not (terms.visits_granted or terms.units_granted):
        raise DomainError("How many visits, or devices, are granted?", field="visits_granted")


def _columns(terms: Terms, by: Membership) -> dict[str, Any]:
    days = terms.renewal_days
    usual = thresholds_of(by.organization).authorization_renewal_days
    return {
        "payer": terms.payer,
        "course": terms.course,
        "drug": terms.drug,
        "profile": terms.profile or terms.payer.profile,
        "reference": terms.reference.strip(),
        "starts_on": terms.starts_on,
        "ends_on": terms.ends_on,
        "visits_granted": terms.visits_granted,
        "units_granted": terms.units_granted,
        "renewal_days": usual if days is None else days,
        "evidence": terms.evidence.strip(),
    }


@transaction.atomic
def end_authorization(
    *, authorization: Authorization, by: Membership, reason: str, now: datetime
) -> Authorization:
    """Let an authorisation cover nothing any more: withdrawn, or recorded in error.

    Raises AuthorizationEnded, or DomainError without a reason.
    """
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    because(reason)
    rows = Authorization.objects.filter(pk=authorization.pk, organization_id=by.organization_id)
    standing = rows.filter(ended_at__isnull=True)
    if not standing.update(ended_at=now, ended_by=by, end_reason=reason.strip()):
        raise AuthorizationEnded("This authorisation was ended before.")
    authorization.refresh_from_db()
    return authorization


@transaction.atomic
def agree_self_pay(
    *, course: Course, signed_on: date, by: Membership, now: datetime
) -> SelfPayAgreement:
    """Keep that the patient pays what no payer covers; again, it is the same agreement.

    DomainError for a day to come.
    """
    if signed_on > now.astimezone(course.site.zone).date():
        raise DomainError("It cannot have been signed in the future.", field="signed_on")
    standing = SelfPayAgreement.objects.filter(course=course, ended_at__isnull=True)
    if found := standing.first():
        return found
    try:
        with transaction.atomic():
            return SelfPayAgreement.objects.create(
                organization_id=course.organization_id,
                course=course,
                signed_on=signed_on,
                recorded_at=now,
                recorded_by=by,
            )
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "selfpay_one_in_force":
            raise
        return standing.get()


@transaction.atomic
def end_self_pay(*, agreement: SelfPayAgreement, by: Membership, now: datetime) -> None:
    """End the agreement; raise AuthorizationEnded when somebody did before."""
    rows = SelfPayAgreement.objects.filter(pk=agreement.pk, ended_at__isnull=True)
    if not rows.update(ended_at=now, ended_by=by):
        raise AuthorizationEnded("This agreement was ended before.")


@transaction.atomic
def keep_payer(
    *, name: str, profile: str, is_active: bool, by: Membership, payer: Payer | None = None
) -> Payer:
    """Add a payer, or change one; DomainError (field `name`) where the name is taken."""
    kept = payer or Payer(organization_id=by.organization_id)
    kept.name, kept.profile, kept.is_active = name.strip(), profile, is_active
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "payer_name_once":
            raise
        raise DomainError("There is a payer of this name already.", field="name") from exc
    return kept
