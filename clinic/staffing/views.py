"""Pages about the people who work here: the list, asking somebody in, roles, leaving."""

from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, P, PageView, allowed
from clinic.accounts import recently_authenticated
from clinic.errors import DomainError
from clinic.models import Membership
from clinic.rights import Right
from clinic.staffing import changing, inviting
from clinic.staffing.forms import InvitationForm, LeavingForm, LetterForm, PersonForm, RolesForm
from clinic.staffing.rules import manages
from clinic.staffing.selectors import (
    Colleague,
    colleague_for,
    handed_out_by,
    people,
    tokens_of,
    zone_for,
)


def proven_to_change(view: PageView[P]) -> PageView[P]:
    """Ask again who it is before a form is taken; looking is free."""
    asking = recently_authenticated(view)

    @wraps(view)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = asking if request.method == "POST" else view
        return answer(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]  # as it was, with a gate before it


@allowed(Right.MANAGE_STAFF)
@require_GET
def staff(request: MemberRequest) -> HttpResponse:
    """Who works here, or with `?former` who did."""
    former = "former" in request.GET
    context = {
        "people": people(request.membership, former=former, now=timezone.now()),
        "former": former,
        "zone": zone_for(request.membership),
    }
    return render(request, "staffing/staff.html", context)


@allowed(Right.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
@proven_to_change
def invite(request: MemberRequest) -> HttpResponse:
    """Ask somebody in by e-mail."""
    form = InvitationForm(request.POST or None, by=request.membership)
    if form.is_valid():
        said = form.cleaned_data
        try:
            inviting.invite_person(
                by=request.membership,
                name=said["name"],
                email=said["email"],
                capacity=said["capacity"],
                posts=form.posts,
                now=timezone.now(),
            )
        except DomainError as exc:
            form.refuse(exc)
        else:
            messages.success(request, f"{said['name']} is invited: the letter is on its way.")
            return redirect("staffing:staff")
    status = 422 if form.errors else 200
    return render(request, "staffing/invite.html", {"form": form}, status=status)


@allowed(Right.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
@proven_to_change
def member(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """One person or program: name, capacity, roles, and how their access stands."""
    found = colleague_for(request.membership, member_id, now=timezone.now())
    form = _form(request, found, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            _change(request.membership, found.member, form)
        except DomainError as exc:
            form.refuse(exc)
        else:
            messages.success(request, "The changes are saved.")
            return redirect("staffing:member", member_id)
    return _page(request, found, form=form)


def _form(request: MemberRequest, found: Colleague, data: QueryDict | None = None) -> RolesForm:
    shape = RolesForm if found.member.kind == Membership.Kind.SERVICE else PersonForm
    start = {"name": found.member.name, "capacity": found.member.capacity}
    return shape(data, initial=start, by=request.membership, member=found.member)


def _change(by: Membership, found: Membership, form: RolesForm) -> None:
    said = form.cleaned_data
    capacity = said.get("capacity", found.capacity)
    changing.change_member(
        by=by, member=found, name=said["name"], capacity=capacity, posts=form.posts
    )


def _page(
    request: MemberRequest,
    found: Colleague,
    *,
    form: RolesForm | None = None,
    leaving: LeavingForm | None = None,
    letter: LetterForm | None = None,
) -> HttpResponse:
    by = request.membership
    forms = {
        "form": form or _form(request, found),
        "leaving": leaving or LeavingForm(),
        "letter": letter or LetterForm(initial={"email": found.email}),
    }
    context = {
        **forms,
        "colleague": found,
        "is_own": found.member.pk == by.pk,
        "is_managed": manages(by, found.member),
        "tokens": tokens_of(found.member),
        "handed_out": handed_out_by(found.member),
        "zone": zone_for(by),
        "now": timezone.now(),
    }
    status = 422 if any(one.errors for one in forms.values()) else 200
    return render(request, "staffing/member.html", context, status=status)


@allowed(Right.MANAGE_STAFF)
@require_POST
@recently_authenticated
def invite_again(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """Another letter; links of earlier ones end."""
    found = colleague_for(request.membership, member_id, now=timezone.now())
    form = LetterForm(request.POST)
    if form.is_valid():
        try:
            inviting.invite_again(
                by=request.membership,
                member=found.member,
                email=form.cleaned_data["email"],
                now=timezone.now(),
            )
        except DomainError as exc:
            form.refuse(exc)
        else:
            messages.success(request, "A new letter is on its way; earlier links do not work now.")
            return redirect("staffing:member", member_id)
    return _page(request, found, letter=form)


@allowed(Right.MANAGE_STAFF)
@require_POST
def withdraw(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """The link of an invitation stops working."""
    now = timezone.now()
    found = colleague_for(request.membership, member_id, now=now)
    try:
        inviting.withdraw_invitation(by=request.membership, member=found.member, now=now)
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, "The invitation is withdrawn: its link does not work now.")
    return redirect("staffing:member", member_id)


@allowed(Right.MANAGE_STAFF)
@require_POST
@recently_authenticated
def deactivate(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """End somebody's access, at once."""
    now = timezone.now()
    found = colleague_for(request.membership, member_id, now=now)
    form = LeavingForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            changing.deactivate_member(
                by=request.membership, member=found.member, reason=reason, now=now
            )
        except DomainError as exc:
            form.refuse(exc)
        else:
            messages.success(request, f"{found.member.name} has no access any more.")
            return redirect("staffing:member", member_id)
    return _page(request, found, leaving=form)


@allowed(Right.MANAGE_STAFF)
@require_POST
@recently_authenticated
def reactivate(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """Give somebody their access back."""
    found = colleague_for(request.membership, member_id, now=timezone.now())
    try:
        changing.reactivate_member(by=request.membership, member=found.member)
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, f"{found.member.name} has access again.")
    return redirect("staffing:member", member_id)
