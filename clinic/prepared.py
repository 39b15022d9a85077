"""Queries that are always asked in the same words: their SQL is written once in a process.

To put a query of several tables together takes longer than to ask it.
"""

from collections.abc import Callable, Collection
from copy import copy
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import QuerySet

Row = TypeVar("Row")


class Prepared(Generic[Row]):
    """A query with values still to be given.

    `rows` gets a value of the right type for each name, all of them different and none elsewhere
    in the query; what it makes of them must not depend on what they are.
    """

    def __init__(self, rows: Callable[..., QuerySet[Any, Row]], **examples: Any) -> None:
        self._rows, self._examples = rows, examples

    @cached_property
    def _written(self) -> tuple[QuerySet[Any, Row], Any, str, tuple[Any, ...]]:
        rows = self._rows(**self._examples)
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        return rows, compiler, sql, params

    def __call__(self, **values: Any) -> list[Row]:
        """The rows for these values."""
        rows, compiler, sql, params = self._written
        given = {example: values[name] for name, example in self._examples.items()}
        filled = tuple(given.get(param, param) for param in params)
        asked, ours = rows.all(), copy(compiler)
        ours.connection = connection
        ours.as_sql = lambda *_, **__: (sql, filled)
        asked.query.get_compiler = lambda *_, **__: ours  # type: ignore[method-assign]
        return list(asked)


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
