"""`make bench`: measure on a throw-away database, print, and write `benchmarks/results.json`."""

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

RESULTS = Path(__file__).parent / "results.json"
RUNS = 25
LIMIT = 1.3
# Milliseconds: median, and where it is promised the 95th percentile.
PROMISED = {
    "one-course proposal, reading included": (100, 250),
    "free slots of one visit, reading included": (30, None),
}


def main() -> None:
    """Set a database up, measure on a small and on a large book, and write both down."""
    from local.pytest_plugin import throwaway_servers

    with throwaway_servers():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
        os.environ["LOG_LEVEL"] = "WARNING"
        import django

        django.setup()
        from django.test.utils import setup_databases, teardown_databases

        made = setup_databases(verbosity=0, interactive=False)
        try:
            results = measure()
        finally:
            teardown_databases(made, verbosity=0)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    show(results)


def measure() -> dict[str, Any]:
    """Milliseconds (median and 95th percentile) with 10,000 visits, then with a million."""
    from benchmarks import walls
    from benchmarks.book import PAST, busy_site, grow
    from sessions.models import Session

    site = busy_site(past=PAST)
    asked = works(site)
    small = {name: timed(work, site.organization.pk) for name, work in asked.items()}
    visits, cost_of_walls = Session.objects.count(), walls.costs(site)
    began = time.perf_counter()
    grow(site)
    print(f"a million visits loaded in {time.perf_counter() - began:.0f} s", flush=True)
    large = {name: timed(work, site.organization.pk) for name, work in asked.items()}
    return {
        "visits": {"small": visits, "large": Session.objects.count()},
        "limit_of_growth": LIMIT,
        "promised_ms": PROMISED,
        "works": {
            name: {
                "small_ms": small[name],
                "large_ms": large[name],
                "growth": round(large[name]["median"] / small[name]["median"], 2),
            }
            for name in small
        },
        "limit_of_walls": walls.LIMIT,
        "walls": cost_of_walls,
    }


def works(site: Any) -> dict[str, Callable[[], object]]:
    """What is measured, each on the same course and day of the same site."""
    from benchmarks.book import FIRST, NOW
    from clinic.rights import Right
    from courses.models import Course
    from scheduling.planner.one import plan_course
    from scheduling.problem import course_problem
    from scheduling.selectors import day_board, slot_days
    from sessions.access import visit_for

    course, visit = wanted(site), booked(site)
    task = course_problem(course, now=NOW)

    def propose() -> object:
        fresh = course_problem(Course.objects.get(pk=course.pk), now=NOW)
        return plan_course(fresh.problem, fresh.course_id)

    def slots() -> object:
        days = slot_days(visit_for(site.desk, visit.pk, Right.BOOK), now=NOW)
        assert days, "a visit without any free time measures nothing"  # noqa: S101 # nosec B101 - a benchmark
        return days

    return {
        "one-course proposal, reading included": propose,
        "one-course plan, reading apart": lambda: plan_course(task.problem, task.course_id),
        "free slots of one visit, reading included": slots,
        "a day by room": lambda: day_board(site=site.site, day=FIRST),
    }


def wanted(site: Any) -> Any:
    """A course that is to be planned."""
    patient = site.patient(0)
    patient.save()
    return site.cleared_course(patient)


def booked(site: Any) -> Any:
    """The third dose of a course that is booked whole."""
    from benchmarks.book import NOW
    from scheduling.services import accept_proposal, request_proposal, work_on_proposal

    course = wanted(site)
    proposal = request_proposal(course=course, by=site.desk, now=NOW)
    work_on_proposal(organization_id=site.organization.pk, proposal_id=proposal.pk, now=NOW)
    proposal.refresh_from_db()
    accept_proposal(proposal=proposal, by=site.desk, now=NOW)
    return course.visits.get(kind="dosing", seq=3)


def timed(work: Callable[[], object], organization: UUID) -> dict[str, float]:
    """Milliseconds of some runs after two to warm up, each as in a request: the application's
    role, in a transaction that sees one organisation."""
    from django.conf import settings
    from django.db import connection

    from clinic.tenancy import tenant

    taken = []
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {settings.APPLICATION_ROLE}")
        for _ in range(RUNS + 2):
            began = time.perf_counter()
            with tenant(organization):
                work()
            taken.append((time.perf_counter() - began) * 1000)
        cursor.execute("RESET ROLE")
    del taken[:2]
    taken.sort()
    return {
        "median": round(statistics.median(taken), 1),
        "p95": round(taken[int(len(taken) * 0.95)], 1),
    }


def show(results: dict[str, Any]) -> None:
    """A table for people."""
    sizes = results["visits"]
    print(f"{sizes['small']} visits against {sizes['large']}; growth at most {LIMIT}")
    for name, work in results["works"].items():
        small, large = work["small_ms"], work["large_ms"]
        print(
            f"{name:40} {small['median']:8} ms (p95 {small['p95']})"
            f" -> {large['median']:8} ms (p95 {large['p95']})   x {work['growth']}"
            f"{promise(name)}"
        )
    print(f"row-level security and audit, on against off; at most x {results['limit_of_walls']}")
    for name, cost in results["walls"].items():
        print(f"{name:40} {cost['off_ms']:8} ms -> {cost['on_ms']:8} ms   x {cost['ratio']}")


def promise(name: str) -> str:
    """What the work may take, in words."""
    median, p95 = PROMISED.get(name, (None, None))
    words = [f"median {median} ms"] if median else []
    words += [f"p95 {p95} ms"] if p95 else []
    return f"   promised: {', '.join(words)}" if words else ""


if __name__ == "__main__":
    main()
