"""Imports run downward only and pure rules stay pure, as `docs/architecture.md` says."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The project's own doors may look up: they tie all floors together.
FLOORS = ["clinic", "courses", "sessions", "reminders", "scheduling"]
DOORS = {"clinic/urls.py", "clinic/api_urls.py"}
PURE = ["scheduling/planner", "courses/protocols", "courses/rules.py", "sessions/rules.py",
        "reminders/rules.py"]  # fmt: skip


def sources(place: str) -> list[Path]:
    """The Python files of a package (or the one file), migrations apart."""
    path = ROOT / place
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [file for file in files if "migrations" not in file.parts]


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def offences(place: str, forbidden: list[str]) -> list[str]:
    """`file imports module` for each import below `place` of a forbidden package."""
    return [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in sources(place)
        if str(file.relative_to(ROOT)) not in DOORS
        for module in imported(file)
        if module.split(".")[0] in forbidden
    ]


@pytest.mark.parametrize("number", range(len(FLOORS)))
def test_no_floor_knows_of_those_above_it(number):
    assert not offences(FLOORS[number], [*FLOORS[number + 1 :], "local", "tests"])


@pytest.mark.parametrize("place", PURE)
def test_pure_rules_know_no_framework(place):
    assert sources(place)
    assert not offences(place, ["django", "rest_framework", "celery"])


def test_an_upward_import_would_be_seen():
    assert offences("scheduling", ["reminders"])


@pytest.mark.parametrize("floor", FLOORS)
def test_apps_do_not_talk_by_signals(floor):
    found = [module for file in sources(floor) for module in imported(file)]
    assert "django.dispatch" not in found
    assert "django.db.models.signals" not in found
