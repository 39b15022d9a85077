"""Whether the process is up, and whether everything behind it is."""

from collections.abc import Callable
from datetime import UTC, datetime

import redis
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from clinic.access import public

# How old the last sign of life of a worker and of beat may be, in seconds.
STALE_AFTER = 60
WORKER_SIGN, BEAT_SIGN = "alive:worker", "alive:beat"


def sign_of_life(name: str) -> None:
    """Note that a worker or beat is alive now."""
    cache.set(name, datetime.now(UTC).timestamp(), timeout=10 * STALE_AFTER)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _walls() -> str:
    """Whether row-level security binds this process's role."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_security_active('clinic_patient'),"
            " pg_has_role(tableowner, 'MEMBER') FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename = 'clinic_patient'"
        )
        is_bound, may_own = cursor.fetchone() or (False, True)
    return "ok" if is_bound and not may_own else "DATABASE_URL names the owner of the tables"


def _fresh(name: str) -> Callable[[], str]:
    def look() -> str:
        seen = cache.get(name)
        if seen is None:
            return "not seen"
        age = round(datetime.now(UTC).timestamp() - seen)
        return "ok" if age <= STALE_AFTER else f"last seen {age} s ago"

    return look


def _broker() -> str:
    cache.get("alive:probe")
    return "ok"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "walls": _walls,
    "broker": _broker,
    "worker": _fresh(WORKER_SIGN),
    "beat": _fresh(BEAT_SIGN),
}


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError):
        return "no answer"


@public
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers."""
    return HttpResponse("ok", content_type="text/plain")


@public
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker, a worker and beat are all well; else 503 saying which is not."""
    outcomes = {name: _outcome(check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in outcomes.values())
    return JsonResponse({"ready": ready, **outcomes}, status=200 if ready else 503)
