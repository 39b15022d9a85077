"""Every request's changes say who asked, from where and by which view."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from clinic.audit.context import answering, routed


class AuditMiddleware:
    """Behind the one that numbers requests. Who is signed in is known once a view is found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request):
            return self.get_response(request)

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
