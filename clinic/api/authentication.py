"""Who is calling, and for which organisation."""

from typing import Any

from knox.auth import TokenAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from clinic.models import Membership, User


class ApiTokenAuthentication(TokenAuthentication):
    """`Authorization: Token …`; the token says for which membership it acts."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """The account and token, or None when there is no such header."""
        found = super().authenticate(request)
        if found:
            request._request.membership = found[1].membership
        return found


class BrowserAuthentication(SessionAuthentication):
    """The signed-in browser, for the interactive documentation."""

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Token"


def member_of(request: Request) -> Membership:
    """The membership behind an API call that `IsMember` let in."""
    return request._request.membership
