"""The page on which a clinician moves a course to another version of its protocol."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.rights import Right
from courses.access import course_for
from courses.editor.moving import VersionDoesNotFit, version_ahead
from courses.models import Course, ProtocolVersion
from scheduling.services.versions import VersionChange, change_version, version_change


class VersionForm(forms.Form):
    """Why, and what becomes of the visits that are booked."""

    version = forms.UUIDField(widget=forms.HiddenInput)
    visits = forms.ChoiceField(
        choices=[("keep", "They stay as they are"), ("anew", "They are called off, to plan anew")],
        widget=forms.RadioSelect,
        label="Booked visits",
    )
    reason = forms.CharField(
        max_length=240, label="Reason", widget=forms.Textarea(attrs={"rows": 2})
    )


@allowed(Right.DECIDE)
@require_http_methods(["GET", "POST"])
def course_version(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """What would differ under the version in force, and moving the course to it."""
    course = course_for(request.membership, course_id, Right.DECIDE)
    version = version_ahead(course)
    initial = {"version": version and version.pk}
    form = VersionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and version:
        try:
            return _moved(request, course, version, form)
        except DomainError as exc:
            show_refusal(form, exc)
    return _page(request, course, version, form)


def _moved(
    request: MemberRequest, course: Course, version: ProtocolVersion, form: VersionForm
) -> HttpResponse:
    said = form.cleaned_data
    if said["version"] != version.pk:
        raise VersionDoesNotFit("Another version is in force by now: look at it first.")
    gone = change_version(
        course=course,
        version=version,
        keep_visits=said["visits"] == "keep",
        by=request.membership,
        reason=said["reason"],
        now=timezone.now(),
    )
    messages.success(request, f"The course goes by version {version.number} now.")
    if gone:
        messages.info(request, f"{len(gone)} visits were called off: plan them anew.")
    return redirect("courses:course", course.pk)


def _page(
    request: MemberRequest, course: Course, version: ProtocolVersion | None, form: VersionForm
) -> HttpResponse:
    change: VersionChange | None = None
    refusal = ""
    if version:
        try:
            change = version_change(course, version, now=timezone.now())
        except VersionDoesNotFit as exc:
            refusal = str(exc)
    context: dict[str, Any] = {
        "course": course,
        "patient": course.patient,
        "version": version,
        "change": change,
        "refusal": refusal,
        "form": form,
        "zone": course.site.zone,
    }
    status = 422 if form.errors else 200
    return render(request, "scheduling/course_version.html", context, status=status)
