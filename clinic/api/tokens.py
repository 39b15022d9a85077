"""API tokens: given once, kept only as a hash, good for some rights and for a time."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from clinic.accounts import has_proven_address
from clinic.errors import DomainError
from clinic.models import ApiToken, Membership, Role, User
from clinic.rights import TABLE, Right, may
from clinic.second_step import check_second_step, has_second_step
from clinic.staffing.rules import AboveOwnRights, rights_at
from clinic.tenancy import enter_tenant, tenant, workplaces_of

MOST_DAYS = 365
LIFETIME = timedelta(days=90)
# Reading the book and the records; taking them out as a file is another right.
READING = frozenset(right for right in Right if right.startswith("VIEW_"))
# The last use is known to the minute, so that it costs one write a minute.
USE_IS_NOTED = timedelta(minutes=1)


class SignInFailed(DomainError):
    """E-mail and password do not belong to an account in use."""

    code = "sign-in-failed"


class NoMembership(DomainError):
    """The account does not work for an organisation (403)."""

    status = 403
    code = "no-membership"


class MfaRequired(DomainError):
    """The account signs in with a second step, and the password came without its code (403)."""

    status = 403
    code = "mfa-required"


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
    if user is None or not user.is_active or not has_proven_address(user):
        raise SignInFailed("The e-mail address or the password is not right.")
    return user


def prove_second_step(user: User, code: str) -> None:
    """Raise MfaRequired, or SecondStepWrong, unless the code is right or none is needed."""
    if not code and has_second_step(user):
        raise MfaRequired(
            "This account signs in with a second step: send its `code` too, or make the token "
            "on the page “API tokens” of your account."
        )
    check_second_step(user, code)


def membership_of(user: User, organization: UUID | None) -> Membership:
    """The account's place in that organisation, or its only one; enters the tenant.

    NoMembership, or OrganizationNotNamed.
    """
    found = workplaces_of(user.pk)
    if not found:
        raise NoMembership("This account does not work for any organisation.")
    named = [one for one in found if organization in (None, one.organization_id)]
    if len(named) != 1:
        choices = ", ".join(f"{one.organization_id} ({one.organization_name})" for one in found)
        raise OrganizationNotNamed(f"Name one of: {choices}.", field="organization")
    enter_tenant(named[0].organization_id)
    rows = Membership.objects.with_duties().select_related("organization", "user")
    return rows.get(pk=named[0].membership_id)


@transaction.atomic
def issue_token(
    *,
    member: Membership,
    name: str,
    lifetime: timedelta = LIFETIME,
    scopes: Collection[str] | None = None,
    by: Membership | None = None,
) -> tuple[ApiToken, str]:
    """A new token that acts as the member, and its text, which is kept nowhere.

    Good for the rights in `scopes`; without these, for whatever the member may do from time to
    time. DomainError for rights that the member has not; AboveOwnRights when somebody else (`by`)
    could do with it what they may not do themselves.
    """
    _check_scopes(member, scopes)
    if by and by.pk != member.pk:
        _check_maker(by, member, scopes)
    found: tuple[ApiToken, str] = ApiToken.objects.create(
        user=member.user,
        expiry=lifetime,
        membership=member,
        organization_id=member.organization_id,
        name=name,
        scopes=None if scopes is None else sorted(scopes),
        created_by=by or member,
    )
    return found


def _check_scopes(member: Membership, scopes: Collection[str] | None) -> None:
    if scopes is None:
        return
    if not scopes:
        raise DomainError("Choose at least one right.", field="scopes")
    for scope in scopes:
        if not may(member, Right(scope)):
            raise DomainError(
                f"{member.name} has no right to: {Right(scope).label}.", field="scopes"
            )


def _check_maker(by: Membership, member: Membership, scopes: Collection[str] | None) -> None:
    for site_id, role in member.duties:
        useful = TABLE[Role(role)] if scopes is None else TABLE[Role(role)] & set(scopes)
        if useful - rights_at(by, site_id):
            raise AboveOwnRights(
                "This token could do what you may not: choose fewer rights.", field="scopes"
            )


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Remember that the token was used; at most once a minute, in a transaction of its own."""
    before = now - USE_IS_NOTED
    if token.last_used_at and token.last_used_at > before:
        return
    with tenant(token.organization_id):
        stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
        # Of many calls at once the first writes and none waits.
        rows = ApiToken.objects.filter(stale, pk=token.pk).select_for_update(skip_locked=True)
        ApiToken.objects.filter(pk__in=rows.values("pk")).update(last_used_at=now)


def revoke_token(*, token: ApiToken) -> None:
    """End a token at once."""
    token.delete()


def forget_tokens(*, now: datetime) -> int:
    """Delete the tokens that are no longer in force; how many there were."""
    gone: int = ApiToken.objects.filter(expiry__lt=now).delete()[0]
    return gone
