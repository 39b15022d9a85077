"""Queries that are always asked in the same words: their SQL is written once in a process, and
read and planned once on each connection.

To put a query of several tables together takes longer than to ask it, and so does planning it.
"""

from collections.abc import Callable, Collection
from copy import copy
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from psycopg import sql

Row = TypeVar("Row")

_is_known: "WeakKeyDictionary[psycopg.Connection[Any], bool]" = WeakKeyDictionary()


def planning_cursor() -> CursorWrapper:
    """A cursor for statements that only read: the server keeps the plan of each for as long as the
    connection lasts.

    Where a pooler stands between, it keeps none: the next statement may reach another server.
    """
    connection.ensure_connection()
    link = connection.connection
    if connection.queries_logged:
        return connection.cursor()  # which tells what it asked, with the values
    with connection.wrap_database_errors:
        if link not in _is_known:
            link.prepare_threshold = 0 if _is_direct(link) else None
            _is_known[link] = True
        cursor: Any = ServerBindingCursor(link)  # type: ignore[call-arg] # stubs know no psycopg 3
        return connection.make_cursor(cursor)


def _is_direct(link: "psycopg.Connection[Any]") -> bool:
    """Whether nothing stands before the server: a pooler makes its clients a number of its own."""
    row = link.execute("SELECT pg_backend_pid()").fetchone()
    return row is not None and row[0] == link.info.backend_pid


class _Planning:
    """A thread's connection, with cursors that have plans kept."""

    def __init__(self, own: BaseDatabaseWrapper) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def cursor(self) -> CursorWrapper:
        return planning_cursor()


class Prepared(Generic[Row]):
    """A query with values still to be given.

    `rows` gets a value of the right type for each name, all of them different and none elsewhere
    in the query; what it makes of them must not depend on what they are.
    """

    def __init__(self, rows: Callable[..., QuerySet[Any, Row]], **examples: Any) -> None:
        self._rows, self._examples = rows, examples
        self._known_converters: dict[int, Any] | None = None

    @cached_property
    def _written(self) -> tuple[QuerySet[Any, Row], Any, str, tuple[Any, ...]]:
        rows = self._rows(**self._examples)
        compiler = rows.query.get_compiler(connection=connection)
        text, params = compiler.as_sql()
        # What never changes stands in the text, so that indexes on some rows alone are of use.
        examples = self._examples.values()
        words = ("%s" if one in examples else _literal(one) for one in params)
        given = tuple(one for one in params if one in examples)
        return rows, compiler, text.replace("%%", "%%%%") % tuple(words), given

    def _converters(self, expressions: Collection[Any]) -> dict[int, Any]:
        """From columns to values: always the same, since the columns are."""
        if self._known_converters is None:
            self._known_converters = self._written[1].get_converters(expressions)
        return self._known_converters

    def __call__(self, **values: Any) -> list[Row]:
        """The rows for these values."""
        rows, compiler, text, params = self._written
        given = {example: values[name] for name, example in self._examples.items()}
        filled = tuple(given[param] for param in params)
        asked, ours = rows.all(), copy(compiler)
        ours.connection = _Planning(connections[DEFAULT_DB_ALIAS])
        ours.get_converters = self._converters
        ours.as_sql = lambda *_, **__: (text, filled)
        asked.query.get_compiler = lambda *_, **__: ours  # type: ignore[method-assign]
        return list(asked)


def _literal(value: Any) -> str:
    connection.ensure_connection()
    return sql.Literal(value).as_string(connection.connection).replace("%", "%%")


class PreparedForOne(Generic[Row]):
    """A query by a list of keys, which is mostly asked for one: that is prepared."""

    def __init__(self, rows: Callable[[Collection[UUID]], QuerySet[Any, Row]]) -> None:
        self._rows = rows
        self._one = Prepared(lambda key: rows([key]), key=uuid4())

    def __call__(self, keys: Collection[UUID]) -> list[Row]:
        """The rows for these keys."""
        if not keys:
            return []
        return self._one(key=next(iter(keys))) if len(keys) == 1 else list(self._rows(keys))
