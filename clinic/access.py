"""The one door to rows: every view and API call finds its rows here, within the organisation."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from clinic.models import Membership, Patient, Site, TenantModel

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

P = ParamSpec("P")
Row = TypeVar("Row", bound=TenantModel)


class MemberRequest(HttpRequest):
    """A request by somebody who works for an organisation."""

    membership: Membership
    memberships: list[Membership]
    htmx: "HtmxDetails"


def memberships_of(user: AbstractBaseUser | AnonymousUser) -> list[Membership]:
    """The organisations that somebody works for, by name; none for who is not signed in."""
    if not user.is_authenticated:
        return []
    mine = Membership.objects.active().filter(user_id=user.pk).select_related("organization")
    return list(mine.order_by("organization__name", "pk"))


def current_membership(request: MemberRequest) -> Membership | None:
    """The signed-in person's membership; the one chosen in this browser where there are several."""
    mine = request.memberships
    chosen = request.session.get("membership") if mine else None
    return next((one for one in mine if str(one.pk) == chosen), mine[0] if mine else None)


def choose_membership(request: MemberRequest, membership_id: UUID) -> None:
    """Work for another of one's own organisations in this browser; 404 for any other."""
    if membership_id not in {one.pk for one in request.memberships}:
        raise Http404("This is no membership of yours.")
    request.session["membership"] = str(membership_id)
    request.session.pop("site", None)


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
