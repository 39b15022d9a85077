"""When a token was last used."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from clinic.access import MemberRequest
from clinic.api.tokens import note_use


class TokenUseMiddleware:
    """Note the use of a token after the call, so that one that was refused counts too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast(MemberRequest, request)
        asked.token = None
        response = self.get_response(request)
        if asked.token:
            note_use(asked.token, now=timezone.now())
        return response
