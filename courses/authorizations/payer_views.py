"""The page on which payers are kept."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.rights import Right
from clinic.staffing.selectors import zone_for
from courses.authorizations.access import payer_for
from courses.authorizations.forms import PayerForm, profile_choices
from courses.authorizations.selectors import payers_of
from courses.authorizations.services import keep_payer
from courses.models import Payer


@allowed(Right.EDIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def payers(request: MemberRequest) -> HttpResponse:
    """All payers, and the form that adds one."""
    return _answer(request, None)


@allowed(Right.EDIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def payer(request: MemberRequest, payer_id: UUID) -> HttpResponse:
    """One payer, to be put right or out of use."""
    return _answer(request, payer_for(request.membership, payer_id))


def _answer(request: MemberRequest, known: Payer | None) -> HttpResponse:
    today = timezone.localdate(timezone=zone_for(request.membership))
    form = PayerForm(request.POST if request.method == "POST" else None, today=today, known=known)
    if form.is_valid():
        try:
            kept = keep_payer(payer=known, by=request.membership, **form.cleaned_data)
            messages.success(request, f"{kept.name} is kept.")
            return redirect("courses:payers")
        except DomainError as exc:
            show_refusal(form, exc)
    context = {
        "form": form,
        "payer": known,
        "payers": payers_of(request.membership.organization),
        "profiles": dict(profile_choices(today)),
    }
    return render(
        request, "authorizations/payers.html", context, status=422 if form.errors else 200
    )
