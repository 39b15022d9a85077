"""Booking calls that may safely be repeated."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinic.api.authentication import member_of
from clinic.api.problems import PROBLEM, problem_of
from clinic.errors import Conflict, DomainError
from clinic.models import IdempotencyKey


class KeyReused(Conflict):
    """The same Idempotency-Key came with another request."""

    status = 422
    code = "idempotency-key-reused"


def _fingerprint(request: Request) -> str:
    said = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Answer a repeated POST with the first answer, when it carries `Idempotency-Key`.

    Key, answer and the work itself commit together, so a crash leaves all or nothing; rivals
    with one key queue on its unique index. A refusal undoes the work and is remembered too.
    """

    @wraps(handler)
    def wrapped(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return handler(view, request, *args, **kwargs)
        if len(key) > 200:
            raise exceptions.ValidationError({"Idempotency-Key": ["At most 200 characters."]})
        with transaction.atomic():
            return _once(key, handler, view, request, *args, **kwargs)

    return wrapped


def _once(
    key: str, handler: Callable[..., Response], view: APIView, request: Request, *args: Any,
    **kwargs: Any,
) -> Response:  # fmt: skip
    member, mark = member_of(request), _fingerprint(request)
    row, is_new = IdempotencyKey.objects.get_or_create(
        membership=member,
        key=key,
        defaults={"organization_id": member.organization_id, "fingerprint": mark},
    )
    if row.fingerprint != mark:
        raise KeyReused("This Idempotency-Key was used for another request.")
    if not is_new and row.status:
        kind = PROBLEM if row.status >= status.HTTP_400_BAD_REQUEST else None
        return Response(row.body, status=row.status, content_type=kind)
    try:
        with transaction.atomic():
            answer = handler(view, request, *args, **kwargs)
    except DomainError as exc:
        answer = problem_of(exc)
    row.status, row.body = answer.status_code, json.loads(view_json(answer))
    row.save(update_fields=["status", "body"])
    return answer


def view_json(answer: Response) -> bytes:
    """The body of an answer as JSON, dates and ids included."""
    return JSONRenderer().render(answer.data)
