"""One evaluation for a patient: free times, why another will not do, booking."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed, patient_for, sites_of
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.models import Patient, Site
from clinic.rights import Right
from courses.models import ProtocolVersion
from courses.protocols.evaluation import EVALUATION
from courses.selectors import definition_of, published_versions
from scheduling.forms import MoveForm
from scheduling.selectors.slots import by_day
from scheduling.services.evaluating import (
    book_evaluation,
    evaluation_refusals,
    evaluation_slots,
)


class ForForm(forms.Form):
    """What the patient is evaluated for, and where."""

    protocol_version = forms.ModelChoiceField(
        queryset=ProtocolVersion.objects.none(), empty_label=None, label="For"
    )
    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)

    def __init__(self, request: MemberRequest, patient: Patient) -> None:
        member = request.membership
        versions = published_versions(organization=member.organization)
        sites = sites_of(member, Right.BOOK)
        usual = sites.filter(pk=patient.site_id).first() or sites[0]
        first = {"protocol_version": versions[0].pk if versions else "", "site": usual.pk}
        sent = request.POST if request.method == "POST" else request.GET
        super().__init__({name: sent.get(name) or value for name, value in first.items()})
        fields: Any = self.fields
        fields["protocol_version"].queryset = ProtocolVersion.objects.filter(
            pk__in=[version.pk for version in versions]
        ).select_related("protocol")
        fields["protocol_version"].label_from_instance = lambda version: version.protocol.name
        fields["site"].queryset = sites
        for field in fields.values():
            field.widget.attrs["data-submit-on-change"] = ""


@allowed(Right.BOOK)
@require_http_methods(["GET", "POST"])
def evaluation_new(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Free times for an evaluation, and booking one of them or another that somebody typed."""
    patient = patient_for(request.membership, patient_id, Right.BOOK)
    asked = ForForm(request, patient)
    if not asked.is_valid():
        return _page(request, patient, asked, None)
    terms = {
        "patient": patient,
        "site": asked.cleaned_data["site"],
        "version": asked.cleaned_data["protocol_version"],
        "by": request.membership,
        "now": timezone.now(),
    }
    zone = terms["site"].zone
    form = MoveForm(request.POST if request.method == "POST" else None, zone=zone)
    if not (form.is_bound and form.is_valid()):
        return _page(request, patient, asked, form, terms=terms)
    try:
        visit = book_evaluation(starts_at=form.starts_at, **terms)
    except DomainError as exc:
        show_refusal(form, exc)
        return _page(request, patient, asked, form, terms=terms)
    messages.success(request, "The evaluation is booked.")
    return redirect("scheduling:visit", visit.pk)


def _page(
    request: MemberRequest,
    patient: Patient,
    asked: ForForm,
    form: MoveForm | None,
    *,
    terms: dict[str, Any] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"patient": patient, "asked": asked, "form": form}
    if terms:
        definition = definition_of(terms["version"])
        kind = definition.visit_type(EVALUATION)
        context |= {
            "site": terms["site"],
            "zone": terms["site"].zone,
            "days": by_day(*evaluation_slots(**terms), terms["site"].zone),
            "kind": kind,
            "is_usual": EVALUATION not in definition.visit_types,
        }
    has_errors = bool(asked.errors or (form and form.errors))
    status = 422 if request.method == "POST" and has_errors else 200
    return render(request, "scheduling/evaluation_new.html", context, status=status)


@allowed(Right.BOOK)
@require_http_methods(["POST"])
def evaluation_check(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Whether a typed time would do, while somebody types it; and why not."""
    patient = patient_for(request.membership, patient_id, Right.BOOK)
    asked = ForForm(request, patient)
    if not asked.is_valid():
        return render(request, "scheduling/_check.html", {})
    site = asked.cleaned_data["site"]
    form = MoveForm(request.POST, zone=site.zone)
    if not (request.POST.get("on") and request.POST.get("at") and form.is_valid()):
        return render(request, "scheduling/_check.html", {})
    reasons = evaluation_refusals(
        patient=patient,
        site=site,
        version=asked.cleaned_data["protocol_version"],
        starts_at=form.starts_at,
        by=request.membership,
        now=timezone.now(),
    )
    context = {"starts_at": form.starts_at, "reasons": reasons, "zone": site.zone}
    return render(request, "scheduling/_check.html", context)
