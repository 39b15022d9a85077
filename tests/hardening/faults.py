"""Addresses that fail in every way that a view may, each with a patient's name in its hands."""

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from clinic import urls
from clinic.access import MemberRequest, signed_in
from clinic.models import Patient

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500

KINDS = {
    "error": RuntimeError,
    "key": KeyError,
    "missing": Http404,
    "denied": PermissionDenied,
    "suspicious": SuspiciousOperation,
    "bad": BadRequest,
}


@signed_in
def fail(request: MemberRequest, kind: str) -> HttpResponse:
    """Fail, and speak of a patient while doing so."""
    patient = Patient.objects.earliest("pk")
    if kind == "integrity":  # PostgreSQL tells the whole row
        Patient.objects.filter(pk=patient.pk).update(site=None)
    if kind == "syntax":
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::uuid", [patient.family_name])
    try:
        raise ValueError(f"Cannot treat {patient} <{patient.email}>")
    except ValueError as exc:
        raise KINDS[kind](f"{patient} born {patient.birth_date}, {patient.phone}") from exc


def leak(request: HttpRequest) -> HttpResponse:
    """What no view may do: the control of the walk."""
    import structlog

    name = request.GET["patient"]
    structlog.get_logger("courseline.web").info("leak", favourite=name)
    answer = HttpResponse(f'<a href="/?{name}">x</a>', status=500)
    answer["X-Who"] = name
    return answer


urlpatterns = [
    path("fail/<str:kind>/", fail),
    path("leak/", leak),
    *urls.urlpatterns,
]
