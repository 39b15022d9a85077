"""The caseload. Names are never in an address, so that asking for it is a POST."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import site_for
from clinic.api.views import ApiView, named
from clinic.charts import open_patient_ids
from clinic.rights import Right
from scheduling.selectors.served import courses_served_by
from sessions.caseload.selectors import MINE, Wanted, caseload
from sessions.caseload.serializers import CaseloadInput, CaseloadOutput


class CaseloadSearch(ApiView):
    """POST /caseload/search"""

    right = Right.VIEW_CLINICAL

    @extend_schema(
        operation_id="search_caseload",
        tags=["courses"],
        request=CaseloadInput,
        responses={200: CaseloadOutput},
    )
    def post(self, request: Request) -> Response:
        """One's own patients, or all of a site, who needs somebody first.

        The order is the most urgent flag, then who comes in sooner, then the number of flags.
        """
        said, now = self.sent(CaseloadInput), timezone.now()
        site_id = said.pop("site", None)
        if site_id is not None:
            named("site", lambda: site_for(self.member, site_id, Right.VIEW_CLINICAL))
        found = caseload(
            member=self.member,
            wanted=Wanted(who=str(site_id) if site_id else MINE, **said),
            served=() if site_id else courses_served_by(self.member, now=now),
            open_ids=open_patient_ids(self.member, now=now),
            now=now,
        )
        return Response(CaseloadOutput(found).data)
