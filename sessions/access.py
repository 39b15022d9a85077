"""The only way for views and API to reach a visit."""

from uuid import UUID, uuid4

from django.db.models import QuerySet

from clinic.access import own_of, require_at, require_open
from clinic.models import Membership
from clinic.prepared import Prepared
from clinic.rights import Right
from sessions.models import Session


def _visits(visit: UUID) -> QuerySet[Session]:
    """The visit with what is asked of it; `definition_of` has what its protocol says."""
    related = ("organization", "patient", "site", "course__protocol_version__protocol")
    rows = Session.objects.select_related(*related).defer("course__protocol_version__definition")
    return rows.filter(pk=visit)


_VISITS = Prepared(_visits, visit=uuid4())


def visit_for(member: Membership, visit_id: UUID, right: Right) -> Session:
    """The visit; refuses as `patient_for` does, by the visit's site."""
    visit = own_of(member, _VISITS(visit=visit_id))
    require_at(member, right, [visit.site_id])
    require_open(member, visit.patient)
    return visit
