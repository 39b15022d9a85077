"""An organisation's own rules of signing in: who needs a second step, and when screens lock."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed
from clinic.accounts import recently_authenticated
from clinic.models import Membership, Organization
from clinic.rights import Right

FEWEST, MOST = 1, 240


class SignInRulesForm(forms.Form):
    """Both rules, as they are."""

    mfa_required = forms.ChoiceField(
        label="Who signs in with a second step",
        choices=Organization.MfaRequired.choices,
        widget=forms.RadioSelect,
    )
    idle_lock_minutes = forms.IntegerField(
        label="Minutes without anybody until a screen locks",
        min_value=FEWEST,
        max_value=MOST,
        help_text="Usually 15. Fewer where patients walk past the desk.",
    )


@transaction.atomic
def set_sign_in_rules(*, by: Membership, mfa_required: str, idle_lock_minutes: int) -> None:
    """Put the rules into force for everybody of the member's organisation, at once."""
    Organization.objects.filter(pk=by.organization_id).update(
        mfa_required=mfa_required, idle_lock_minutes=idle_lock_minutes
    )


@allowed(Right.MANAGE_SETTINGS, everywhere=True)
@require_http_methods(["GET", "POST"])
@recently_authenticated
def sign_in_rules(request: MemberRequest) -> HttpResponse:
    """See and change the organisation's rules of signing in."""
    organization = request.membership.organization
    now = {name: getattr(organization, name) for name in SignInRulesForm.base_fields}
    form = SignInRulesForm(request.POST if request.method == "POST" else None, initial=now)
    if form.is_valid():
        set_sign_in_rules(by=request.membership, **form.cleaned_data)
        messages.success(request, "The rules are in force.")
        return redirect("accounts:rules")
    status = 422 if form.errors else 200
    return render(request, "account/rules.html", {"form": form}, status=status)
