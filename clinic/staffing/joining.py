"""The page behind the link of an invitation."""

from datetime import datetime

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic.access import public
from clinic.errors import DomainError
from clinic.models import Invitation, User
from clinic.staffing.forms import PasswordForm
from clinic.staffing.inviting import (
    InvitationOver,
    Ticket,
    account_for,
    invitation_for,
    join_with_account,
    join_with_password,
    read_key,
)
from clinic.tenancy import enter_tenant


@sensitive_post_parameters("password", "again")
@public
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, key: str) -> HttpResponse:
    """Come in: with a new password, or as the account that the address has already."""
    now = timezone.now()
    try:
        ticket = read_key(key)
        enter_tenant(ticket.organization_id)
        invitation = invitation_for(ticket, now=now)
        account = account_for(invitation)
        if request.user.is_authenticated and request.user != account:
            return _as_whom(request, invitation)
        if account and account.has_usable_password():
            return _with_account(request, ticket, invitation, now)
        return _with_password(request, ticket, invitation, now)
    except InvitationOver as exc:
        return render(request, "staffing/join_over.html", {"why": str(exc)}, status=410)


def _as_whom(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Somebody else is signed in here."""
    return render(request, "staffing/join_other.html", {"invitation": invitation})


def _with_account(
    request: HttpRequest, ticket: Ticket, invitation: Invitation, now: datetime
) -> HttpResponse:
    if not request.user.is_authenticated or request.method == "GET":
        return render(request, "staffing/join_account.html", {"invitation": invitation})
    join_with_account(ticket=ticket, user=request.user, now=now)
    request.session["membership"] = str(invitation.membership_id)
    request.session.pop("site", None)
    messages.success(request, f"Welcome to {invitation.organization.name}.")
    return redirect(settings.LOGIN_REDIRECT_URL)


def _with_password(
    request: HttpRequest, ticket: Ticket, invitation: Invitation, now: datetime
) -> HttpResponse:
    form = PasswordForm(request.POST or None, user=User(email=invitation.email))
    if form.is_valid():
        password = form.cleaned_data["password"]
        try:
            user = join_with_password(ticket=ticket, password=password, now=now)
        except DomainError as exc:
            form.refuse(exc)
        else:
            login = Login(user=user, email=user.email)
            credentials = {"email": user.email, "password": password}
            answer: HttpResponse = perform_password_login(request, credentials, login)
            return answer
    context = {"invitation": invitation, "form": form}
    status = 422 if form.errors else 200
    return render(request, "staffing/join.html", context, status=status)
