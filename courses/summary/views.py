"""Pages about the summary for the referring doctor: for whom it may be made, and the paper.

Whoever may see the clinical data may take the summary out (VIEW_CLINICAL): it holds nothing that
they do not read on the page, and the consent, not a further right, says to whom it may go. The
right to export is about whole charts and many patients.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed
from clinic.consents.access import consent_for
from clinic.consents.selectors import line_of, texts_in_use
from clinic.models import ConsentKind
from clinic.rights import Right, may
from courses.access import course_for
from courses.summary.selectors import releases_of
from courses.summary.services import ReleaseNotCovered, release_summary

PDF = "application/pdf"
# No name in it: files are seen by whoever sees the folder.
FILE_NAME = 'attachment; filename="course-summary.pdf"'


@allowed(Right.VIEW_CLINICAL)
@require_GET
def summary(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """To whom the summary may go, and why it may not go to others."""
    course = course_for(request.membership, course_id, Right.VIEW_CLINICAL)
    now, zone = timezone.now(), course.site.zone
    texts = [t for t in texts_in_use(course.organization_id) if t.kind == ConsentKind.RELEASE]
    texts.sort(key=lambda text: text.language != course.patient.language)
    context = {
        "course": course,
        "patient": course.patient,
        "lines": [line_of(one, now, zone) for one in releases_of(course.patient, now=now)],
        "text": texts[0] if texts else None,
        "may_record": may(request.membership, Right.RECORD_CONSENT, course.patient),
        "zone": zone,
    }
    return render(request, "summary/summary.html", context)


@allowed(Right.VIEW_CLINICAL)
@require_GET
def paper(request: MemberRequest, course_id: UUID, consent_id: UUID) -> HttpResponse:
    """The summary for the recipient of that consent."""
    member = request.membership
    course = course_for(member, course_id, Right.VIEW_CLINICAL)
    consent = consent_for(member, consent_id, Right.VIEW_CLINICAL)
    try:
        made = release_summary(course=course, consent=consent, by=member, now=timezone.now())
    except ReleaseNotCovered as exc:
        messages.error(request, str(exc))
        return redirect("courses:summary", course.pk)
    return HttpResponse(made, content_type=PDF, headers={"Content-Disposition": FILE_NAME})
