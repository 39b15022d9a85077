"""The only way for views and API to reach payers, authorisations and agreements."""

from uuid import UUID

from clinic.access import require_at, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from courses.models import Authorization, Payer, SelfPayAgreement


def authorization_for(member: Membership, authorization_id: UUID, right: Right) -> Authorization:
    """The authorisation with its patient; refuses as `patient_for` does."""
    related = ("payer", "patient__site", "patient__organization", "recorded_by", "ended_by")
    rows = Authorization.objects.select_related(*related, "course__protocol_version__protocol")
    found = row_for(member, rows, authorization_id)
    require_at(member, right, found.patient.site_ids)
    require_open(member, found.patient)
    return found


def agreement_for(member: Membership, agreement_id: UUID, right: Right) -> SelfPayAgreement:
    """The agreement with its course; refuses as `course_for` does."""
    rows = SelfPayAgreement.objects.select_related("course__patient", "course__site")
    found = row_for(member, rows, agreement_id)
    require_at(member, right, [found.course.site_id])
    require_open(member, found.course.patient)
    return found


def payer_for(member: Membership, payer_id: UUID) -> Payer:
    """The payer, or 404 when the member's organisation does not have it."""
    return row_for(member, Payer.objects.all(), payer_id)
