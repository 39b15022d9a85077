"""Pages about API tokens: one's own, those of programs, and everybody's for who manages them."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed, signed_in
from clinic.api.tokens import issue_token, revoke_token
from clinic.errors import DomainError
from clinic.models import ApiToken, Membership
from clinic.rights import Right
from clinic.second_step import require_second_step
from clinic.staffing.changing import make_service
from clinic.staffing.forms import RolesForm, TokenForm
from clinic.staffing.rules import NotYourSite, check_manages
from clinic.staffing.selectors import (
    service_for,
    services,
    token_for,
    tokens_of,
    tokens_of_people,
    zone_for,
)
from clinic.staffing.views import proven_to_change


@signed_in
@require_http_methods(["GET", "POST"])
@proven_to_change
def own_tokens(request: MemberRequest) -> HttpResponse:
    """One's own tokens, and a new one, whose text is in the answer once."""
    if not request.membership:
        raise PermissionDenied("This account does not work for any organisation.")
    return _tokens(request, request.membership, "staffing/own_tokens.html")


@allowed(Right.MANAGE_TOKENS)
@require_http_methods(["GET", "POST"])
@proven_to_change
def service(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """A program's tokens, and a new one."""
    found = service_for(request.membership, member_id)
    return _tokens(request, found, "staffing/service.html")


def _tokens(request: MemberRequest, owner: Membership, template: str) -> HttpResponse:
    form = TokenForm(request.POST or None, member=owner)
    text = _issue(request.membership, owner, form) if form.is_valid() else ""
    shown = TokenForm(member=owner) if text else form
    context = {
        "owner": owner,
        "form": shown,
        "text": text,
        "tokens": tokens_of(owner),
        "zone": zone_for(request.membership),
        "now": timezone.now(),
    }
    return render(request, template, context, status=422 if shown.errors else 200)


def _issue(by: Membership, owner: Membership, form: TokenForm) -> str:
    """The text of a new token; empty when it was refused, and then the form says why."""
    try:
        require_second_step(by)
        _, text = issue_token(member=owner, by=by, **form.values)
    except DomainError as exc:
        form.refuse(exc)
        return ""
    return text


@signed_in
@require_POST
def own_token_revoke(request: MemberRequest, token_id: UUID) -> HttpResponse:
    """End one of one's own tokens."""
    member = request.membership
    if not member:
        raise PermissionDenied("This account does not work for any organisation.")
    _revoke(request, token_for(member, tokens_of(member), token_id))
    return redirect("staffing:own_tokens")


@allowed(Right.MANAGE_TOKENS)
@require_GET
def tokens(request: MemberRequest) -> HttpResponse:
    """Everything that may call the API: programs, and people's tokens."""
    now = timezone.now()
    context = {
        "services": services(request.membership, now=now),
        "tokens": tokens_of_people(request.membership),
        "zone": zone_for(request.membership),
        "now": now,
    }
    return render(request, "staffing/tokens.html", context)


@allowed(Right.MANAGE_TOKENS)
@require_POST
def token_revoke(request: MemberRequest, token_id: UUID) -> HttpResponse:
    """End the token of anybody whose staff one manages."""
    token = token_for(request.membership, ApiToken.objects.select_related("membership"), token_id)
    try:
        check_manages(request.membership, token.membership)
    except NotYourSite as exc:
        messages.error(request, str(exc))
    else:
        _revoke(request, token)
    if token.membership.kind == Membership.Kind.SERVICE:
        return redirect("staffing:service", token.membership_id)
    return redirect("staffing:tokens")


def _revoke(request: MemberRequest, token: ApiToken) -> None:
    revoke_token(token=token)
    messages.success(request, f"The token “{token.name}” is revoked: calls with it are refused.")


@allowed(Right.MANAGE_TOKENS)
@require_http_methods(["GET", "POST"])
@proven_to_change
def service_new(request: MemberRequest) -> HttpResponse:
    """A new program with roles of its own; its tokens come next."""
    form = RolesForm(request.POST or None, by=request.membership)
    if form.is_valid():
        name, posts = form.cleaned_data["name"], form.posts
        try:
            made = make_service(by=request.membership, name=name, posts=posts)
        except DomainError as exc:
            form.refuse(exc)
        else:
            messages.success(request, f"{made.name} is set up; now make it a token.")
            return redirect("staffing:service", made.pk)
    status = 422 if form.errors else 200
    return render(request, "staffing/service_new.html", {"form": form}, status=status)
