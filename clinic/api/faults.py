"""Errors outside any API view: problem details under /api/, pages elsewhere."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from clinic.api.problems import PROBLEM, problem


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _answer(status: int, detail: str) -> HttpResponse:
    return JsonResponse(problem(status, detail), status=status, content_type=PROBLEM)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that Django itself refuses."""
    if _is_api(request):
        return _answer(400, "This request cannot be read.")
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    if _is_api(request):
        return _answer(403, "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if _is_api(request):
        return _answer(404, "There is no such thing here.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; what went wrong is in the log alone."""
    if _is_api(request):
        return _answer(500, "Something went wrong here; it has been noted.")
    return defaults.server_error(request)


@csrf_exempt
def no_such_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any address under /api/ that leads nowhere, with and without DEBUG."""
    return _answer(404, "There is no such address; /api/v1/schema/ lists all.")
