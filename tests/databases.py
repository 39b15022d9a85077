"""The databases of a run: migrated once, and the demo made once; whoever needs one gets a clone.

A comment on each says of which run it is, so that nothing an earlier one left is mistaken for it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases
from django.utils import timezone
from psycopg import sql

from local.testing import database_url
from scheduling.demo import make_demo
from scheduling.demo.tables import PATIENTS, PatientRow

Link = psycopg.Connection[tuple[Any, ...]]

COMMENT = """
SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s
"""

# Of the demo's patients one in each state, with each thing that may happen to a course.
SOME = {
    "Alder", "Briar", "Chestnut", "Cypress", "Dogwood", "Fir", "Gorse", "Hazel", "Iris", "Lime",
    "Linden", "Maple", "Mimosa", "Olive", "Orchid", "Osier", "Peony", "Saffron", "Sorrel",
    "Sumac", "Tansy", "Willow",
}  # fmt: skip


def some_patients() -> list[PatientRow]:
    """The rows of those patients."""
    return [row for row in PATIENTS if row.family_name in SOME]


@dataclass(frozen=True, slots=True)
class Demo:
    """A database with the demo organisation: when it was made, and what the command printed."""

    name: str
    made_at: datetime
    printed: str


@dataclass(frozen=True, slots=True)
class Databases:
    """Those of one run; `worker` is this process, perhaps one of several that share the rest."""

    run: str
    migrated: str
    worker: str

    def set_up(self, *, keep: bool) -> None:
        """Connect this process to an empty database with every migration."""
        with _alone(self.migrated) as link:
            if _said_of(link, self.migrated).get("run") != self.run:
                setup_databases(verbosity=0, interactive=False, serialized_aliases=(), keepdb=keep)
                _say_of(link, self.migrated, run=self.run)
            _clone(link, self.migrated, self._own)
        _connect_to(self._own)

    def renew(self) -> None:
        """Undo what was committed: to clone a database is quicker than to empty every table."""
        with _alone(self._own) as link:
            _clone(link, self.migrated, self._own)

    def tear_down(self) -> None:
        """Drop what this process alone has used."""
        _drop(self._own)

    def drop_shared(self, *, keep: bool) -> None:
        """Drop what was made once; `keep` the database that the next run may migrate further."""
        _drop(*map(self._seeded, (True, False)), *([] if keep else [self.migrated]))

    @contextmanager
    def demo(self, *, whole: bool) -> Iterator[Demo]:
        """Use a clone of the demo's database meanwhile; what is done to it concerns nobody."""
        name, seeded = f"{self._own}_with_demo", self._seeded(whole)
        with _alone(seeded) as link:
            said = _said_of(link, seeded)
            if said.get("run") != self.run:
                said = self._make_demo(link, seeded, whole=whole)
            _clone(link, seeded, name)
        with _connected_to(name):
            yield Demo(name, datetime.fromisoformat(said["made_at"]), said["printed"])
        _drop(name)

    def _make_demo(self, link: Link, name: str, *, whole: bool) -> dict[str, str]:
        _clone(link, self.migrated, name)
        printed, made_at = StringIO(), timezone.now()
        with _connected_to(name):
            if whole:
                call_command("seed_demo", stdout=printed)
            else:
                make_demo(now=made_at, rows=some_patients())
        said = {"run": self.run, "made_at": made_at.isoformat(), "printed": printed.getvalue()}
        _say_of(link, name, **said)
        return said

    def _seeded(self, whole: bool) -> str:
        return f"{self.migrated}_demo_{'whole' if whole else 'some'}"

    @property
    def _own(self) -> str:
        return f"{self.migrated}_{self.worker}"


@contextmanager
def _alone(name: str) -> Iterator[Link]:
    """A connection to make that database by; meanwhile nobody else makes it."""
    url = urlsplit(database_url("DATABASE_OWNER_URL"))._replace(path="/postgres").geturl()
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        yield link


def _said_of(link: Link, name: str) -> dict[str, str]:
    """What the comment on a database says; nothing where there is none."""
    row = link.execute(COMMENT, [name]).fetchone()
    said: dict[str, str] = json.loads(row[0]) if row and row[0] else {}
    return said


def _say_of(link: Link, name: str, **said: str) -> None:
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    link.execute(comment.format(sql.Identifier(name), sql.Literal(json.dumps(said))))


def _drop(*names: str) -> None:
    _let_go()
    for name in names:
        with _alone(name) as link:
            link.execute(_with_name("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def _clone(link: Link, name: str, clone: str) -> None:
    _let_go()
    link.execute(_with_name("DROP DATABASE IF EXISTS {} WITH (FORCE)", clone))
    link.execute(_with_name("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", clone, name))


def _with_name(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    _connect_to(name)
    try:
        yield
    finally:
        _connect_to(before)


def _connect_to(name: str) -> None:
    """This process's next connections, whatever thread opens them, lead there."""
    _let_go()
    connection.settings_dict["NAME"] = name


def _let_go() -> None:
    """Close what this process has open, in the pool too: who is connected is in the way."""
    connection.close()
    connection.close_pool()
