"""What row-level security and audit cost: the same work with both on and with both off.

On: the application's role, a tenant entered, who and where noted, every trigger. Off: the same
role with no policy asked, no tenant, no trigger of the audit. Runs alternate in blocks, so that
whatever else the machine does falls on both.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, transaction

BLOCKS, WARM, RUNS = 8, 3, 12
LIMIT = 1.3

Work = Callable[[], object]
TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity"
TRIGGERS = (
    "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger\\_audit%'"
)


def costs(site: Any) -> dict[str, dict[str, float]]:
    """Median milliseconds with the walls and without, and their ratio, for each work."""
    return {name: _compare(site, work) for name, work in _works(site).items()}


def _works(site: Any) -> dict[str, Work]:
    from benchmarks.book import FIRST, NOW
    from scheduling.selectors import day_board
    from scheduling.services import accept_proposal

    proposal = _proposal(site)
    return {
        "listing a day": lambda: day_board(site=site.site, day=FIRST),
        "booking a course": lambda: accept_proposal(proposal=proposal, by=site.desk, now=NOW),
    }


def _proposal(site: Any) -> Any:
    """A schedule of a whole course, ready to be accepted."""
    from benchmarks.book import NOW
    from scheduling.services import request_proposal, work_on_proposal

    patient = site.patient(0)
    patient.save()
    course = site.course(patient)
    course.save()
    proposal = request_proposal(course=course, by=site.desk, now=NOW)
    work_on_proposal(organization_id=site.organization.pk, proposal_id=proposal.pk, now=NOW)
    proposal.refresh_from_db()
    return proposal


def _compare(site: Any, work: Work) -> dict[str, float]:
    taken: dict[str, list[float]] = {"on": [], "off": []}
    for _ in range(BLOCKS):
        taken["on"] += _block(work, lambda: _inside(site))
        with _without_walls():
            taken["off"] += _block(work, transaction.atomic)
    on, off = (statistics.median(taken[name]) for name in ("on", "off"))
    return {"on_ms": round(on, 2), "off_ms": round(off, 2), "ratio": round(on / off, 2)}


def _block(work: Work, door: Callable[[], AbstractContextManager[Any]]) -> list[float]:
    """Milliseconds of some runs, each undone after its constraints were asked."""
    taken = []
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {settings.APPLICATION_ROLE}")
        for _ in range(WARM + RUNS):
            began = time.perf_counter()
            with door():
                work()
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                taken.append((time.perf_counter() - began) * 1000)
                transaction.set_rollback(True)
        cursor.execute("RESET ROLE")
    return taken[WARM:]


@contextmanager
def _inside(site: Any) -> Iterator[None]:
    """As a request is: in a transaction of the member's organisation, under the member's name."""
    from clinic.access import enter

    with transaction.atomic():
        enter(site.desk)
        yield


@contextmanager
def _without_walls() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(TRIGGERS)
        triggers = cursor.fetchall()
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        for table, name in triggers:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        yield
        for table, name in triggers:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
