"""Every refusal as RFC 9457 problem details."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from clinic.errors import DomainError

PROBLEM = "application/problem+json"


def problem(title: str, code: int, *, kind: str = "about:blank", **more: Any) -> Response:
    """An RFC 9457 answer; `more` holds its extension members."""
    body = {"type": kind, "title": title, "status": code, **more}
    return Response(body, status=code, content_type=PROBLEM)


def _field_errors(detail: Any, at: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [e for key, value in detail.items() for e in _field_errors(value, f"{at}/{key}")]
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        return [e for n, item in enumerate(detail) for e in _field_errors(item, f"{at}/{n}")]
    texts = detail if isinstance(detail, list) else [detail]
    return [{"pointer": f"#{at}", "detail": str(text)} for text in texts]


def problem_of(exc: DomainError) -> Response:
    errors = [{"pointer": f"#/{exc.field}", "detail": str(exc)}] if exc.field else []
    kind = f"urn:courseline:problem:{exc.code}"
    answer = problem(str(exc), exc.status, kind=kind, errors=errors)
    if exc.details:
        answer.data["changes"] = exc.details
    return answer


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as problem details; an unexpected error stays one (None)."""
    if isinstance(exc, DomainError):
        return problem_of(exc)
    if isinstance(exc, Http404):
        return problem("There is no such thing here.", 404)
    if isinstance(exc, PermissionDenied):
        return problem(str(exc) or "You may not do this.", 403)
    if isinstance(exc, exceptions.ValidationError):
        return problem("Some values are not right.", 400, errors=_field_errors(exc.detail))
    if isinstance(exc, exceptions.APIException):
        answer = problem(str(exc.detail), exc.status_code)
        if header := getattr(exc, "auth_header", None):
            answer["WWW-Authenticate"] = header
        return answer
    return None
