"""Pages on which a draft is written: by fields, and as JSON for what has none."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.rights import Right
from courses.editor import services
from courses.editor.access import version_for
from courses.editor.faults import Fault, faults_of
from courses.editor.form import applied, filled
from courses.editor.forms import JsonForm, RouteForm, SeenForm
from courses.editor.layout import ShapeBroken
from courses.editor.pages import as_text
from courses.models import ProtocolVersion

_director = allowed(Right.SIGN_THRESHOLDS, everywhere=True)


@_director
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, protocol_version_id: UUID) -> HttpResponse:
    """Write a draft by its fields; what is typed is kept, with its faults beside the fields."""
    found = version_for(request.membership, protocol_version_id)
    if not found.is_draft:
        messages.error(request, "A published version never changes: begin a draft with it.")
        return redirect("courses:protocol_version", found.pk)
    try:
        return _edited(request, found)
    except ShapeBroken:
        messages.error(request, "This draft is far from the format: mend it as JSON first.")
        return redirect("courses:protocol_json", found.pk)


def _edited(request: MemberRequest, found: ProtocolVersion) -> HttpResponse:
    if request.method != "POST":
        faults = faults_of(found.definition)
        return _form_page(request, found, found.definition, found.note, faults)
    data = applied(found.definition, dict(request.POST.lists()))
    note = request.POST.get("note", "")
    seen = SeenForm(request.POST)
    try:
        if not seen.is_valid():
            raise DomainError("Open the draft again: this page has lost when it was opened.")
        faults = _kept(request, found, data, note, seen.cleaned_data["seen"])
    except DomainError as exc:
        fault = Fault("" if exc.field is None else f"/{exc.field}", str(exc))
        return _form_page(request, found, data, note, [fault, *faults_of(data)])
    if faults:
        return _form_page(request, found, found.definition, found.note, faults, is_kept=True)
    messages.success(request, "The draft is kept, and nothing is wrong with it.")
    return redirect("courses:protocol_version", found.pk)


def _kept(
    request: MemberRequest, found: ProtocolVersion, data: dict[str, Any], note: str, seen: datetime
) -> list[Fault]:
    return services.rewrite_draft(
        version=found,
        definition=data,
        note=note,
        seen=seen,
        by=request.membership,
        now=timezone.now(),
    )


def _form_page(
    request: MemberRequest,
    found: ProtocolVersion,
    data: dict[str, Any],
    note: str,
    faults: list[Fault],
    *,
    is_kept: bool = False,
) -> HttpResponse:
    note_faults = [fault.text for fault in faults if fault.path == "/note"]
    context = {
        "version": found,
        "form": filled(data, [fault for fault in faults if fault.path != "/note"]),
        "note": note,
        "note_faults": note_faults,
        "count": len(faults),
        "is_kept": is_kept,
        "seen": SeenForm(initial={"seen": found.drafted_at.isoformat()}),  # type: ignore[union-attr]
        "route": RouteForm(request.membership.organization),
    }
    failed = request.method == "POST" and faults
    return render(request, "editor/edit.html", context, status=422 if failed else 200)


@_director
@require_http_methods(["GET", "POST"])
def edit_json(request: MemberRequest, protocol_version_id: UUID) -> HttpResponse:
    """Write a draft as JSON, for what the form has no field for."""
    found = version_for(request.membership, protocol_version_id)
    if not found.is_draft:
        messages.error(request, "A published version never changes: begin a draft with it.")
        return redirect("courses:protocol_version", found.pk)
    form = JsonForm(request.POST or None, initial=_as_json(found))
    faults = faults_of(found.definition)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            faults = _kept(request, found, said["definition"], found.note, said["seen"])
        except DomainError as exc:
            form.add_error("definition", str(exc))
        else:
            if not faults:
                messages.success(request, "The draft is kept, and nothing is wrong with it.")
                return redirect("courses:protocol_version", found.pk)
            form = JsonForm(initial=_as_json(found))
    is_faulty = bool(form.errors or (request.method == "POST" and faults))
    context = {"version": found, "form": form, "faults": faults}
    return render(request, "editor/json.html", context, status=422 if is_faulty else 200)


def _as_json(found: ProtocolVersion) -> dict[str, Any]:
    seen = found.drafted_at.isoformat() if found.drafted_at else ""
    return {"definition": as_text(found.definition), "seen": seen}
