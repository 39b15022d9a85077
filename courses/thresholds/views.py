"""Pages on which the medical director keeps the clinical numbers."""

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
from courses.models import ThresholdVersion
from courses.thresholds import services
from courses.thresholds.access import threshold_version_for
from courses.thresholds.forms import DraftForm, SignForm
from courses.thresholds.lines import by_group, lines, values_of
from courses.thresholds.selectors import contents_of, draft_of, version_at, versions_of

_director = allowed(Right.SIGN_THRESHOLDS, everywhere=True)


@_director
@require_GET
def thresholds(request: MemberRequest) -> HttpResponse:
    """What is in force, who signed it, the draft of the next, and the history."""
    organization = request.membership.organization
    version = version_at(organization, timezone.now())
    context = {
        "version": version,
        "groups": by_group(lines(contents_of(version), version=version)),
        "draft": draft_of(organization),
        "versions": versions_of(organization),
        "zone": "UTC",
    }
    return render(request, "thresholds/thresholds.html", context)


@_director
@require_http_methods(["GET", "POST"])
def draft(request: MemberRequest) -> HttpResponse:
    """Write the next version, beginning with the draft or with what is in force."""
    organization = request.membership.organization
    form = DraftForm(request.POST or None, initial=_start(request))
    if request.method == "POST" and form.is_valid():
        try:
            kept = services.draft_thresholds(
                values=form.values,
                note=form.cleaned_data["note"],
                by=request.membership,
                now=timezone.now(),
            )
        except services.ThresholdsUnfit as exc:
            for name, fault in exc.faults.items():
                form.add_error(name, fault)
        except DomainError as exc:
            show_refusal(form, exc)
        else:
            messages.success(request, "The draft is kept. Compare it with what is in force.")
            return redirect("courses:threshold_version", kept.pk)
    in_force = version_at(organization, timezone.now())
    context = {"form": form, "in_force": in_force, "draft": draft_of(organization)}
    status = 422 if form.errors else 200
    return render(request, "thresholds/draft.html", context, status=status)


def _start(request: MemberRequest) -> dict[str, Any]:
    organization = request.membership.organization
    known = draft_of(organization)
    begin_with = known or version_at(organization, timezone.now())
    return {**values_of(contents_of(begin_with)), "note": known.note if known else ""}


@_director
@require_GET
def version(request: MemberRequest, threshold_version_id: UUID) -> HttpResponse:
    """One version beside the one that was in force before it; from here a draft is signed."""
    found = threshold_version_for(request.membership, threshold_version_id)
    before = _before(found)
    compared = lines(contents_of(found), before=contents_of(before), version=found)
    context = {
        "version": found,
        "before": before,
        "changed": by_group(line for line in compared if line.is_changed),
        "groups": by_group(compared),
        "sign": SignForm(initial={"seen": found.drafted_at.isoformat()}),
        "zone": "UTC",
    }
    return render(request, "thresholds/version.html", context)


def _before(found: ThresholdVersion) -> ThresholdVersion | None:
    if found.signed_at is None:
        return version_at(found.organization, timezone.now())
    earlier = versions_of(found.organization).filter(signed_at__isnull=False)
    return earlier.filter(number__lt=found.number).first()


@_director
@recently_authenticated
@require_POST
def sign(request: MemberRequest, threshold_version_id: UUID) -> HttpResponse:
    """Put the draft into force, after a proof of who signs."""
    found = threshold_version_for(request.membership, threshold_version_id)
    form = SignForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Look at the draft again, then sign it.")
        return redirect("courses:threshold_version", found.pk)
    try:
        seen = form.cleaned_data["seen"]
        services.sign_thresholds(
            version=found, seen=seen, by=request.membership, now=timezone.now()
        )
        messages.success(request, f"Version {found.number} is in force from now on.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("courses:threshold_version", found.pk)


@_director
@require_POST
def discard(request: MemberRequest, threshold_version_id: UUID) -> HttpResponse:
    """Throw the draft away."""
    found = threshold_version_for(request.membership, threshold_version_id)
    try:
        services.discard_thresholds(version=found, by=request.membership)
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("courses:threshold_version", found.pk)
    messages.success(request, "The draft is gone.")
    return redirect("courses:thresholds")
