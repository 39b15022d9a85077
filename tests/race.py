"""Rivals that start at once, each on a database connection of its own."""

import time
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection


def race(attempt: Callable[[int], Any], *, rivals: int) -> list[Any]:
    """What each rival's `attempt(number)` returned, or the exception that it raised."""
    start, outcomes = Barrier(rivals), [None] * rivals

    def run(number: int) -> None:
        try:
            start.wait()
            outcomes[number] = attempt(number)
        except Exception as exc:
            outcomes[number] = exc
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(rivals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def await_a_queue(*, rivals: int = 1, seconds: int = 20) -> None:
    """Come back as soon as so many wait for a lock, whichever transaction has it."""
    until = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= rivals:
                return
            time.sleep(0.02)
    raise AssertionError("Nobody waits for a lock.")
