"""Pages: a site's groups, making one, and changing one with what that does to its members."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed
from clinic.charts import open_patient_ids
from clinic.errors import DomainError
from clinic.models import Site
from clinic.rights import Right, may, require
from clinic.templatetags.courseline import plain_day
from courses.thresholds.selectors import thresholds_at
from scheduling.groups.access import group_for
from scheduling.groups.detail import coming_groups, members_of
from scheduling.groups.forms import AcceptGroupForm, GroupForm, NewGroupForm, start_of
from scheduling.groups.models import GroupVisit
from scheduling.groups.rehearsal import read_shown, rehearse
from scheduling.groups.service import GroupWish, Made, Said, change_group, make_groups
from scheduling.looking import looked_at
from scheduling.selectors.board import Viewer
from scheduling.services.changing import Why


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def groups(request: MemberRequest) -> HttpResponse:
    """The groups of a site that are still to come."""
    look, now = looked_at(request), timezone.now()
    context = {**look.context, "groups": coming_groups(look.site, since=now), "now": now}
    return render(request, "groups/groups.html", context)


@allowed(Right.BOOK)
@require_http_methods(["GET", "POST"])
def group_new(request: MemberRequest) -> HttpResponse:
    """Make a group, or one a week."""
    look = looked_at(request)
    require(request.membership, Right.BOOK, look.site)
    form = NewGroupForm(request.POST or None, **_own(look.site), initial={"on": look.day})
    if form.is_valid():
        try:
            made = make_groups(
                site=look.site,
                terms=form.terms,
                weeks=form.cleaned_data["weeks"],
                by=request.membership,
                now=timezone.now(),
            )
        except DomainError as exc:
            form.add_error(exc.field if exc.field in form.fields else None, str(exc))
        else:
            return _made(request, made)
    status = 422 if form.is_bound else 200
    context = {**look.context, "form": form}
    return render(request, "groups/group_new.html", context, status=status)


def _own(site: Site) -> dict[str, Any]:
    most = thresholds_at(site.organization, timezone.now()).group_places_most
    return {"site": site, "most": most}


def _made(request: MemberRequest, made: Made) -> HttpResponse:
    number = len(made.groups)
    messages.success(request, "The group is booked." if number == 1 else f"{number} groups booked.")
    for left in made.left_out:
        messages.warning(request, f"Not on {plain_day(left.on)}: {'; '.join(left.reasons)}.")
    return redirect("scheduling:group", made.groups[0].pk)


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def group(request: MemberRequest, group_id: UUID) -> HttpResponse:
    """One group with who has a place, and the form that changes it."""
    found = group_for(request.membership, group_id, Right.VIEW_SCHEDULE)
    form = GroupForm(initial=start_of(found), **_own(found.site))
    return _group_page(request, found, form)


def _group_page(
    request: MemberRequest, found: GroupVisit, form: GroupForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    members = members_of(found, _viewer(request, found))
    context = {
        "group": found,
        "site": found.site,
        "zone": found.site.zone,
        "members": members,
        "free": found.places - len(members),
        "form": form,
        "is_open": found.is_planned and not found.has_begun(now),
        "has_names": may(request.membership, Right.VIEW_PATIENTS, found.site),
        "noon": found.starts_at,
    }
    return render(request, "groups/group.html", context, status=status)


def _viewer(request: MemberRequest, found: GroupVisit) -> Viewer:
    return Viewer(
        has_names=may(request.membership, Right.VIEW_PATIENTS, found.site),
        open_ids=open_patient_ids(request.membership, now=timezone.now()),
    )


@allowed(Right.BOOK)
@require_GET
def group_change(request: MemberRequest, group_id: UUID) -> HttpResponse:
    """What other terms, or its not taking place, do to every member; nothing is changed."""
    found = group_for(request.membership, group_id, Right.BOOK)
    is_cancelled = bool(request.GET.get("cancel"))
    said = None if is_cancelled else request.GET or None
    form = GroupForm(said, initial=start_of(found), **_own(found.site))
    if not is_cancelled and not form.is_valid():
        return _group_page(request, found, form, status=422 if form.is_bound else 200)
    try:
        return _consequences(request, found, GroupWish(None if is_cancelled else form.terms))
    except DomainError as exc:
        if is_cancelled:
            messages.error(request, str(exc))
            return redirect("scheduling:group", found.pk)
        form.add_error(exc.field if exc.field in form.fields else None, str(exc))
        return _group_page(request, found, form, status=422)


def _consequences(
    request: MemberRequest,
    found: GroupVisit,
    wish: GroupWish,
    form: AcceptGroupForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    members = members_of(found, _viewer(request, found))
    context = {
        "group": found,
        "site": found.site,
        "zone": found.site.zone,
        "wish": wish,
        "story": rehearse(found, wish, by=request.membership, now=timezone.now()),
        "names": {one.id: one.patient_name for one in members},
        "told_ids": {one.id for one in members if one.is_told},
        "form": form or AcceptGroupForm(),
        "noon": found.starts_at,
        **more,
    }
    return render(request, "groups/group_change.html", context, status=status)


@allowed(Right.BOOK)
@require_POST
def group_change_accept(request: MemberRequest, group_id: UUID) -> HttpResponse:
    """Carry it out as it was shown; 409 with what has changed, 422 with what is to be said."""
    found = group_for(request.membership, group_id, Right.BOOK)
    form = AcceptGroupForm(request.POST)
    try:
        shown = read_shown(request.POST.get("answer", ""), group=found, member=request.membership)
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("scheduling:group", found.pk)
    if not form.is_valid() and shown.answers:
        return _consequences(request, found, shown.wish, form, status=422)
    why = Why(code=form.cleaned_data.get("code") or Why().code)
    meant = form.cleaned_data.get("amber", False)
    said = Said(request.membership, timezone.now(), is_amber_meant=meant, why=why)
    try:
        change_group(
            group=found, wish=shown.wish, said=said, version=shown.version, answers=shown.answers
        )
    except DomainError as exc:
        return _refused(request, found, shown.wish, form, exc)
    done = "The group is cancelled." if shown.wish.is_cancelled else "The group is changed."
    messages.success(request, done)
    return redirect("scheduling:group", found.pk)


def _refused(
    request: MemberRequest,
    found: GroupVisit,
    wish: GroupWish,
    form: AcceptGroupForm,
    exc: DomainError,
) -> HttpResponse:
    """The consequences afresh, or the group's page where there are none any more."""
    fresh = group_for(request.membership, found.pk, Right.BOOK)
    status = 409 if exc.status == 409 else 422
    try:
        return _consequences(
            request, fresh, wish, form, status=status, refusal=str(exc), changes=exc.details
        )
    except DomainError as again:
        messages.error(request, str(again))
        return redirect("scheduling:group", fresh.pk)
