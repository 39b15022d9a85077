"""That two charts are of one person: found, chosen, and linked for a reason."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed, patient_for
from clinic.chart_forms import LongReasonForm
from clinic.charts import open_patient_ids
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.identity.selectors import Match, identity_of, likely_duplicates
from clinic.models import Patient
from clinic.rights import Right
from clinic.selectors import find_patients
from scheduling.services import link_persons

MOST_FOUND = 10


class LinkForm(LongReasonForm):
    """Which chart is the same person's, which of the two stands, and why."""

    other = forms.UUIDField(error_messages={"required": "Choose the other chart."})
    stands = forms.ChoiceField(
        choices=[("THIS", "This chart"), ("OTHER", "The other chart")],
        error_messages={"required": "Choose the chart that stands."},
    )


@allowed(Right.LINK_CHARTS)
@require_http_methods(["GET", "POST"])
def chart_link(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Link the chart with another of the same person; a search shows charts to choose from."""
    patient = patient_for(request.membership, patient_id, Right.LINK_CHARTS)
    is_search = request.method == "POST" and "find" in request.POST
    form = LinkForm(request.POST if request.method == "POST" and not is_search else None)
    if not form.is_valid():
        return _page(request, patient, form)
    try:
        other = patient_for(request.membership, form.cleaned_data["other"], Right.LINK_CHARTS)
        _link(request, patient, other, form.cleaned_data)
    except Http404:
        form.add_error("other", "There is no such chart at your sites.")
        return _page(request, patient, form)
    except DomainError as exc:
        show_refusal(form, exc)
        return _page(request, patient, form, exc)
    messages.success(request, "Linked: doses, gaps and alerts of both charts count together now.")
    return redirect("clinic:patient", patient.pk)


def _link(request: MemberRequest, patient: Patient, other: Patient, said: dict[str, Any]) -> None:
    pair = (other, patient) if said["stands"] == "THIS" else (patient, other)
    link_persons(
        chart=pair[0],
        principal=pair[1],
        by=request.membership,
        reason=said["reason"],
        now=timezone.now(),
    )


def _page(
    request: MemberRequest, patient: Patient, form: LinkForm, refusal: DomainError | None = None
) -> HttpResponse:
    text = request.POST.get("text", "").replace("\0", "").strip()[:120]
    matches = likely_duplicates(
        identity_of(patient), member=request.membership, now=timezone.now(), known=patient
    )
    context = {
        "patient": patient,
        "form": form,
        "text": text,
        "choices": _choices(request, patient, matches, text),
        "chosen": str(form["other"].value() or (matches[0].patient.pk if matches else "")),
        "stands": form["stands"].value() or "THIS",
        "collisions": refusal.details if refusal else [],
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "scheduling/chart_link.html", context, status=status)


def _choices(
    request: MemberRequest, patient: Patient, matches: list[Match], text: str
) -> list[Match]:
    """Charts that look alike, then those whose name holds what was typed."""
    if not text:
        return matches
    shown = {patient.pk, *(match.patient.pk for match in matches)}
    open_ids = open_patient_ids(request.membership, now=timezone.now())
    found = find_patients(member=request.membership, text=text, open_ids=open_ids)
    return [*matches, *(Match(one, []) for one in found.exclude(pk__in=shown)[:MOST_FOUND])]
