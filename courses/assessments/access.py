"""The only way for views and API to reach an assessment."""

from uuid import UUID

from clinic.access import closed_patient_for, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from courses.models import Assessment


def assessment_for(member: Membership, assessment_id: UUID, right: Right) -> Assessment:
    """The assessment with its patient; refuses as `patient_for` does."""
    rows = Assessment.objects.select_related(
        "course__site", "course__protocol_version__protocol", "entered_by", "withdrawn_by"
    )
    found = row_for(member, rows, assessment_id)
    found.patient = closed_patient_for(member, found.patient_id, right)
    require_open(member, found.patient)
    return found
