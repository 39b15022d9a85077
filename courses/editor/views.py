"""Pages on which the medical director keeps the protocols."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed
from clinic.accounts import recently_authenticated
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.rights import Right
from courses.editor import services
from courses.editor.access import protocol_for, version_for
from courses.editor.forms import NewProtocolForm, ReasonForm, RouteForm, SeenForm
from courses.editor.pages import version_page
from courses.editor.selectors import (
    protocol_rows,
    version_before,
    versions_of,
)
from courses.models import ProtocolVersion

_director = allowed(Right.SIGN_THRESHOLDS, everywhere=True)


@_director
@require_GET
def protocols(request: MemberRequest) -> HttpResponse:
    """Every protocol: in use or not, which version, signed or not, how many courses."""
    rows = protocol_rows(organization=request.membership.organization)
    unsigned = sum(1 for row in rows if row.in_force and not row.in_force.is_signed)
    context = {"rows": rows, "unsigned": unsigned, "zone": "UTC"}
    return render(request, "editor/protocols.html", context)


@_director
@require_http_methods(["GET", "POST"])
def new_protocol(request: MemberRequest) -> HttpResponse:
    """A new protocol under its own code, as a draft with a template's content."""
    form = NewProtocolForm(request.membership.organization, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            draft = services.begin_protocol(by=request.membership, now=timezone.now(), **said)
            return redirect("courses:protocol_edit", draft.pk)
        except DomainError as exc:
            show_refusal(form, exc)
    status = 422 if form.errors else 200
    return render(request, "editor/new.html", {"form": form}, status=status)


@_director
@require_POST
def use(request: MemberRequest, protocol_id: UUID) -> HttpResponse:
    """Offer the protocol for new courses, or no longer."""
    found = protocol_for(request.membership, protocol_id)
    services.put_in_use(
        protocol=found, is_in_use=request.POST.get("in_use") == "yes", by=request.membership
    )
    said = "in use" if found.is_in_use else "not in use: no course begins under it"
    messages.success(request, f"{found.name} is {said}.")
    return redirect("courses:protocols")


@_director
@require_GET
def version(request: MemberRequest, protocol_version_id: UUID) -> HttpResponse:
    """One version in words, beside the one that it is compared with."""
    found = version_for(request.membership, protocol_version_id)
    every = list(versions_of(protocol=found.protocol))
    page = version_page(found, _other(request, found))
    context = {
        "page": page,
        "version": found,
        "versions": every,
        "draft": next((one for one in every if one.is_draft), None),
        "sign": SeenForm(initial={"seen": (found.drafted_at or timezone.now()).isoformat()}),
        "retire": ReasonForm(),
        "statement": services.STATEMENT,
        "zone": "UTC",
    }
    return render(request, "editor/version.html", context)


def _other(request: MemberRequest, found: ProtocolVersion) -> ProtocolVersion | None:
    """The version that is compared: the one that the address names, else the one before."""
    named = request.GET.get("with", "")
    rows = found.protocol.versions.filter(number=int(named)) if named.isdecimal() else None
    return (rows.first() if rows is not None else None) or version_before(found)


@_director
@require_POST
def draft(request: MemberRequest, protocol_version_id: UUID) -> HttpResponse:
    """Begin the next version with the content of this one."""
    found = version_for(request.membership, protocol_version_id)
    try:
        new = services.begin_draft(version=found, by=request.membership, now=timezone.now())
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("courses:protocol_version", found.pk)
    return redirect("courses:protocol_edit", new.pk)


@_director
@require_POST
def take_route(request: MemberRequest, protocol_version_id: UUID) -> HttpResponse:
    """Give the draft the route and clinical parts of another protocol."""
    found = version_for(request.membership, protocol_version_id)
    form = RouteForm(request.membership.organization, request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a protocol of yours.")
        return redirect("courses:protocol_edit", found.pk)
    try:
        template = form.cleaned_data["template"]
        services.take_route(
            version=found, template=template, by=request.membership, now=timezone.now()
        )
        messages.success(request, f"Taken over from {template.protocol.name}. Check the minutes.")
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("courses:protocol_version", found.pk)
    return redirect("courses:protocol_edit", found.pk)


@_director
@recently_authenticated
@require_POST
def sign(request: MemberRequest, protocol_version_id: UUID) -> HttpResponse:
    """Sign a draft and put it into force, or sign what is in force unsigned."""
    found = version_for(request.membership, protocol_version_id)
    form = SeenForm(request.POST)
    try:
        said = _signed(request, found, form)
        messages.success(request, said)
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("courses:protocol_version", found.pk)


def _signed(request: MemberRequest, found: ProtocolVersion, form: SeenForm) -> str:
    by, now = request.membership, timezone.now()
    if not form.is_valid():
        raise DomainError("Look at the version again, then sign it.")
    if not found.is_draft:
        services.sign_shipped(version=found, by=by, now=now)
        return f"You stand for version {found.number} of {found.protocol.name}."
    signed: dict[str, Any] = form.cleaned_data
    services.publish_version(version=found, seen=signed["seen"], by=by, now=now)
    return f"Version {found.number} of {found.protocol.name} is in force."


@_director
@require_POST
def retire(request: MemberRequest, protocol_version_id: UUID) -> HttpResponse:
    """No course begins under this version any more."""
    found = version_for(request.membership, protocol_version_id)
    form = ReasonForm(request.POST)
    try:
        if not form.is_valid():
            raise DomainError(" ".join(map(str, form.errors["reason"])))
        services.retire_version(
            version=found,
            reason=form.cleaned_data["reason"],
            by=request.membership,
            now=timezone.now(),
        )
        messages.success(request, f"Version {found.number} is retired.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("courses:protocol_version", found.pk)


@_director
@require_POST
def discard(request: MemberRequest, protocol_version_id: UUID) -> HttpResponse:
    """Throw the draft away."""
    found = version_for(request.membership, protocol_version_id)
    try:
        services.discard_draft(version=found, by=request.membership)
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("courses:protocol_version", found.pk)
    messages.success(request, "The draft is gone.")
    return redirect("courses:protocols")
