"""A small clinic that stands while tests of it follow each other.

It is made in a transaction around them; each test does what it does in a savepoint, and finds the
clinic as new. To found one takes longer than most tests take with it.
"""

from copy import deepcopy
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from tests import factories
from tests.order import fixtures_of

# Tests with these see each other's commits, or another database.
APART = {"transactional_db", "live_server", "demo_database"}


class Standing:
    """The clinic, and the transaction that holds it, where one is open."""

    def __init__(self, blocker: Any) -> None:
        self._blocker = blocker
        self._clinic: factories.Clinic | None = None
        self._around: transaction.Atomic

    def found(self) -> None:
        """Make the clinic, unless it stands."""
        if self._clinic is None:
            with self._blocker.unblock():
                self._around = transaction.atomic()
                self._around._from_testcase = True  # services' durable blocks may begin inside
                self._around.__enter__()
                self._clinic = factories.make_clinic()
                with connection.cursor() as cursor:
                    # What is to be checked of it is checked once, not again with every test.
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    def clinic(self) -> factories.Clinic:
        """The clinic as founded; nothing is cached of what other tests made of its rows."""
        if self._clinic is None:
            return factories.make_clinic()
        cache.clear()
        return deepcopy(self._clinic)

    def raze(self) -> None:
        """Undo it, where it stands."""
        if self._clinic is not None:
            self._clinic = None
            with self._blocker.unblock():
                transaction.set_rollback(True)
                self._around.__exit__(None, None, None)


def stands_around(test: pytest.Item) -> bool:
    """Whether the test asks for the clinic and can do with a savepoint."""
    fixtures = fixtures_of(test)
    return "standing" in fixtures and not APART & fixtures
