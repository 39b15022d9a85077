"""The only way for views and API to reach a screening and what belongs to it."""

from uuid import UUID

from clinic.access import patient_for, require_at, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from courses.models import CheckResult, Condition, Diagnosis, MedicationTrial, Screening

_COURSE = (
    "course__organization", "course__patient__site", "course__site",
    "course__protocol_version__protocol",
)  # fmt: skip


def screening_for(member: Membership, screening_id: UUID, right: Right) -> Screening:
    """The screening with its course; refuses as `course_for` does."""
    rows = Screening.objects.select_related(*_COURSE, "evaluator", "started_by")
    screening = row_for(member, rows, screening_id)
    require_at(member, right, [screening.course.site_id])
    require_open(member, screening.course.patient)
    return screening


def condition_for(member: Membership, condition_id: UUID, right: Right) -> Condition:
    """The condition with its screening; refuses as `course_for` does."""
    rows = Condition.objects.select_related(*(f"screening__{name}" for name in _COURSE))
    condition = row_for(member, rows, condition_id)
    require_at(member, right, [condition.screening.course.site_id])
    require_open(member, condition.screening.course.patient)
    return condition


def trial_for(member: Membership, trial_id: UUID, right: Right) -> MedicationTrial:
    """The medication trial with its patient; refuses as `patient_for` does."""
    trial = row_for(member, MedicationTrial.objects.all(), trial_id)
    trial.patient = patient_for(member, trial.patient_id, right)
    return trial


def diagnosis_for(member: Membership, diagnosis_id: UUID, right: Right) -> Diagnosis:
    """The diagnosis with its patient; refuses as `patient_for` does."""
    diagnosis = row_for(member, Diagnosis.objects.all(), diagnosis_id)
    diagnosis.patient = patient_for(member, diagnosis.patient_id, right)
    return diagnosis


def check_result_for(member: Membership, result_id: UUID, right: Right) -> CheckResult:
    """The result of a check with its patient; refuses as `patient_for` does."""
    result = row_for(member, CheckResult.objects.all(), result_id)
    result.patient = patient_for(member, result.patient_id, right)
    return result
