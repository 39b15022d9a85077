"""Pages about charts that look like one person's, and about undoing a link."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed, patient_for
from clinic.chart_forms import LongReasonForm
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.identity.access import link_for
from clinic.identity.selectors import suspected_pairs
from clinic.identity.services import tell_apart, unlink_charts
from clinic.models import ChartLink, Patient
from clinic.rights import Right


def id_of(text: str | None) -> UUID | None:
    """The row's id that was sent; None where it is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@allowed(Right.EDIT_PATIENTS)
@require_GET
def pairs(request: MemberRequest) -> HttpResponse:
    """Charts that look alike and of which nobody has said anything yet."""
    after = id_of(request.GET.get("after"))
    page = suspected_pairs(request.membership, now=timezone.now(), after=after)
    return render(request, "identity/pairs.html", {"page": page})


@allowed(Right.EDIT_PATIENTS)
@require_POST
def apart(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Two charts that look alike are of two persons."""
    patient = patient_for(request.membership, patient_id, Right.EDIT_PATIENTS)
    other_id = id_of(request.POST.get("other"))
    if other_id is None:
        raise Http404("No other chart is named.")
    other = patient_for(request.membership, other_id, Right.VIEW_PATIENTS)
    tell_apart(patient=patient, others=[other], by=request.membership, now=timezone.now())
    messages.success(request, "Kept: these are two persons.")
    return redirect("identity:pairs")


@allowed(Right.LINK_CHARTS)
@require_http_methods(["GET", "POST"])
def unlink(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Undo that another chart stands in this one's place, for a reason."""
    patient = patient_for(request.membership, patient_id, Right.LINK_CHARTS)
    link = link_for(request.membership, patient)
    form = LongReasonForm(request.POST if request.method == "POST" else None)
    if link is None or not form.is_valid():
        return _unlink_page(request, patient, link, form)
    try:
        unlink_charts(
            link=link,
            by=request.membership,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
    except DomainError as exc:
        show_refusal(form, exc)
        return _unlink_page(request, patient, link, form, exc.status)
    messages.success(request, "The link is undone: this chart stands for itself again.")
    return redirect("clinic:patient", patient.pk)


def _unlink_page(
    request: MemberRequest,
    patient: Patient,
    link: ChartLink | None,
    form: LongReasonForm,
    status: int = 200,
) -> HttpResponse:
    if request.method == "POST" and status == 200:
        status = 422 if link else 409
    context = {"patient": patient, "link": link, "form": form}
    return render(request, "identity/unlink.html", context, status=status)
