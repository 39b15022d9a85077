"""Requests of two organisations on few connections: nothing of a tenant stays on one of them.

Once through the product's own pool, once through PgBouncer in transaction mode.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.transaction import TransactionManagementError
from django.test import Client
from django.urls import reverse

from clinic.models import Site
from clinic.prepared import Prepared, planning_cursor
from clinic.tenancy import enter_tenant, tenant
from local.processes import last_lines, spawn, stop, wait_for
from local.testing import database_url
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

CONNECTIONS = 2
THREADS = 8
ROUNDS = 12
SETTINGS = """
[databases]
* = host={host} port=5432 user={user}
[pgbouncer]
unix_socket_dir = {folder}
listen_addr =
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 100
ignore_startup_parameters = extra_float_digits
"""

Settings = dict[str, Any]


def as_application() -> Settings:
    """How web and workers connect to this test's database."""
    found = deepcopy(connection.settings_dict)
    found["USER"] = urlsplit(database_url()).username
    return found


@pytest.fixture
def own_pool() -> Settings:
    """The product's own pool, made small."""
    found = as_application()
    found["OPTIONS"]["pool"] = {"min_size": CONNECTIONS, "max_size": CONNECTIONS, "timeout": 60}
    return found


@pytest.fixture
def pgbouncer(tmp_path: Path) -> Iterator[Settings]:
    """PgBouncer in front of the server; skipped where it is not installed, in CI a failure."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        message = "no PgBouncer on this machine (apt install pgbouncer)"
        (pytest.fail if os.environ.get("REQUIRE_PGBOUNCER") else pytest.skip)(message)
    found = as_application()
    folder = Path(tempfile.mkdtemp(prefix="courseline-bouncer-"))  # a socket's path is short
    folder.chmod(0o777)
    host = parse_qs(urlsplit(database_url()).query)["host"][0]
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        SETTINGS.format(host=host, user=found["USER"], folder=folder, size=CONNECTIONS),
        encoding="utf-8",
    )
    as_somebody = ["-u", "nobody"] if os.geteuid() == 0 else []
    log = tmp_path / "pgbouncer.log"
    running = spawn([program, *as_somebody, settings], log=log, cwd=folder)
    try:
        socket = folder / ".s.PGSQL.6432"
        assert wait_for(socket.exists, running, seconds=10), last_lines(log)
        found |= {"HOST": str(folder), "PORT": "6432"}
        found["OPTIONS"].pop("pool", None)
        found["OPTIONS"].pop("host", None)
        yield found
    finally:
        stop(running, signal.SIGINT, patience=5)
        shutil.rmtree(folder)


@contextmanager
def connected(settings: Settings, alias: str) -> Iterator[None]:
    """This thread's requests go through a connection with these settings."""
    before = connections["default"]
    connections["default"] = connections[alias] = DatabaseWrapper(settings, alias=alias)
    try:
        yield
    finally:
        connections[alias].close()
        connections["default"] = before
        del connections[alias]


Visit = Callable[[int], None]


def visits() -> Visit:
    """Makes two organisations; the visit of a number is a page of the one or of the other."""
    clinics = [factories.make_clinic() for _number in range(2)]
    names = ["Aaltonen", "Zwingli"]
    browsers = []
    for clinic, name in zip(clinics, names, strict=True):
        factories.make_patient(clinic.site, family_name=name)
        browsers.append(Client())
        browsers[-1].force_login(clinic.desk.user)

    def visit(number: int) -> None:
        own, other = number % 2, 1 - number % 2
        page = browsers[own].get(reverse("clinic:patients")).content.decode()
        assert names[own] in page
        assert names[other] not in page

    return visit


@pytest.mark.parametrize("way", ["own_pool", "pgbouncer"])
def test_tenants_that_share_connections_see_their_own_rows(
    way: str, request: pytest.FixtureRequest
) -> None:
    settings, visit = request.getfixturevalue(way), visits()

    def walk(thread: int) -> None:
        with connected(settings, alias=f"{way}-pool"):
            for number in range(ROUNDS):
                visit(thread + number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(walk, range(THREADS)))
    DatabaseWrapper(settings, alias=f"{way}-pool").close_pool()


@pytest.mark.parametrize(("way", "are_kept"), [("own_pool", True), ("pgbouncer", False)])
def test_plans_are_kept_by_the_own_pool_alone_and_belong_to_no_tenant(
    way: str, are_kept: bool, request: pytest.FixtureRequest
) -> None:
    settings, clinics = request.getfixturevalue(way), [factories.make_clinic() for _ in range(2)]
    sites = Prepared(lambda name: Site.objects.exclude(name=name), name="of no site")

    def walk(thread: int) -> set[int]:
        with connected(settings, alias=f"{way}-plans"):
            for number in range(thread, thread + ROUNDS):
                own = clinics[number % 2]
                with tenant(own.organization.pk):
                    assert sites(name="") == [own.site]
                connection.close()
            with planning_cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_prepared_statements")
                return {cursor.fetchone()[0]}

    with ThreadPoolExecutor(THREADS) as pool:
        kept = set.union(*pool.map(walk, range(THREADS)))
    DatabaseWrapper(settings, alias=f"{way}-plans").close_pool()
    assert (kept != {0}) is are_kept


def test_kept_plans_would_be_missed_behind_a_pooler(pgbouncer: Settings) -> None:
    """The control: the server of the next transaction does not know the statement."""
    where = {"host": pgbouncer["HOST"], "port": 6432, "user": pgbouncer["USER"]}
    where["dbname"] = pgbouncer["NAME"]
    with psycopg.connect(**where, prepare_threshold=0) as first, psycopg.connect(**where) as second:
        first.execute("SELECT 1")
        first.commit()
        second.execute("SELECT 2")  # keeps the server on which it was prepared
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            first.execute("SELECT 1")


def test_an_inner_tenant_ends_with_its_block() -> None:
    one, other = factories.make_clinic(), factories.make_clinic()
    with connection.cursor() as cursor, tenant(one.organization.pk):
        with tenant(other.organization.pk):
            cursor.execute("SELECT clinic_tenant()")
            assert cursor.fetchone() == (other.organization.pk,)
        cursor.execute("SELECT clinic_tenant()")
        assert cursor.fetchone() == (one.organization.pk,)
    with pytest.raises(TransactionManagementError):
        enter_tenant(one.organization.pk)


def test_what_is_set_for_a_session_would_stay(pgbouncer: Settings) -> None:
    """The control: through such a pooler, anything but SET LOCAL reaches the next client."""
    clinic = factories.make_clinic()
    where = {"host": pgbouncer["HOST"], "port": 6432, "user": pgbouncer["USER"]}
    where["dbname"] = pgbouncer["NAME"]

    def seen_after(is_local: bool) -> set[int]:
        links = [psycopg.connect(**where, autocommit=True) for _number in range(CONNECTIONS * 2)]
        links[0].execute(
            "SELECT set_config('courseline.organization', %s, %s)",
            [str(clinic.organization.pk), is_local],
        )
        query = "SELECT count(*) FROM clinic_site"
        found = {row[0] for link in links if (row := link.execute(query).fetchone())}
        for link in links:
            link.close()
        return found

    assert seen_after(is_local=True) == {0}
    assert 1 in seen_after(is_local=False)
