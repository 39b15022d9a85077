"""`python -m benchmarks.http`: what the product answers over HTTP, beside bare views.

Two web workers as `make run` starts them, a PostgreSQL that writes durably, eight clients over
connections that stay open. Nothing sends what is queued meanwhile, since workers would share the
processors. Prints and writes `benchmarks/http.json`.
"""

import json
import os
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.clients import ask_all, call
from benchmarks.served import Served, served

RESULTS = Path(__file__).parent / "http.json"
CLIENTS, RIVALS = 8, 50
LIST, LIST_ALONE, INSERT, BOOKINGS = 1500, 200, 1500, 480
LEAST = {"booking": 0.5, "listing": 0.25}
LIMIT_OF_GROWTH, LIMIT_ALONE_MS = 1.3, 10
ROUNDS = 3


def main() -> None:
    """Measure with 10,000 visits and with a million, and write both down."""
    parser = ArgumentParser(prog="python -m benchmarks.http", description=__doc__)
    parser.add_argument("--small", action="store_true", help="with 10,000 visits alone")
    options = parser.parse_args()
    from local.pytest_plugin import throwaway_servers

    with throwaway_servers(durable=True) as servers:
        os.environ["DJANGO_SETTINGS_MODULE"], os.environ["LOG_LEVEL"] = "clinic.settings", "WARNING"
        from django.test.utils import setup_databases, teardown_databases

        from benchmarks import bare  # sets Django up

        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        try:
            assert servers.postgres.process  # noqa: S101 # nosec B101 - it has been started
            results = measure(bare.BareRow, servers.postgres.process.pid, is_small=options.small)
        finally:
            teardown_databases(made, verbosity=0)
    if not options.small:
        RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    print(json.dumps(results, indent=2))


def measure(bare_row: Any, database: int, *, is_small: bool) -> dict[str, Any]:
    """The figures with a small book and, unless `is_small`, with a large one."""
    from django.db import connection

    from benchmarks.book import PAST, busy_site, grow
    from clinic.walls import grant_access
    from sessions.models import Session

    with connection.schema_editor() as editor:
        editor.create_model(bare_row)
    grant_access(using="default")
    bare_row.objects.bulk_create(bare_row(name=f"row {n}") for n in range(100))
    site = busy_site(past=PAST)
    found: dict[str, Any] = {}
    with served(database) as server:
        found["small"] = {"visits": Session.objects.count(), **figures(site, server)}
        if is_small:
            return found
        began = time.perf_counter()
        grow(site)
        print(f"a million visits loaded in {time.perf_counter() - began:.0f} s", flush=True)
        found["large"] = {"visits": Session.objects.count(), **figures(site, server)}
    found["growth"] = {
        name: round(found["large"][name]["ms"] / found["small"][name]["ms"], 2)
        for name in ("booking", "listing", "listing_alone")
    }
    return found


def figures(site: Any, server: Served) -> dict[str, Any]:
    """Rates at eight clients and their ratios; a list alone; rivals for one place."""
    from benchmarks.patients import Bench

    bench = Bench(site)
    rounds: dict[str, list[dict[str, float]]] = {}
    for _ in range(ROUNDS):
        for name, work in works(bench, server).items():
            rounds.setdefault(name, []).append(work())
        bench.clear()
    best = {name: max(many, key=lambda one: one["rate"]) for name, many in rounds.items()}
    ratios = {
        "booking": max(b["rate"] / a["rate"] for a, b in _beside(rounds, "bare_insert", "booking")),
        "listing": max(b["rate"] / a["rate"] for a, b in _beside(rounds, "bare_list", "listing")),
    }
    return {
        **best,
        "ratio": {name: round(value, 2) for name, value in ratios.items()},
        "least": LEAST,
        # Told apart from waiting: processor time of server and database, bare against ours.
        "ratio_of_processor_time": {
            "booking": _processor_ratio(best["bare_insert"], best["booking"]),
            "listing": _processor_ratio(best["bare_list"], best["listing"]),
        },
        "rivals": bench.rivals(server.port, RIVALS),
    }


def _processor_ratio(bare: dict[str, float], ours: dict[str, float]) -> float:
    first, second = (one["web_cpu_ms"] + one["database_cpu_ms"] for one in (bare, ours))
    return round(first / second, 2)


def _beside(rounds: dict[str, Any], bare: str, ours: str) -> list[tuple[Any, Any]]:
    return list(zip(rounds[bare], rounds[ours], strict=True))


def works(bench: Any, server: Served) -> dict[str, Callable[[], dict[str, float]]]:
    """What is measured, in the order in which it is."""
    insert, rows = call("POST", "/bare/insert", body={}), call("GET", "/bare/list")
    slots = bench.listing()
    return {
        "bare_insert": lambda: timed(server, [insert] * INSERT, 201),
        "booking": lambda: timed(server, bench.bookings(BOOKINGS), 201),
        "bare_list": lambda: timed(server, [rows] * LIST, 200),
        "listing": lambda: timed(server, list(islice(cycle(slots), LIST // 2)), 200),
        "listing_alone": lambda: timed(
            server, list(islice(cycle(slots), LIST_ALONE)), 200, clients=1
        ),
    }


def timed(
    server: Served, requests: Sequence[bytes], expected: int, *, clients: int = CLIENTS
) -> dict[str, float]:
    """Rate, latency, and processor time of web server and database per request."""
    warm = len(requests) // 10 if expected == 200 else 0
    ask_all(server.port, requests[:warm], clients)
    before = server.seconds()
    answers = ask_all(server.port, requests, clients)
    web, database = (
        1000 * (after - first) / len(requests)
        for first, after in zip(before, server.seconds(), strict=True)
    )
    if set(answers.statuses) != {expected}:
        wrong = max(answers.bodies, key=len)
        raise SystemExit(f"{answers.statuses}: {wrong[:600]!r}")
    return {
        "rate": round(answers.rate, 1),
        "ms": round(answers.median, 2),
        "p95": round(answers.p95, 2),
        "web_cpu_ms": round(web, 2),
        "database_cpu_ms": round(database, 2),
    }


if __name__ == "__main__":
    main()
