"""The one door to rows: every view and API call finds its rows here, within the organisation."""

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from clinic.audit.context import identify
from clinic.audit.openings import log_opening
from clinic.charts import ChartRestricted, open_to
from clinic.models import ApiToken, Membership, Patient, Site, TenantModel, User
from clinic.rights import (
    PUBLIC,
    SIGNED_IN,
    Right,
    RightMissing,
    RightNotEverywhere,
    Rule,
    may_everywhere,
    require,
    sites_known,
    sites_where,
)
from clinic.tenancy import Workplace, enter_tenant, tenant, workplaces_of

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

P = ParamSpec("P")
PageView = Callable[Concatenate["MemberRequest", P], HttpResponse]
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]
Row = TypeVar("Row", bound=TenantModel)


class MemberRequest(HttpRequest):
    """A request by somebody who works for an organisation."""

    membership: Membership
    workplaces: list[Workplace]
    # What signed a call of the API; a browser has none.
    token: ApiToken | None
    htmx: "HtmxDetails"


def workplaces_for(user: AbstractBaseUser | AnonymousUser) -> list[Workplace]:
    """The organisations that somebody works for, by name; none for who is not signed in."""
    return workplaces_of(user.pk) if user.is_authenticated else []


def current_membership(request: MemberRequest) -> Membership | None:
    """The signed-in person's membership; the one chosen in this browser where there are several."""
    mine = request.workplaces
    chosen = request.session.get("membership") if mine else None
    here = next(
        (one for one in mine if str(one.membership_id) == chosen), mine[0] if mine else None
    )
    if here is None:
        return None
    with tenant(here.organization_id):
        rows = Membership.objects.active().with_duties().select_related("organization")
        found = rows.filter(pk=here.membership_id).first()
    if found:
        found.user = cast(User, request.user)  # it is this account's, and has been read
    return found


def enter(member: Membership) -> None:
    """See the rows of the member's organisation for the rest of this request's transaction."""
    enter_tenant(member.organization_id)
    identify(member)


def choose_membership(request: MemberRequest, membership_id: UUID) -> None:
    """Work for another of one's own organisations in this browser; 404 for any other."""
    if membership_id not in {one.membership_id for one in request.workplaces}:
        raise Http404("This is no membership of yours.")
    request.session["membership"] = str(membership_id)
    request.session.pop("site", None)


def allowed(right: Right, *, everywhere: bool = False) -> Callable[[PageView[P]], Page[P]]:
    """Let in who holds the right at some site; others sign in, or get 403 with what is missing.

    The row finders below ask for the right again, at the site of the row. What is about no site
    but about all asks for it `everywhere`.
    """

    def guard(view: PageView[P]) -> Page[P]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            asked = cast(MemberRequest, request)
            if not asked.membership:
                raise PermissionDenied("This account does not work for any organisation.")
            enter(asked.membership)
            if not asked.membership.duties:
                raise PermissionDenied("You have no role yet. Ask the manager of your practice.")
            (require_everywhere if everywhere else require)(asked.membership, right)
            return view(asked, *args, **kwargs)

        return cast(Page[P], _declare(guarded, Rule.of(right)))

    return guard


def signed_in(view: PageView[P]) -> Page[P]:
    """Let every signed-in person in, for pages of their own; `request.membership` may be None."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked = cast(MemberRequest, request)
        if asked.membership:
            enter(asked.membership)
        return view(asked, *args, **kwargs)

    return cast(Page[P], _declare(guarded, SIGNED_IN))


def public(view: Page[P]) -> Page[P]:
    """Let everybody in: the view shows nothing of any organisation, or checks by itself."""

    @wraps(view)
    def open_view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs)

    return cast(Page[P], _declare(open_view, PUBLIC))


def _declare(view: Any, rule: Rule) -> Any:
    view.rule = rule
    return view


def own(member: Membership, rows: QuerySet[Row]) -> QuerySet[Row]:
    """The rows of the member's organisation. The walls show no others; this asks once more."""
    return rows.filter(organization_id=member.organization_id)


def is_own(member: Membership, row: TenantModel) -> bool:
    """The same question of a row that was read."""
    return row.organization_id == member.organization_id


def own_of(member: Membership, found: Sequence[Row]) -> Row:
    """Of rows that were read by a key, the one of the member's organisation; else 404."""
    for row in found:
        if is_own(member, row):
            return row
    raise Http404("There is no such thing in your organisation.")


def row_for(member: Membership, rows: QuerySet[Row], row_id: UUID) -> Row:
    """The row, or 404 when the member's organisation does not have it."""
    return get_object_or_404(own(member, rows), pk=row_id)


def require_at(member: Membership, right: Right, site_ids: Collection[UUID]) -> None:
    """Go on when the member has the right at one of the sites of a row.

    Without any role there the row is not to be known of (404); else RightMissing.
    """
    if sites_where(member, right).isdisjoint(site_ids):
        if sites_known(member).isdisjoint(site_ids):
            raise Http404("There is no such thing at your sites.")
        raise RightMissing(right)


def require_everywhere(member: Membership, right: Right) -> None:
    """Go on when the member has the right at every site; else RightMissing, RightNotEverywhere."""
    require(member, right)
    if not may_everywhere(member, right):
        raise RightNotEverywhere(right)


def require_open(member: Membership, patient: Patient, *, is_named: bool = False) -> None:
    """Go on, and note that the chart was opened, unless it is restricted and its glass is whole.

    Then ChartRestricted, which names the patient only to a caller who did (`is_named`).
    """
    glass = None
    if patient.is_restricted:
        glass = open_to(member, now=timezone.now()).filter(patient=patient).first()
        if glass is None:
            raise ChartRestricted(member, patient, is_named=is_named)
    log_opening(member, patient, break_glass=glass)


def patient_for(member: Membership, patient_id: UUID, right: Right) -> Patient:
    """The patient; 404 where the member has no role at a site of theirs.

    RightMissing where the role there lacks the right, ChartRestricted where the glass is whole.
    """
    patient = closed_patient_for(member, patient_id, right)
    require_open(member, patient, is_named=True)
    return patient


def closed_patient_for(member: Membership, patient_id: UUID, right: Right) -> Patient:
    """The patient as above, whose chart may be restricted: for opening and restricting it."""
    patients = Patient.objects.select_related("site", "organization")
    patient = row_for(member, patients, patient_id)
    require_at(member, right, patient.site_ids)
    return patient


def site_for(member: Membership, site_id: UUID, right: Right) -> Site:
    """The site; 404 where the member has no role, RightMissing where it lacks the right."""
    site = row_for(member, Site.objects.all(), site_id)
    require_at(member, right, [site.pk])
    return site


def sites_of(member: Membership, right: Right) -> QuerySet[Site]:
    """The sites at which the member has the right, by name."""
    return Site.objects.filter(pk__in=sites_where(member, right)).order_by("name", "pk")
