"""The only way for views and API to reach a safety alert or a duty on call."""

from uuid import UUID

from clinic.access import require_at, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from courses.models import OnCall, SafetyAlert


def alert_for(member: Membership, alert_id: UUID, right: Right) -> SafetyAlert:
    """The alert; refuses as `patient_for` does, by its own site and those of the patient."""
    related = ("organization", "site", "patient__site", "course__protocol_version__protocol")
    people = ("routed_to", "raised_by", "acknowledged_by", "assessor", "closed_by")
    rows = SafetyAlert.objects.select_related(*related, *people)
    alert = row_for(member, rows, alert_id)
    require_at(member, right, {alert.site_id, *alert.patient.site_ids})
    require_open(member, alert.patient)
    return alert


def duty_for(member: Membership, duty_id: UUID) -> OnCall:
    """The duty on call, for who manages the settings of its site; else as `require_at`."""
    duty = row_for(member, OnCall.objects.select_related("site", "membership"), duty_id)
    require_at(member, Right.MANAGE_SETTINGS, [duty.site_id])
    return duty
