"""Rivals that start at once, each on a database connection of its own."""

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
