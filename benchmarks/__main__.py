"""`make bench`: measure on a throw-away database, print, and write `benchmarks/results.json`."""

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"
RUNS = 15
MORE_SITES = 9
LIMIT = 1.3


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
    """Milliseconds (median and 95th percentile) on one site's book, then among ten."""
    from benchmarks import walls
    from benchmarks.book import busy_site
    from sessions.models import Session

    site = busy_site()
    small = {name: timed(work) for name, work in works(site).items()}
    visits = Session.objects.count()
    for _ in range(MORE_SITES):
        busy_site()
    large = {name: timed(work) for name, work in works(site).items()}
    return {
        "visits": {"small": visits, "large": Session.objects.count()},
        "limit_of_growth": LIMIT,
        "works": {
            name: {
                "small_ms": small[name],
                "large_ms": large[name],
                "growth": round(large[name]["median"] / small[name]["median"], 2),
            }
            for name in small
        },
        "limit_of_walls": walls.LIMIT,
        "walls": walls.costs(site),
    }


def works(site: Any) -> dict[str, Callable[[], object]]:
    """What is measured, each on the same course and day of the same site."""
    from benchmarks.book import FIRST, NOW
    from scheduling.planner.one import plan_course
    from scheduling.problem import course_problem
    from scheduling.selectors import day_board

    patient = site.patient(0)
    patient.save()
    course = site.course(patient)
    course.save()
    task = course_problem(course, now=NOW)

    def propose() -> object:
        fresh = course_problem(course, now=NOW)
        return plan_course(fresh.problem, fresh.course_id)

    return {
        "one-course proposal, reading included": propose,
        "one-course plan, reading apart": lambda: plan_course(task.problem, task.course_id),
        "a day by room": lambda: day_board(site=site.site, day=FIRST),
    }


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Milliseconds of some runs after one to warm up."""
    work()
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
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
        )
    print(f"row-level security and audit, on against off; at most x {results['limit_of_walls']}")
    for name, cost in results["walls"].items():
        print(f"{name:40} {cost['off_ms']:8} ms -> {cost['on_ms']:8} ms   x {cost['ratio']}")


if __name__ == "__main__":
    main()
