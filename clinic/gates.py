"""What a signed-in browser passes before any page: the session's end, the lock, the second step.

Each gate answers instead of the view, or lets the request on. Views that show nothing of anybody
(`@public`) and those that open a gate stay open; a public one that acts for whoever is signed in
does not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from clinic import idle, kept_forms
from clinic.access import MemberRequest
from clinic.api.problems import PROBLEM, problem
from clinic.asking import is_api, is_piece
from clinic.rights import PUBLIC
from clinic.second_step import lacks_second_step

View = Callable[..., Any]
LOCKED = 423
# Where a locked screen leads: to unlock, to leave, and to links that came by mail.
OPEN_WHILE_LOCKED = (
    "accounts:lock",
    "accounts:unlock",
    "accounts:still_here",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_confirm_email",
)
# Where a second step is set up, and what belongs to one's own account alone.
OPEN_BEFORE_SECOND_STEP = (
    *OPEN_WHILE_LOCKED,
    "accounts:continue",
    "accounts:end_session",
    "account_",
    "mfa_",
    "usersessions_",
    "clinic:organization",
)
# Open to everybody, but for a signed-in person they do something with that person's account.
ACT_FOR_THE_SIGNED_IN = frozenset({"staffing:join"})


class Gates:
    """Middleware, behind the one that knows the membership."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """The answer of the gate that is shut; None where all are open."""
        if not request.user.is_authenticated or _is_open(request, view):
            return None
        if idle.is_over(request):
            _sign_out(request)
            return None
        asked = cast(MemberRequest, request)
        return _screen(asked) or _second_step(asked)


def _is_open(request: HttpRequest, view: View) -> bool:
    return getattr(view, "rule", None) is PUBLIC and _name(request) not in ACT_FOR_THE_SIGNED_IN


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _sign_out(request: HttpRequest) -> None:
    """The view then meets somebody who is not signed in."""
    logout(request)
    messages.info(request, "You were signed in for long; sign in again.")


def _screen(request: MemberRequest) -> HttpResponse | None:
    """Nothing goes through a locked screen; through an open one, what a person does keeps it so."""
    if not idle.is_locked(request):
        if _name(request) != "accounts:lock" and idle.is_activity(request):
            idle.note_activity(request)
        return None
    if _name(request).startswith(OPEN_WHILE_LOCKED):
        return None
    return _locked(request)


def _locked(request: MemberRequest) -> HttpResponse:
    said = "This screen is locked. Unlock it in the browser."
    if is_api(request):
        body = problem(LOCKED, said, code="locked")
        return JsonResponse(body, status=LOCKED, content_type=PROBLEM)
    if is_piece(request):
        return HttpResponse(status=LOCKED)
    if request.method == "POST":
        kept_forms.keep(request, sends_itself=False)
    query = urlencode({"next": kept_forms.way_back(request)})
    return redirect(f"{reverse('accounts:lock')}?{query}")


def _second_step(request: MemberRequest) -> HttpResponse | None:
    if not request.membership or _name(request).startswith(OPEN_BEFORE_SECOND_STEP):
        return None
    if not lacks_second_step(request.membership):
        return None
    if is_api(request):
        body = problem(403, "Set up a second step of signing in.", code="second-step-missing")
        return JsonResponse(body, status=403, content_type=PROBLEM)
    return kept_forms.lead(request, reverse("mfa_index"))
