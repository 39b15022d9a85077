"""Which files come first, so that no worker is left alone with a long one at the end."""

from collections.abc import Sequence

import pytest

# Tests with these wait for browsers, processes and commits: few of them take long.
SLOW = {"transactional_db", "live_server", "demo_database"}
USES = {"db", *SLOW}
# These carry courses through by services: they wait for nobody, and take long all the same.
LONG = {
    "tests/carried/test_all_sixteen.py",
    "tests/clinic/test_founding.py",
    "tests/lifecycle/test_edge_cases.py",
    "tests/lifecycle/test_machine.py",
}


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests file by file: slow files early, then those with most tests first.

    The first makes the database. Meanwhile another worker has those that need none.
    """
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(_file_of(item), []).append(item)
    by_size = sorted(files.values(), key=len, reverse=True)
    slow = [tests for tests in by_size if _needs(tests, SLOW) or _file_of(tests[0]) in LONG]
    alone = [tests for tests in by_size if not _needs(tests, USES)]
    quick = [tests for tests in by_size if tests not in slow and tests not in alone]
    return [test for tests in (*slow[:1], *alone, *slow[1:], *quick) for test in tests]


def _file_of(test: pytest.Item) -> str:
    return test.nodeid.partition("::")[0]


def _needs(tests: Sequence[pytest.Item], fixtures: set[str]) -> bool:
    return any(fixtures & fixtures_of(test) for test in tests)


def fixtures_of(test: pytest.Item) -> set[str]:
    """The fixtures that a test asks for, by name or by its mark."""
    found = set(getattr(test, "fixturenames", ()))
    if mark := test.get_closest_marker("django_db"):
        found.add("transactional_db" if mark.kwargs.get("transaction") else "db")
    return found
