"""Every request's changes say who asked, from where and by which view."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from clinic.audit.context import answering, routed
from clinic.audit.openings import log_refused


class AuditMiddleware:
    """Behind the one that numbers requests. Who is signed in is known once a view is found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request) as said:
            response = self.get_response(request)
            if response.status_code >= HTTPStatus.BAD_REQUEST:
                log_refused(said)
            return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> None:
        """Note the view and the account."""
        match = request.resolver_match
        routed(match.view_name if match else "", request.user.pk)
