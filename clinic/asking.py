"""What kind of thing asks: a program or a page, a whole page or a piece of one."""

from django.http import HttpRequest


def is_api(request: HttpRequest) -> bool:
    """Whether the address is the API's."""
    return request.path.startswith("/api/")


def is_piece(request: HttpRequest) -> bool:
    """Whether a script asks for a part of a page."""
    return "HX-Request" in request.headers
