"""Who is asking: the membership behind each request, and one log line about it."""

import time
import uuid
from collections.abc import Callable
from typing import cast

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from clinic.access import MemberRequest, current_membership, workplaces_for

log = structlog.get_logger("courseline.web")


class MembershipMiddleware:
    """Put `request.membership` beside `request.user`: a person's place in one organisation.

    `request.workplaces` are all of theirs. What is answered is about people, so that no browser
    keeps it; static files are answered before a request comes here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast(MemberRequest, request)
        asked.workplaces = SimpleLazyObject(  # type: ignore[assignment]
            lambda: workplaces_for(request.user)
        )
        asked.membership = SimpleLazyObject(  # type: ignore[assignment]
            lambda: current_membership(asked)
        )
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class RequestLogMiddleware:
    """One line per request: the address's pattern and the ids in it, nothing else of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()))
        began = time.perf_counter()
        response = self.get_response(request)
        log.info(
            "request",
            method=request.method,
            **_place(request),
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000),
        )
        return response


def _place(request: HttpRequest) -> dict[str, str]:
    """Where the request went; keys and whatever else was typed into the address stay out."""
    match = request.resolver_match
    if match is None:
        return {"route": "none"}
    ids = {name: str(value) for name, value in match.kwargs.items() if isinstance(value, uuid.UUID)}
    return {"route": match.route, **ids}
