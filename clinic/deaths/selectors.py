"""Reading what is known of a patient's death."""

from clinic.models import Patient, PatientDeath


def death_of(patient: Patient) -> PatientDeath | None:
    """The report that stands, confirmed or not; None where there is none."""
    rows = PatientDeath.objects.filter(patient=patient, withdrawn_at__isnull=True)
    return rows.select_related("reported_by", "confirmed_by").first()


def is_deceased(patient: Patient) -> bool:
    """Whether the patient's death is confirmed."""
    death = death_of(patient)
    return death is not None and death.confirmed_at is not None
