"""API tokens: given once, kept only as a hash, valid for a time."""

from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from clinic.errors import DomainError
from clinic.models import ApiToken, Membership, User

LIFETIME = timedelta(days=90)


class SignInFailed(DomainError):
    """E-mail and password do not belong to an account in use."""

    code = "sign-in-failed"


class NoMembership(DomainError):
    """The account does not work for an organisation (403)."""

    status = 403
    code = "no-membership"


class OrganizationNotNamed(DomainError):
    """The account works for several organisations and none, or another, was named."""

    code = "organization-not-named"


def account_of(request: HttpRequest, *, email: str, password: str) -> User:
    """The account with that password; SignInFailed, or Throttled as on the sign-in page."""
    if not ratelimit.consume(request, action="login"):
        raise Throttled(wait=60)
    try:
        user: User | None = get_adapter(request).authenticate(
            request, email=email.lower(), password=password
        )
    except ValidationError as exc:
        raise Throttled(wait=300) from exc
    if user is None or not user.is_active:
        raise SignInFailed("The e-mail address or the password is not right.")
    return user


def membership_of(user: User, organization: UUID | None) -> Membership:
    """The account's place in that organisation, or its only one."""
    mine = Membership.objects.active().filter(user=user).select_related("organization")
    found = list(mine.order_by("organization__name", "pk"))
    if not found:
        raise NoMembership("This account does not work for any organisation.")
    named = [m for m in found if organization is None or m.organization_id == organization]
    if len(named) != 1:
        choices = ", ".join(f"{m.organization_id} ({m.organization.name})" for m in found)
        raise OrganizationNotNamed(f"Name one of: {choices}.", field="organization")
    return named[0]


def issue_token(
    *, member: Membership, name: str, lifetime: timedelta = LIFETIME
) -> tuple[ApiToken, str]:
    """A new token that acts as the member, and its text, which is kept nowhere."""
    found: tuple[ApiToken, str] = ApiToken.objects.create(
        user=member.user,
        expiry=lifetime,
        membership=member,
        organization_id=member.organization_id,
        name=name,
    )
    return found


def revoke_token(*, token: ApiToken) -> None:
    """End a token at once."""
    token.delete()


def forget_tokens(*, now: datetime) -> int:
    """Delete the tokens that are no longer in force; how many there were."""
    gone: int = ApiToken.objects.filter(expiry__lt=now).delete()[0]
    return gone
