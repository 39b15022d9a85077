"""Tasks that fail with a patient's name in their hands; a test's worker includes this module."""

from uuid import UUID

from celery import Task, shared_task

from clinic.models import Patient
from clinic.tenancy import tenant


@shared_task
def fail(organization_id: str, patient_id: str) -> None:
    """Speak of the patient while failing."""
    with tenant(UUID(organization_id)):
        patient = Patient.objects.get(pk=patient_id)
        raise ValueError(f"Cannot treat {patient} <{patient.email}>, {patient.phone}")


@shared_task
def break_a_rule(organization_id: str, patient_id: str) -> None:
    """Let PostgreSQL refuse the patient's row, which it then tells."""
    with tenant(UUID(organization_id)):
        Patient.objects.filter(pk=patient_id).update(site=None)


@shared_task(bind=True, max_retries=1, default_retry_delay=0)
def try_again(self: Task, organization_id: str, patient_id: str) -> None:
    """Fail for a passing reason, which goes into the message that is sent again."""
    with tenant(UUID(organization_id)):
        patient = Patient.objects.get(pk=patient_id)
    raise self.retry(exc=ConnectionError(f"{patient} is away"))
