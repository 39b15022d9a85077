"""One small page for each thing that is done to a course."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.forms import show_refusal
from courses.access import course_for
from courses.models import Course
from scheduling.acts.forms import ActForm
from scheduling.acts.table import Deed, require_state

CourseView = Callable[..., HttpResponse]


def page_of(deed: Deed) -> CourseView:
    """The page that asks for what the act needs, and does it."""

    def course_act(request: MemberRequest, course_id: UUID) -> HttpResponse:
        course = course_for(request.membership, course_id, deed.act.right)
        form = _form(request, deed, course)
        if request.method == "GET" or not form.is_valid():
            return _page(request, deed, course, form)
        try:
            require_state(deed, course)
            done = deed.do(course, by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as exc:
            show_refusal(form, exc)
            return _page(request, deed, course, form, 409 if exc.status == 409 else 422)
        messages.success(request, done.words)
        return redirect("courses:course", done.course.pk)

    course_act.__doc__ = f"{deed.act.title}: {deed.lead}"
    return allowed(deed.act.right)(require_http_methods(["GET", "POST"])(course_act))


def _form(request: MemberRequest, deed: Deed, course: Course) -> ActForm:
    today = timezone.now().astimezone(course.site.zone).date()
    data = request.POST if request.method == "POST" else None
    # The page asks again for the choices of another date.
    asked = {name: value for name, value in request.GET.items() if name == deed.form.decisive}
    return deed.form(data, initial=asked, course=course, member=request.membership, today=today)


def _page(
    request: MemberRequest, deed: Deed, course: Course, form: ActForm, status: int = 200
) -> HttpResponse:
    shown = Course.objects.get(pk=course.pk)
    context: dict[str, Any] = {
        "course": course,
        "patient": course.patient,
        "deed": deed,
        "form": form,
        "can_do": shown.status in deed.act.states,
        "state": shown,
    }
    status = 422 if form.errors and status == 200 else status
    return render(request, "acts/act.html", context, status=status)
