"""Every refusal as RFC 9457 problem details."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core import exceptions as django_exceptions
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from clinic.errors import DomainError
from clinic.uploads import TOO_MUCH

PROBLEM = "application/problem+json"
URN = "urn:courseline:problem:"
TOO_LARGE = "This is more than can be sent at once; files are not taken at all."
Problem = dict[str, Any]


def problem(status: int, detail: str, *, code: str = "", **more: Any) -> Problem:
    """The body of a refusal; `code` names its type, `more` holds further members."""
    title = code.replace("-", " ").capitalize() or HTTPStatus(status).phrase
    kind = f"{URN}{code}" if code else "about:blank"
    return {"type": kind, "title": title, "status": status, "detail": detail, **more}


def answer_of(body: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The refusal as an answer."""
    return Response(body, status=body["status"], content_type=PROBLEM, headers=headers)


def code_of(exc: DomainError) -> str:
    """The name of a refusal's type: its own `code`, or its class in kebab case."""
    return (
        vars(type(exc)).get("code") or re.sub(r"(?<!^)(?=[A-Z])", "-", type(exc).__name__).lower()
    )


def problem_of(exc: DomainError) -> Problem:
    """A service's refusal as problem details."""
    body = problem(exc.status, str(exc), code=code_of(exc))
    if exc.field:
        body["errors"] = [{"pointer": f"#/{exc.field}", "detail": str(exc)}]
    if exc.details:
        body["changes"] = exc.details
    return body


def field_errors(detail: Any, at: str = "") -> list[dict[str, str]]:
    """DRF's nested errors as a flat list, each with a JSON pointer into the request."""
    if isinstance(detail, Mapping):
        inner = [(value, at if key == "non_field_errors" else f"{at}/{key}")
                 for key, value in detail.items()]  # fmt: skip
    elif isinstance(detail, list) and any(isinstance(part, Mapping | list) for part in detail):
        inner = [(value, f"{at}/{n}") for n, value in enumerate(detail) if value]
    else:
        texts = detail if isinstance(detail, list) else [detail]
        return [{"pointer": f"#{at}", "detail": str(text)} for text in texts]
    return [error for value, pointer in inner for error in field_errors(value, pointer)]


def invalid(detail: Any) -> Problem:
    """Values that are not right, each named."""
    body = problem(400, "Some values are not right.", code="invalid")
    return body | {"errors": field_errors(detail)}


def _said_by_django(exc: Exception) -> Problem | None:
    if isinstance(exc, Http404):
        return problem(404, "There is no such thing here.")
    if isinstance(exc, django_exceptions.PermissionDenied):
        more = {"code": getattr(exc, "code", ""), **getattr(exc, "members", {})}
        return problem(403, str(exc) or "You may not do this.", **more)
    if isinstance(exc, TOO_MUCH):
        return problem(413, TOO_LARGE)
    if isinstance(exc, django_exceptions.SuspiciousOperation | django_exceptions.BadRequest):
        return problem(400, "This request cannot be read.")
    return None


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    found = {"WWW-Authenticate": getattr(exc, "auth_header", None)}
    wait = getattr(exc, "wait", None)
    found["Retry-After"] = str(int(wait)) if wait else None
    return {name: value for name, value in found.items() if value}


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as problem details, with nothing done; an unexpected error stays one (None)."""
    set_rollback()
    if isinstance(exc, DomainError):
        return answer_of(problem_of(exc))
    if isinstance(exc, exceptions.ValidationError):
        return answer_of(invalid(exc.detail))
    if isinstance(exc, exceptions.APIException):
        return answer_of(problem(exc.status_code, str(exc.detail)), _headers(exc))
    body = _said_by_django(exc)
    return answer_of(body) if body else None
