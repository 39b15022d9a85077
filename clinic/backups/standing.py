"""What lets somebody in, by ids alone: to compare before and after a restore."""

from collections.abc import Iterator
from datetime import datetime

from allauth.mfa.models import Authenticator

from clinic.models import ApiToken, Invitation, Membership, RoleAssignment, User


def access_in_force(*, using: str = "default", now: datetime) -> Iterator[str]:
    """A line for each account, membership, role, token, invitation and second step in force.

    In an order that lasts, so that `diff` shows what came back to life and what is lost.
    """
    for (user,) in (
        User.objects.using(using).filter(is_active=True).order_by("pk").values_list("pk")
    ):
        yield f"account {user}"
    members = Membership.objects.using(using).filter(is_active=True).order_by("pk")
    for member, kind in members.values_list("pk", "kind"):
        yield f"membership {member} {kind}"
    roles = RoleAssignment.objects.using(using).filter(membership__is_active=True)
    posts = roles.order_by("membership_id", "site_id", "role")
    for member, site, role in posts.values_list("membership_id", "site_id", "role"):
        yield f"role {role} of membership {member} at site {site}"
    yield from _keys(using, now)


def _keys(using: str, now: datetime) -> Iterator[str]:
    tokens = ApiToken.objects.using(using).filter(expiry__gt=now).order_by("id")
    for token, member in tokens.values_list("id", "membership_id"):
        yield f"token {token} of membership {member}"
    invitations = Invitation.objects.using(using).open().filter(expires_at__gt=now).order_by("pk")
    for invitation, member in invitations.values_list("pk", "membership_id"):
        yield f"invitation {invitation} of membership {member}"
    steps = Authenticator.objects.using(using).order_by("pk")
    for step, kind, user in steps.values_list("pk", "type", "user_id"):
        yield f"second step {step} {kind} of account {user}"
