"""The product's web process with two bare views beside it: what it is measured against.

`/bare/…` is answered by Django with the middlewares that a new project begins with, in the same
process, over the same pool of connections; every other address is the product's own.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
product = get_wsgi_application()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402 # once Django is set up
from django.db import models, transaction  # noqa: E402 # once Django is set up
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402 # once Django is set up
from django.test.utils import override_settings  # noqa: E402 # once Django is set up
from django.urls import path  # noqa: E402 # once Django is set up
from django.views.decorators.csrf import csrf_exempt  # noqa: E402 # once Django is set up
from rest_framework.request import Request  # noqa: E402 # once Django is set up
from rest_framework.response import Response  # noqa: E402 # once Django is set up
from rest_framework.views import APIView  # noqa: E402 # once Django is set up

MIDDLEWARE = [
    "benchmarks.bare.own_addresses",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROWS = 20


class BareRow(models.Model):
    """A row of a table that nothing else looks at."""

    name = models.CharField(max_length=40)

    class Meta:
        app_label = "benchmarks"

    def __str__(self) -> str:
        return self.name


@csrf_exempt
@transaction.non_atomic_requests
def insert(request: HttpRequest) -> HttpResponse:
    """One row more."""
    return JsonResponse({"id": BareRow.objects.create(name="bare").pk}, status=201)


class BareList(APIView):
    """A list from one query."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get(self, request: Request) -> Response:
        """The first rows."""
        return Response(list(BareRow.objects.order_by("pk").values("id", "name")[:ROWS]))


urlpatterns = [
    path("bare/insert", insert),
    path("bare/list", transaction.non_atomic_requests(BareList.as_view())),
]


def own_addresses(answer: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Look addresses up here, not among the product's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return answer(request)

    return middleware


with override_settings(MIDDLEWARE=MIDDLEWARE):
    bare = WSGIHandler()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The bare views where they are asked for, else the product."""
    is_bare = environ["PATH_INFO"].startswith("/bare/")
    return (bare if is_bare else product)(environ, start_response)
