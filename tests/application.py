"""The application's role in tests, which connect as the owner: every request runs under it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from clinic.tenancy import SETTING

ENTER = f"SET ROLE {settings.APPLICATION_ROLE}"
LEAVE = f"RESET ROLE; SELECT set_config('{SETTING}', '', false)"


@contextmanager
def as_application() -> Iterator[None]:
    """What runs inside is bound by row-level security, and begins in no tenant."""
    with connection.cursor() as cursor:
        cursor.execute(f"{LEAVE}; {ENTER}")
    try:
        yield
    finally:
        # Past Django, which would refuse it after an error that the test wants to see.
        if connection.connection is not None:
            connection.connection.execute(LEAVE)


class ApplicationRole:
    """Middleware for tests alone: what answers requests is bound as in production."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with as_application():
            return self.get_response(request)
