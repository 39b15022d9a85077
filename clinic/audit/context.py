"""Who, from where and why: what every event of a transaction carries (G11).

`pghistory.context` sends it along with each statement that writes, for that transaction alone, so
that it fits pooled connections, and a write outside of any transaction too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pghistory
import structlog
from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from clinic.asking import is_api, is_piece

if TYPE_CHECKING:
    from clinic.models import ApiToken, Membership


@dataclass(slots=True)
class Asked:
    """The request that is being answered."""

    request_id: str | None
    address: str | None
    via: str
    # Part of a page that was opened before, or an act on it.
    is_piece: bool
    route: str = ""
    # What was noted of opened charts, by `clinic.audit.openings`.
    openings: list[dict[str, Any]] = field(default_factory=list)


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def asked() -> Asked | None:
    """The request that is being answered; None outside of one."""
    return _asked.get()


@contextmanager
def answering(request: HttpRequest) -> Iterator[Asked]:
    """What is changed inside is changed by this request."""
    bound = structlog.contextvars.get_contextvars()
    said = Asked(
        request_id=bound.get("request_id"),
        address=_address(request),
        via="api" if is_api(request) else "page",
        is_piece=request.method not in ("GET", "HEAD") or is_piece(request),
    )
    mark = _asked.set(said)
    try:
        with pghistory.context(via=said.via, request=said.request_id, address=said.address):
            yield said
    finally:
        _asked.reset(mark)


def routed(route: str, user_id: object) -> None:
    """Which view answers, and the account that is signed in, if any."""
    if said := asked():
        said.route = route
        pghistory.context(route=route, **({"user": str(user_id)} if user_id else {}))


def identify(membership: "Membership", *, token: "ApiToken | None" = None) -> None:
    """From here on the request acts as this membership, by that token where one was sent."""
    who: dict[str, Any] = {"membership": str(membership.pk)}
    if membership.user_id:
        who["user"] = str(membership.user_id)
    if token:
        who["token"] = str(token.id)
    pghistory.context(**who)


def because(reason: str) -> None:
    """From here on what the request changes is changed for this reason, where one is given."""
    if reason := reason.strip():
        pghistory.context(reason=reason)


def _address(request: HttpRequest) -> str | None:
    """Where the request came from, as the outermost of our own proxies saw it."""
    try:
        return str(get_adapter().get_client_ip(request))
    except (PermissionDenied, ImproperlyConfigured):  # hidden, or by fewer proxies than ours
        return None
