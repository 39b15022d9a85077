"""The one door to rows: every view and API call finds its rows here, within the organisation."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from clinic.models import Membership, Patient, Site, TenantModel

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

P = ParamSpec("P")
Row = TypeVar("Row", bound=TenantModel)


class MemberRequest(HttpRequest):
    """A request by somebody who works for an organisation."""

    membership: Membership
    htmx: "HtmxDetails"


def current_membership(request: HttpRequest) -> Membership | None:
    """The signed-in person's membership; the one chosen in this browser where there are several."""
    user = request.user
    if not user.is_authenticated:
        return None
    mine = (
        Membership.objects.active()
        .filter(user_id=user.pk)
        .select_related("organization")
        .order_by("organization__name", "pk")
    )
    chosen = request.session.get("membership")
    return (mine.filter(pk=chosen).first() if chosen else None) or mine.first()


def member_required(
    view: Callable[Concatenate[MemberRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let only signed-in people with a membership in; others sign in, or get 403."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.membership:  # type: ignore[attr-defined]
            raise PermissionDenied("This account does not work for any organisation.")
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return guarded  # type: ignore[return-value]


def row_for(member: Membership, rows: QuerySet[Row], row_id: UUID) -> Row:
    """The row, or 404 when the member's organisation does not have it."""
    return get_object_or_404(rows.filter(organization_id=member.organization_id), pk=row_id)


def patient_for(member: Membership, patient_id: UUID) -> Patient:
    """The patient, or 404."""
    return row_for(member, Patient.objects.select_related("site", "organization"), patient_id)


def site_for(member: Membership, site_id: UUID) -> Site:
    """The site, or 404."""
    return row_for(member, Site.objects.all(), site_id)


def sites_of(member: Membership) -> QuerySet[Site]:
    """The organisation's sites, by name."""
    return Site.objects.filter(organization_id=member.organization_id).order_by("name", "pk")
