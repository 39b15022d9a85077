"""The only way for views and API to reach a consent or its text."""

from uuid import UUID

from clinic.access import closed_patient_for, require_open, row_for
from clinic.models import ConsentRecord, ConsentText, Membership
from clinic.rights import Right


def consent_for(member: Membership, consent_id: UUID, right: Right) -> ConsentRecord:
    """The consent with its patient; refuses as `patient_for` does."""
    people = ("text", "recorded_by", "witness", "withdrawn_by")
    record = row_for(member, ConsentRecord.objects.select_related(*people), consent_id)
    record.patient = closed_patient_for(member, record.patient_id, right)
    require_open(member, record.patient)
    return record


def text_for(member: Membership, text_id: UUID) -> ConsentText:
    """The version of a text, or 404 when the member's organisation does not have it."""
    return row_for(member, ConsentText.objects.all(), text_id)
