"""Errors outside any API view: problem details under /api/, pages elsewhere."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from clinic.access import public
from clinic.api.problems import PROBLEM, TOO_LARGE, problem
from clinic.asking import is_api
from clinic.chart_views import restricted_chart
from clinic.charts import ChartRestricted
from clinic.uploads import TOO_MUCH


def _answer(status: int, detail: str) -> HttpResponse:
    return JsonResponse(problem(status, detail), status=status, content_type=PROBLEM)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    """A page that needs nothing of the request, which may be what is wrong."""
    nonce = getattr(request, "csp_nonce", "")
    page = loader.get_template(f"{status}.html").render({"csp_nonce": nonce})
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that Django itself refuses; 413 where it is too much."""
    status = 413 if isinstance(exception, TOO_MUCH) else 400
    if is_api(request):
        return _answer(status, TOO_LARGE if status == 413 else "This request cannot be read.")
    return _page(request, status)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    if is_api(request):
        return _answer(403, "You may not do this.")
    if isinstance(exception, ChartRestricted):
        return restricted_chart(request, exception)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if is_api(request):
        return _answer(404, "There is no such thing here.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; what went wrong is in the log alone."""
    if is_api(request):
        return _answer(500, "Something went wrong here; it has been noted.")
    return _page(request, 500)


@public
@csrf_exempt
def no_such_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any address under /api/ that leads nowhere, with and without DEBUG."""
    return _answer(404, "There is no such address; /api/v1/schema/ lists all.")
