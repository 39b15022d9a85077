"""Booked doses and the consents to treatment that they rest on."""

from dataclasses import dataclass
from datetime import datetime

from clinic.consents.rules import covers
from clinic.consents.selectors import standing_consents
from clinic.models import ConsentKind, ConsentRecord
from courses.selectors import definition_of
from sessions.models import Session, SessionQuerySet


@dataclass(frozen=True, slots=True)
class Stake:
    """Which booked doses the end of a consent calls off, and which another one still covers."""

    goes: list[Session]
    stays: list[Session]


def booked_doses(record: ConsentRecord) -> SessionQuerySet:
    """The patient's doses to come, where the consent is one to treatment."""
    if record.kind != ConsentKind.TREATMENT:
        return Session.objects.none()
    doses = Session.objects.planned().filter(patient_id=record.patient_id)
    rows = doses.filter(kind=Session.Kind.DOSING).select_related(
        "course__protocol_version__protocol", "site", "patient"
    )
    return rows.order_by("starts_at", "pk")


def is_consented(dose: Session, consent: ConsentRecord) -> bool:
    """Whether this consent is one to the dose's drug and route."""
    definition = definition_of(dose.course.protocol_version)
    return covers((consent.drug, consent.route), definition.drug, definition.route)


def doses_at_stake(record: ConsentRecord, *, now: datetime) -> Stake:
    """What would become of the booked doses if the consent, and all to the very same, ended."""
    scope = (record.drug, record.route)
    standing = standing_consents(record.patient, ConsentKind.TREATMENT, on=now)
    others = [one for one in standing if (one.drug, one.route) != scope]
    doses = [dose for dose in booked_doses(record) if is_consented(dose, record)]
    stays = [dose for dose in doses if any(is_consented(dose, other) for other in others)]
    return Stake([dose for dose in doses if dose not in stays], stays)
