"""What follows from the end of a consent: no dose stays booked that nothing consents to."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from clinic.consents.selectors import standing_consents
from clinic.consents.services import withdraw_consent
from clinic.models import ConsentKind, ConsentRecord, Membership
from clinic.rights import Right, require
from scheduling.selectors.consents import booked_doses, is_consented
from scheduling.services.changing import cancel_doses
from scheduling.services.claiming import lock_courses_of
from sessions.models import Session

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
    ConsentNotStanding, or RightMissing where visits go and `by` may not cancel any of the
    patient's; then nothing changed.
    """
    lock_courses_of(record.patient_id)
    withdrawn = withdraw_consent(record=record, by=by, now=now, reason=reason)
    # Locked before they are judged: a patient who arrives meanwhile is in the hands of staff.
    booked = list(booked_doses(record).select_for_update(no_key=True, of=("self",)))
    left = list(standing_consents(record.patient, ConsentKind.TREATMENT, on=now))
    doses = [
        dose
        for dose in booked
        if is_consented(dose, record) and not any(is_consented(dose, other) for other in left)
    ]
    if doses:
        require(by, Right.BOOK, record.patient)
    return EndedConsent(withdrawn, cancel_doses(doses=doses, by=by, reason=REASON, now=now))
