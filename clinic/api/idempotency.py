"""Booking calls that may safely be repeated."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from psycopg.errors import LockNotAvailable
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.authentication import member_of
from clinic.api.problems import PROBLEM, answer_of, problem_of
from clinic.errors import Conflict, DomainError
from clinic.models import IdempotencyKey, Membership

Handler = Callable[..., Response]

REMEMBERED_FOR = timedelta(hours=24)
LONGEST_KEY = 200
PATIENCE = "5s"

KEY_PARAMETER = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    type={"type": "string", "maxLength": LONGEST_KEY},
    description=(
        "Any text that is new for every new wish. A repeated call with the same key gets the "
        "first answer again and does nothing else; keys are remembered for 24 hours."
    ),
)


class KeyReused(DomainError):
    """The same Idempotency-Key came with another request (422)."""

    status = 422
    code = "idempotency-key-reused"


class CallUnderWay(Conflict):
    """The first call with this Idempotency-Key has not ended yet."""

    code = "call-under-way"


_COLUMNS = ("id", "organization_id", "membership_id", "key", "fingerprint", "created_at")
# Whoever comes second waits for the first here, not for ever, and then finds the row. What waits
# later in the transaction is as patient as before.
_CLAIM = f"""
    WITH patience AS MATERIALIZED (
        SELECT current_setting('lock_timeout') AS before,
            set_config('lock_timeout', '{PATIENCE}', true) AS here
    )
    INSERT INTO clinic_idempotencykey ({", ".join(_COLUMNS)})
    SELECT {", ".join(f"%({name})s" for name in _COLUMNS)} FROM patience
    ON CONFLICT (membership_id, key) DO NOTHING
    RETURNING set_config('lock_timeout', (SELECT before FROM patience), true)
"""  # noqa: S608 # made of the names above


def idempotent(handler: Handler) -> Handler:
    """Answer a repeated call that carries `Idempotency-Key` as the first one was answered.

    Key, answer and the work itself commit together, so a crash leaves all or nothing; rivals
    with one key queue on its unique index. A service's refusal undoes the work and is
    remembered; input that is not valid is neither work nor remembered.
    """

    @wraps(handler)
    def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return handler(view, request, *args, **kwargs)
        if len(key) > LONGEST_KEY:
            detail = {"Idempotency-Key": [f"At most {LONGEST_KEY} characters."]}
            raise exceptions.ValidationError(detail)
        mark, member = _fingerprint(request), member_of(request)
        with transaction.atomic(savepoint=False):
            row, is_new = _claim(member, key, mark)
            if not is_new:
                return _told_again(row, mark)
            return _told(row, lambda: handler(view, request, *args, **kwargs))

    return extend_schema(parameters=[KEY_PARAMETER])(wrapped)


def _fingerprint(request: Request) -> str:
    said = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _claim(member: Membership, key: str, mark: str) -> tuple[IdempotencyKey, bool]:
    """The key's row and whether this call made it; waits for a rival to commit or give up."""
    row = IdempotencyKey(
        organization_id=member.organization_id,
        membership=member,
        key=key,
        fingerprint=mark,
        created_at=timezone.now(),
    )
    said = {name: getattr(row, name) for name in _COLUMNS}
    with connection.cursor() as cursor:
        try:
            cursor.execute(_CLAIM, said)
        except OperationalError as exc:
            if isinstance(exc.__cause__, LockNotAvailable):
                raise CallUnderWay("The first call with this key is still at work.") from exc
            raise
        is_new = cursor.fetchone() is not None
    return (row, True) if is_new else (_claimed_before(member, key), False)


def _claimed_before(member: Membership, key: str) -> IdempotencyKey:
    found: IdempotencyKey = IdempotencyKey.objects.get(membership=member, key=key)
    return found


def _told(row: IdempotencyKey, work: Callable[[], Response]) -> Response:
    try:
        with transaction.atomic():
            answer = work()
    except DomainError as exc:
        answer = answer_of(problem_of(exc))
    body = json.loads(JSONRenderer().render(answer.data))
    IdempotencyKey.objects.filter(pk=row.pk).update(status=answer.status_code, body=body)
    return answer


def _told_again(row: IdempotencyKey, mark: str) -> Response:
    if row.fingerprint != mark:
        raise KeyReused("This Idempotency-Key was used for another request.")
    status, body = row.status or 0, dict(row.body or {})
    answer = Response(body, status, content_type=PROBLEM if status >= 400 else None)
    if status in (201, 202):
        answer["Location"] = body["url"]
    answer["Idempotency-Replayed"] = "true"
    return answer


def forget_keys(*, now: datetime) -> int:
    """Delete the keys that are remembered no longer; how many there were."""
    return IdempotencyKey.objects.filter(created_at__lt=now - REMEMBERED_FOR).delete()[0]
