"""What browsers refused by the content policy: told in the log, with nothing of the page in it."""

import json
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clinic.access import public

log = structlog.get_logger("courseline.web")

_KEYWORDS = {"inline", "eval", "wasm-eval", "data", "blob"}
# Anybody may send a report: each kind is told once in a while.
_ONCE_IN_SECONDS = 600


@public
@csrf_exempt
@require_POST
@transaction.non_atomic_requests
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log which directive refused what kind of thing on which route; 204 whatever was sent."""
    report = _report(request.body)
    if report is not None:
        told = {
            "route": _route(_text(report, "document-uri")),
            "directive": _directive(report),
            "blocked": _kind(_text(report, "blocked-uri")),
        }
        if cache.add("csp:" + ":".join(told.values()), True, timeout=_ONCE_IN_SECONDS):
            log.warning("content refused", **told)
    return HttpResponse(status=204)


def _report(body: bytes) -> dict[str, Any] | None:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return None
    report = sent.get("csp-report") if isinstance(sent, dict) else None
    return report if isinstance(report, dict) else None


def _text(report: dict[str, Any], name: str) -> str:
    value = report.get(name)
    return value if isinstance(value, str) else ""


def _route(address: str) -> str:
    """The pattern of the page's address: the address itself may hold a key."""
    try:
        return resolve(urlsplit(address).path).route
    except (Resolver404, ValueError):
        return "none"


def _directive(report: dict[str, Any]) -> str:
    asked = _text(report, "effective-directive") or _text(report, "violated-directive")
    name = asked.partition(" ")[0].removesuffix("-elem").removesuffix("-attr")
    return name if name in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"] else "other"


def _kind(blocked: str) -> str:
    if blocked in _KEYWORDS:
        return blocked
    return "own" if blocked.startswith(f"{settings.BASE_URL}/") else "foreign"
