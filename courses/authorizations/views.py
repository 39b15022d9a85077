"""Pages about authorisations: a patient's, one of them, what is to be renewed, self-pay."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed, patient_for
from clinic.charts import open_patient_ids
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.models import Patient
from clinic.rights import Right
from courses.access import course_for
from courses.authorizations.access import agreement_for, authorization_for
from courses.authorizations.forms import AuthorizationForm, EndForm, SelfPayForm
from courses.authorizations.selectors import (
    renewals_due,
    self_pay_of,
    standing_of,
    standings_of_course,
    standings_of_patient,
    warnings_of,
)
from courses.authorizations.services import (
    agree_self_pay,
    change_authorization,
    end_authorization,
    end_self_pay,
    record_authorization,
)
from courses.models import Authorization
from courses.thresholds.selectors import thresholds_of


def _form(request: MemberRequest, patient: Patient, **more: Any) -> AuthorizationForm:
    return AuthorizationForm(
        request.POST if request.method == "POST" else None,
        patient=patient,
        today=timezone.localdate(timezone=patient.site.zone),
        renewal_days=thresholds_of(patient.organization).authorization_renewal_days,
        **more,
    )


@allowed(Right.VIEW_PATIENTS)
@require_GET
def due(request: MemberRequest) -> HttpResponse:
    """Every authorisation that is to be renewed, what ends first on top."""
    now = timezone.now()
    opened = open_patient_ids(request.membership, now=now)
    lines = renewals_due(request.membership, now=now, open_ids=opened)
    return render(request, "authorizations/due.html", {"lines": lines})


@allowed(Right.VIEW_PATIENTS)
@require_GET
def of_patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Everything that payers granted the patient."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_PATIENTS)
    today = timezone.localdate(timezone=patient.site.zone)
    context = {"patient": patient, "standings": standings_of_patient(patient, today=today)}
    return render(request, "authorizations/of_patient.html", context)


@allowed(Right.VIEW_PATIENTS)
@require_GET
def of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """What covers the course: a piece of its page."""
    course = course_for(request.membership, course_id, Right.VIEW_PATIENTS)
    today = timezone.localdate(timezone=course.site.zone)
    context = {
        "course": course,
        "patient": course.patient,
        "standings": standings_of_course(course, today=today),
        "self_pay": self_pay_of(course),
        "warnings": warnings_of(course)[:10],
        "form": SelfPayForm(initial={"signed_on": today}),
    }
    return render(request, "authorizations/_of_course.html", context)


@allowed(Right.EDIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Record what a payer granted; `?course=` proposes a course."""
    patient = patient_for(request.membership, patient_id, Right.EDIT_PATIENTS)
    wanted = request.GET.get("course", "")
    course = next((one for one in patient.courses.all() if str(one.pk) == wanted), None)
    form = _form(request, patient, course=course)
    if not form.is_valid():
        return _form_page(request, patient, form)
    try:
        record_authorization(
            patient=patient, terms=form.terms, by=request.membership, now=timezone.now()
        )
    except DomainError as exc:
        form.refuse(exc.field, str(exc))
        return _form_page(request, patient, form)
    messages.success(request, "The authorisation is recorded.")
    return redirect("courses:authorizations_of_patient", patient.pk)


def _form_page(
    request: MemberRequest,
    patient: Patient,
    form: AuthorizationForm,
    known: Authorization | None = None,
    **more: Any,
) -> HttpResponse:
    context = {"patient": patient, "form": form, "authorization": known, "end": EndForm(), **more}
    today = timezone.localdate(timezone=patient.site.zone)
    context["standing"] = standing_of(known, today=today) if known else None
    faulty = form.errors or context["end"].errors
    return render(request, "authorizations/form.html", context, status=422 if faulty else 200)


@allowed(Right.EDIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def authorization(request: MemberRequest, authorization_id: UUID) -> HttpResponse:
    """One authorisation, to look at and put right."""
    known = authorization_for(request.membership, authorization_id, Right.EDIT_PATIENTS)
    form = _form(request, known.patient, known=known)
    if not form.is_valid():
        return _form_page(request, known.patient, form, known)
    try:
        change_authorization(authorization=known, terms=form.terms, by=request.membership)
    except DomainError as exc:
        form.refuse(exc.field, str(exc))
        return _form_page(request, known.patient, form, known)
    messages.success(request, "The authorisation is changed.")
    return redirect("courses:authorizations_of_patient", known.patient_id)


@allowed(Right.EDIT_PATIENTS)
@require_POST
def end(request: MemberRequest, authorization_id: UUID) -> HttpResponse:
    """Note that an authorisation covers nothing any more."""
    known = authorization_for(request.membership, authorization_id, Right.EDIT_PATIENTS)
    ending = EndForm(request.POST)
    if ending.is_valid():
        try:
            end_authorization(
                authorization=known,
                by=request.membership,
                reason=ending.cleaned_data["reason"],
                now=timezone.now(),
            )
            messages.success(request, "The authorisation covers nothing any more.")
            return redirect("courses:authorizations_of_patient", known.patient_id)
        except DomainError as exc:
            show_refusal(ending, exc)
    form = AuthorizationForm(
        patient=known.patient,
        today=timezone.localdate(timezone=known.patient.site.zone),
        renewal_days=known.renewal_days,
        known=known,
    )
    return _form_page(request, known.patient, form, known, end=ending)


@allowed(Right.EDIT_PATIENTS)
@require_POST
def self_pay(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Record that the patient pays what no payer covers."""
    course = course_for(request.membership, course_id, Right.EDIT_PATIENTS)
    form = SelfPayForm(request.POST)
    if form.is_valid():
        try:
            agree_self_pay(
                course=course, by=request.membership, now=timezone.now(), **form.cleaned_data
            )
        except DomainError as exc:
            show_refusal(form, exc)
        else:
            messages.success(request, "Recorded: the patient pays what no payer covers.")
            return redirect("courses:course", course.pk)
    context = {"course": course, "patient": course.patient, "form": form}
    return render(request, "authorizations/self_pay.html", context, status=422)


@allowed(Right.EDIT_PATIENTS)
@require_POST
def self_pay_end(request: MemberRequest, self_pay_agreement_id: UUID) -> HttpResponse:
    """Note that the patient does not pay by themselves any more."""
    found = agreement_for(request.membership, self_pay_agreement_id, Right.EDIT_PATIENTS)
    try:
        end_self_pay(agreement=found, by=request.membership, now=timezone.now())
        messages.success(request, "The agreement to pay oneself is ended.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("courses:course", found.course_id)
