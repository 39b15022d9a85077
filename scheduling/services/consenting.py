"""What follows from the end of a consent: no dose stays booked that nothing consents to."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from clinic.consents import has_consent
from clinic.consents.rules import covers
from clinic.consents.services import withdraw_consent
from clinic.models import ConsentKind, ConsentRecord, Membership
from courses.selectors import definition_of
from scheduling.services.changing import cancel_doses
from sessions.models import Session, SessionQuerySet

# What course and visit show; the patient's own words stay with the consent.
REASON = "Consent to treatment was withdrawn."


@dataclass(frozen=True, slots=True)
class EndedConsent:
    """The consents that were withdrawn, and the visits that were cancelled with them."""

    consents: list[ConsentRecord]
    visits: list[Session]


@transaction.atomic
def end_consent(
    *, record: ConsentRecord, by: Membership, now: datetime, reason: str = ""
) -> EndedConsent:
    """Withdraw a consent; without one to treatment, booked doses and their talks are cancelled.

    Visits that have begun stay as they are: who is with the patient decides. Raises
    ConsentNotStanding.
    """
    withdrawn = withdraw_consent(record=record, by=by, now=now, reason=reason)
    # Locked first: a patient who arrives meanwhile is in the hands of staff.
    booked = list(_booked_doses(record).select_for_update(no_key=True, of=("self",)))
    doses = [dose for dose in booked if _rests_on(record, dose) and not _is_covered(dose, now)]
    return EndedConsent(withdrawn, cancel_doses(doses=doses, by=by, reason=REASON, now=now))


def doses_resting_on(record: ConsentRecord) -> list[Session]:
    """The booked doses that the consent covers, whatever else covers them, by time."""
    return [dose for dose in _booked_doses(record) if _rests_on(record, dose)]


def _booked_doses(record: ConsentRecord) -> SessionQuerySet:
    if record.kind != ConsentKind.TREATMENT:
        return Session.objects.none()
    doses = Session.objects.planned().filter(patient_id=record.patient_id, kind=Session.Kind.DOSING)
    rows = doses.select_related("course__protocol_version__protocol", "site", "patient")
    return rows.order_by("starts_at", "pk")


def _rests_on(record: ConsentRecord, dose: Session) -> bool:
    definition = definition_of(dose.course.protocol_version)
    return covers((record.drug, record.route), definition.drug, definition.route)


def _is_covered(dose: Session, now: datetime) -> bool:
    definition = definition_of(dose.course.protocol_version)
    drug, route = definition.drug, definition.route
    return has_consent(dose.patient, ConsentKind.TREATMENT, on=now, drug=drug, route=route)
