"""What a manager sees of the people and programs of the organisation."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from clinic.models import ApiToken, Invitation, Membership, Role, RoleAssignment, Site, User
from clinic.second_step import STEPS
from clinic.staffing.inviting import has_account

STATES = {
    "ACTIVE": "Active",
    "INVITED": "Invited",
    "EXPIRED": "Invitation too old",
    "NO_ACCOUNT": "No account",
    "FORMER": "Deactivated",
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody on the list, and how far their access goes."""

    member: Membership
    state: str
    invitation: Invitation | None
    # Site and roles there, in the order of names.
    posts: list[tuple[Site, list[Role]]]

    @property
    def state_label(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def account(self) -> User | None:
        """What they sign in with; of who has left it is theirs alone."""
        return self.member.user if self.state != "FORMER" else None

    @property
    def email(self) -> str:
        """Where they can be written to, if an address is known."""
        if self.account:
            return self.account.email
        return self.invitation.email if self.invitation else ""

    @property
    def last_sign_in(self) -> datetime | None:
        """When they last signed in; nothing of an account from before it joined."""
        return self.account.last_login if self.account and self.state == "ACTIVE" else None

    @property
    def has_second_step(self) -> bool:
        """Whether they sign in with an authenticator app or a passkey."""
        return bool(self.account and getattr(self.member, "with_second_step", False))


def staff(member: Membership) -> QuerySet[Membership]:
    """Everybody who works, or has worked, for the member's organisation, ready for `colleague`."""
    posts = RoleAssignment.objects.select_related("site").order_by("site__name", "site", "pk")
    letters = Invitation.objects.open()
    steps = Authenticator.objects.filter(user=OuterRef("user"), type__in=STEPS)
    return (
        Membership.objects.filter(organization_id=member.organization_id)
        .select_related("user", "organization")
        .annotate(with_second_step=Exists(steps))
        .prefetch_related(
            Prefetch("assignments", queryset=posts),
            Prefetch("invitations", queryset=letters, to_attr="open_invitations"),
        )
    )


def colleague(member: Membership, *, now: datetime) -> Colleague:
    """A row of `staff` with its state; asks the database nothing."""
    invitation = next(iter(member.open_invitations), None)  # type: ignore[attr-defined]
    by_site = groupby(member.assignments.all(), key=lambda post: post.site)
    posts = [(site, [Role(post.role) for post in here]) for site, here in by_site]
    return Colleague(member, _state(member, invitation, now), invitation, posts)


def _state(member: Membership, invitation: Invitation | None, now: datetime) -> str:
    if not member.is_active:
        return "FORMER"
    if invitation:
        return "INVITED" if invitation.expires_at > now else "EXPIRED"
    is_service = member.kind == Membership.Kind.SERVICE
    return "ACTIVE" if is_service or has_account(member) else "NO_ACCOUNT"


def people(member: Membership, *, former: bool, now: datetime) -> list[Colleague]:
    """The people of the organisation by name: those who work here, or who did."""
    rows = staff(member).filter(kind=Membership.Kind.PERSON, is_active=not former)
    return [colleague(row, now=now) for row in rows.order_by("name", "pk")]


def services(member: Membership, *, now: datetime) -> list[Colleague]:
    """The programs of the organisation by name, with `api_tokens` read."""
    rows = staff(member).filter(kind=Membership.Kind.SERVICE).order_by("name", "pk")
    tokens = Prefetch("api_tokens", queryset=ApiToken.objects.order_by("-created", "pk"))
    return [colleague(row, now=now) for row in rows.prefetch_related(tokens)]


def colleague_for(member: Membership, member_id: UUID, *, now: datetime) -> Colleague:
    """One person or program of the organisation, or 404."""
    return colleague(get_object_or_404(staff(member), pk=member_id), now=now)


def service_for(member: Membership, service_id: UUID) -> Membership:
    """A program of the organisation, or 404."""
    rows = Membership.objects.filter(
        organization_id=member.organization_id, kind=Membership.Kind.SERVICE
    )
    return get_object_or_404(rows.with_duties(), pk=service_id)


def tokens_of(member: Membership) -> QuerySet[ApiToken]:
    """The member's tokens, newest first."""
    rows: QuerySet[ApiToken] = ApiToken.objects.filter(membership=member)
    return rows.order_by("-created", "pk")


def tokens_of_people(member: Membership) -> QuerySet[ApiToken]:
    """Every person's token in the organisation, newest first."""
    rows: QuerySet[ApiToken] = ApiToken.objects.filter(
        organization_id=member.organization_id, membership__kind=Membership.Kind.PERSON
    )
    return rows.select_related("membership").order_by("-created", "pk")


def token_for(member: Membership, rows: QuerySet[ApiToken], token_id: UUID) -> ApiToken:
    """The token among those rows by its public id, or 404."""
    return get_object_or_404(rows.filter(organization_id=member.organization_id), id=token_id)


def handed_out_by(member: Membership) -> int:
    """How many tokens of services the member made, and so may know by heart."""
    made = ApiToken.objects.filter(created_by=member, membership__kind=Membership.Kind.SERVICE)
    return int(made.count())


def zone_for(member: Membership) -> ZoneInfo:
    """The wall clock for pages about no site in particular: that of the first site."""
    names = Site.objects.filter(organization_id=member.organization_id).order_by("name", "pk")
    return ZoneInfo(names.values_list("timezone", flat=True).first() or "UTC")
