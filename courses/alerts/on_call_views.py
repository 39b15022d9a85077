"""The page on which managers keep who is on call."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed, site_for, sites_of
from clinic.errors import DomainError
from clinic.models import Site
from clinic.rights import Right
from courses.alerts.access import duty_for
from courses.alerts.forms import OnCallForm
from courses.alerts.selectors import duties_at
from courses.alerts.services import end_on_call, plan_on_call


@allowed(Right.MANAGE_SETTINGS)
@require_GET
def on_call(request: MemberRequest) -> HttpResponse:
    """Go on to the first site whose settings one manages."""
    site = sites_of(request.membership, Right.MANAGE_SETTINGS).first()
    if site is None:
        raise Http404("There is no site to keep.")
    return redirect("courses:on_call_of_site", site.pk)


@allowed(Right.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def of_site(request: MemberRequest, site_id: UUID) -> HttpResponse:
    """Who is on call for a site now and later, and the form that adds a duty."""
    site = site_for(request.membership, site_id, Right.MANAGE_SETTINGS)
    form = OnCallForm(request.POST if request.method == "POST" else None, site=site)
    if not form.is_valid():
        return _page(request, site, form)
    try:
        duty = plan_on_call(
            site=site,
            member=form.cleaned_data["member"],
            starts_at=form.starts_at,
            ends_at=form.ends_at,
            now=timezone.now(),
        )
    except DomainError as exc:
        form.refuse(exc.field, str(exc))
        return _page(request, site, form)
    messages.success(request, f"{duty.membership.name} is on call.")
    return redirect("courses:on_call_of_site", site.pk)


def _page(request: MemberRequest, site: Site, form: OnCallForm) -> HttpResponse:
    now = timezone.now()
    context = {
        "site": site,
        "zone": site.zone,
        "sites": sites_of(request.membership, Right.MANAGE_SETTINGS),
        "duties": duties_at(site, now=now),
        "now": now,
        "form": form,
    }
    return render(request, "alerts/on_call.html", context, status=422 if form.errors else 200)


@allowed(Right.MANAGE_SETTINGS)
@require_POST
def end(request: MemberRequest, on_call_id: UUID) -> HttpResponse:
    """Take somebody off call."""
    duty = duty_for(request.membership, on_call_id)
    end_on_call(duty=duty, now=timezone.now())
    messages.success(request, f"{duty.membership.name} is not on call for that time any more.")
    return redirect("courses:on_call_of_site", duty.site_id)
