"""What stands while tests of it follow each other, a small clinic above all.

It is made in a transaction around them, one thing upon another; each test does what it does in a
savepoint, and finds everything as new. To found a clinic takes longer than most tests take with it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from inspect import signature
from itertools import takewhile
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import NOW
from tests.order import fixtures_of

# Tests with these see each other's commits, or another database.
APART = {"transactional_db", "live_server", "demo_database"}

Maker = Callable[..., Any]
_MAKERS: dict[str, Maker] = {}


def stands(maker: Maker) -> Any:
    """A fixture of what this makes from what stands below it; no other may have its name."""
    name = maker.__name__
    _MAKERS[name] = maker

    def copy(db: None, standing: "Standing") -> Any:
        return standing.copies(name)

    copy.__doc__ = maker.__doc__
    return pytest.fixture(name=name)(copy)


@contextmanager
def as_of_now() -> Iterator[None]:
    """The time is NOW meanwhile, as it is for most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: NOW)
        yield


class Standing:
    """Transactions in one another, and what had been made when each began."""

    def __init__(self, blocker: Any) -> None:
        self._blocker = blocker
        self._around: list[tuple[str, transaction.Atomic, dict[str, Any]]] = []
        self._made: dict[str, Any] = {}
        self._copies: dict[str, Any] | None = None

    def stand(self, names: Sequence[str]) -> None:
        """Undo what is not wanted and make what is missing; each stands on the ones before.

        Where nothing is wanted the test begins with a connection of its own: one that was left
        open may have been to a database that was made anew since.
        """
        self._copies = None
        there = [name for name, *_ in self._around]
        pairs = takewhile(lambda pair: pair[0] == pair[1], zip(there, names, strict=False))
        with self._blocker.unblock():
            self._undo(len(list(pairs)))
            if not names:
                connection.close()
            for name in names[len(self._around) :]:
                self._around.append((name, _begin(), self._made))
                try:
                    self._made = deepcopy(self._made)
                    _make(name, self._made)
                except BaseException:
                    self._undo(len(self._around) - 1)
                    raise

    def copies(self, name: str) -> Any:
        """One of the things as it was made; a test gets each once, and they know each other.

        Nothing is cached of what other tests made of their rows. What stands nowhere is made.
        """
        if self._copies is None:
            cache.clear()
            self._copies = deepcopy(self._made)
        for below in _below(name):
            if below not in self._copies:
                _make(below, self._copies)
        return self._copies[name]

    def raze(self) -> None:
        """Undo everything."""
        with self._blocker.unblock():
            self._undo(0)

    def _undo(self, down_to: int) -> None:
        while len(self._around) > down_to:
            _, around, self._made = self._around.pop()
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


def _begin() -> transaction.Atomic:
    around = transaction.atomic()
    around._from_testcase = True  # services' durable blocks may begin inside
    around.__enter__()
    return around


def _make(name: str, made: dict[str, Any]) -> None:
    maker = _MAKERS[name]
    made[name] = maker(*(made[below] for below in signature(maker).parameters))


def _below(name: str) -> Iterator[str]:
    """What this stands on, the lowest first, and itself."""
    for below in signature(_MAKERS[name]).parameters:
        yield from _below(below)
    yield name


def around(test: pytest.Item) -> list[str]:
    """What stands around a test: nothing where it can do without, or not with a savepoint."""
    fixtures = fixtures_of(test)
    if "standing" not in fixtures or APART & fixtures:
        return []
    wanted = [name for name in _MAKERS if name in fixtures]
    return list(dict.fromkeys(below for name in wanted for below in _below(name)))
