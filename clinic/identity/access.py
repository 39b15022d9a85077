"""Whether somebody may reach the link by which another chart stands in a chart's place."""

from clinic.access import closed_patient_for, require_open
from clinic.identity.selectors import link_of
from clinic.models import ChartLink, Membership, Patient
from clinic.rights import Right


def link_for(member: Membership, patient: Patient) -> ChartLink | None:
    """The link in force, which names the other chart too; None where there is none.

    Of a chart that the member may not open: 404, RightMissing or ChartRestricted.
    """
    link = link_of(patient)
    if link:
        other = closed_patient_for(member, link.principal_id, Right.LINK_CHARTS)
        require_open(member, other, is_named=False)
    return link
