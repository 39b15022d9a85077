"""Who is calling, and for which organisation."""

from typing import cast

from django.db.models import Q, QuerySet
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from clinic.access import MemberRequest, enter
from clinic.audit.context import identify
from clinic.models import ApiToken, Membership, User
from clinic.models.staff import posts_of
from clinic.prepared import Prepared
from clinic.tenancy import enter_tenant_of_token

SCHEME = "Bearer"


def _tokens(digest: str) -> QuerySet[ApiToken]:
    """The token with whom it acts for, and what they may."""
    in_use = Q(user=None) | Q(user__is_active=True)
    rows = ApiToken.objects.select_related("user", "membership__organization")
    in_force = rows.filter(in_use, digest=digest)
    found: QuerySet[ApiToken] = in_force.annotate(posts=posts_of("membership_id"))
    return found


_TOKENS = Prepared(_tokens, digest="of a token")


class Service:
    """What stands where an account would, when a program calls."""

    pk = id = None
    is_authenticated = is_active = True
    is_anonymous = is_staff = is_superuser = False


class ApiTokenAuthentication(TokenAuthentication):  # type: ignore[misc]
    """`Authorization: Bearer …`; the token says for which membership it acts."""

    def authenticate(self, request: Request) -> tuple[User | Service, ApiToken] | None:
        """The account (or Service) and token, or None when there is no such header."""
        found: tuple[User | Service, ApiToken] | None = super().authenticate(request)
        if found:
            token, asked = found[1], cast(MemberRequest, request._request)
            asked.membership, asked.token = token.membership, token
            identify(token.membership, token=token)
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[User | Service, ApiToken]:
        """The token by its hash in one query; AuthenticationFailed unless it is in force."""
        digest = hash_token(token.decode("latin-1"))
        if enter_tenant_of_token(digest) is None:
            raise AuthenticationFailed("This token is not in force.")
        row = next(iter(_TOKENS(digest=digest)), None)
        if row is None or (row.expiry and row.expiry <= timezone.now()):
            raise AuthenticationFailed("This token is not in force.")
        # Known already: it is not read once more.
        row.membership.user = row.user
        row.membership.posts = row.posts
        if row.scopes is not None:
            row.membership.scopes = frozenset(row.scopes)
        return row.user or Service(), row

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for, and the word before the token."""
        return SCHEME


class BrowserAuthentication(SessionAuthentication):
    """The signed-in browser."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The account whose session this is, in its organisation; None without one."""
        found: tuple[User, None] | None = super().authenticate(request)
        if found and (member := cast(MemberRequest, request._request).membership):
            enter(member)
        return found

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return SCHEME


def member_of(request: Request) -> Membership:
    """The membership behind an API call that `MayCall` let in."""
    return cast(MemberRequest, request._request).membership
