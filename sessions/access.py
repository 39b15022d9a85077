"""The only way for views and API to reach a visit."""

from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.http import Http404

from clinic.access import require_at, require_open
from clinic.models import Membership
from clinic.prepared import Prepared
from clinic.rights import Right
from sessions.models import Session


def _visits(organization: UUID, visit: UUID) -> QuerySet[Session]:
    """The visit with what is asked of it; `definition_of` has what its protocol says."""
    related = ("organization", "patient", "site", "course__protocol_version__protocol")
    rows = Session.objects.select_related(*related).defer("course__protocol_version__definition")
    return rows.filter(organization_id=organization, pk=visit)


_VISITS = Prepared(_visits, organization=uuid4(), visit=uuid4())


def visit_for(member: Membership, visit_id: UUID, right: Right) -> Session:
    """The visit; refuses as `patient_for` does, by the visit's site."""
    found = _VISITS(organization=member.organization_id, visit=visit_id)
    if not found:
        raise Http404("There is no such visit.")
    visit = found[0]
    require_at(member, right, [visit.site_id])
    require_open(member, visit.patient)
    return visit
