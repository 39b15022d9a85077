"""Pages of one's own sign-in: the locked screen, forms that waited, one's sessions."""

from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import idle, kept_forms
from clinic.access import MemberRequest, signed_in

PASSKEY = Authenticator.Type.WEBAUTHN


@signed_in
@require_http_methods(["GET", "POST"])
def lock(request: MemberRequest) -> HttpResponse:
    """The locked screen; a POST locks it."""
    if request.method == "POST":
        idle.lock(request)
        if _wants_json(request):
            return HttpResponse(status=204)
        return redirect(f"{reverse('accounts:lock')}?{urlencode({'next': _next(request)})}")
    if not idle.is_locked(request):
        return redirect(_onwards(request))
    return _lock_page(request, ReauthenticateForm(user=request.user))


@sensitive_post_parameters("password")
@signed_in
@require_POST
def unlock(request: MemberRequest) -> HttpResponse:
    """Open the screen for its owner, by password or passkey, and go back to where they were."""
    form = _proof(request)
    if not form.is_valid():
        if _wants_json(request):
            faults = [str(fault) for fault in _faults(form)]
            return JsonResponse({"faults": faults}, status=422)
        return _lock_page(request, form, status=422)
    if isinstance(form, ReauthenticateWebAuthnForm):
        form.save()
    else:
        reauthenticate_by_password(request)
    idle.unlock(request)
    if _wants_json(request):
        return JsonResponse({})
    return redirect(_onwards(request))


@signed_in
@require_GET
def unlock_by_passkey(request: MemberRequest) -> JsonResponse:
    """What the browser asks a passkey of the screen's owner for."""
    return JsonResponse({"request_options": begin_authentication(request.user)})


@signed_in
@require_POST
def still_here(request: MemberRequest) -> HttpResponse:
    """Somebody uses the keyboard or the mouse; 423 says that the screen has been locked."""
    is_locked = idle.is_locked(request)
    return HttpResponse(status=423 if is_locked else 204)


@signed_in
@require_GET
def continue_form(request: MemberRequest) -> HttpResponse:
    """A form that waited: it goes on from here, by itself where its sender was just asked."""
    return render(request, "account/continue.html", {"kept": kept_forms.take(request)})


@signed_in
@require_POST
def end_session(request: MemberRequest, session_id: int) -> HttpResponse:
    """End one of one's own sessions; 404 for anybody else's."""
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    if session.is_current():
        return redirect("account_logout")
    session.end()
    messages.success(request, "That session is ended.")
    return redirect("usersessions_list")


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _next(request: HttpRequest) -> str:
    """The page to go to; never the lock, nor another site."""
    url = get_next_redirect_url(request)
    return "/" if not url or url.startswith(reverse("accounts:lock")) else url


def _onwards(request: HttpRequest) -> str:
    return reverse("accounts:continue") if kept_forms.is_waiting(request) else _next(request)


def _proof(request: MemberRequest) -> Any:
    form = ReauthenticateWebAuthnForm if "credential" in request.POST else ReauthenticateForm
    return form(data=request.POST, user=request.user)


def _faults(form: Any) -> list[str]:
    return [fault for faults in form.errors.values() for fault in faults]


def _lock_page(request: MemberRequest, form: Any, status: int = 200) -> HttpResponse:
    is_passkey = isinstance(form, ReauthenticateWebAuthnForm)
    context = {
        "form": ReauthenticateForm(user=request.user) if is_passkey else form,
        "faults": _faults(form) if is_passkey else [],
        "has_passkey": Authenticator.objects.filter(user=request.user, type=PASSKEY).exists(),
        "next": _next(request),
        "waits": kept_forms.is_waiting(request),
    }
    return render(request, "account/lock.html", context, status=status)
