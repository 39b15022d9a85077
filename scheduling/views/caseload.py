"""The caseload: the courses that somebody follows, who needs them first."""

from collections.abc import Mapping

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed, sites_of
from clinic.charts import open_patient_ids
from clinic.models import Site
from clinic.rights import Right
from courses.models import Course
from courses.selectors import published_versions
from scheduling.selectors.served import courses_served_by
from sessions.caseload.rules import LABELS, ORDER
from sessions.caseload.selectors import MINE, STATES, Wanted, caseload

LONGEST_TEXT = 120
STATE_LABELS = [("", "Under way"), *((s, Course.Status(s).label) for s in STATES if s)]


@allowed(Right.VIEW_CLINICAL)
@require_http_methods(["GET", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    """My patients, or all of a site; a search is a POST, so that names stay out of addresses."""
    member, now = request.membership, timezone.now()
    sites = list(sites_of(member, Right.VIEW_CLINICAL))
    wanted = _wanted(request.POST if request.method == "POST" else request.GET, sites)
    found = caseload(
        member=member,
        wanted=wanted,
        served=courses_served_by(member, now=now) if wanted.who == MINE else (),
        open_ids=open_patient_ids(member, now=now),
        now=now,
    )
    context = {"found": found, "wanted": wanted, "sites": sites}
    if request.htmx:
        return render(request, "caseload/_list.html", context)
    versions = published_versions(organization=member.organization)
    context |= {
        "states": STATE_LABELS,
        "protocols": [(one.protocol.code, one.protocol.name) for one in versions],
        "order": [LABELS[code] for code in ORDER],
    }
    return render(request, "caseload/caseload.html", context)


def _wanted(said: Mapping[str, str], sites: list[Site]) -> Wanted:
    """What was asked for; a site that is not the member's is not there."""
    who = said.get("who") or MINE
    if who != MINE and who not in {str(site.pk) for site in sites}:
        raise Http404("There is no such site.")
    state, flag, page_number = said.get("state", ""), said.get("flag", ""), said.get("page", "1")
    return Wanted(
        who=who,
        state=state if state in STATES else "",
        flag=flag if flag in (*ORDER, "ANY") else "",
        protocol=said.get("protocol", "")[:20],
        text=said.get("text", "").replace("\0", "").strip()[:LONGEST_TEXT],
        page=int(page_number) if page_number.isascii() and page_number.isdigit() else 1,
    )
