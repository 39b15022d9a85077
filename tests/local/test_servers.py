"""The embedded servers: what they keep, what they survive, and whom they run as."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from local import accounts
from local.places import LONGEST_SOCKET_PATH
from local.postgres import Postgres
from local.valkey import Valkey


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any account may pass through."""
    made = Path(tempfile.mkdtemp(prefix="courseline-try-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def postgres(folder: Path) -> Iterator[Postgres]:
    """A server that keeps its data."""
    server = Postgres(folder / "pg", folder / "log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(folder: Path) -> Iterator[Valkey]:
    """A broker that keeps its data."""
    server = Valkey(folder / "vk", folder / "log")
    server.start()
    yield server
    server.stop()


def connect(server: Postgres) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(server.owner_url, autocommit=True)


def test_the_product_is_no_superuser_and_owns_its_database(postgres: Postgres) -> None:
    with connect(postgres) as link:
        query = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        assert link.execute(query).fetchone() == (False, False)
        for extension in ("btree_gist", "pg_trgm", "unaccent"):
            link.execute(f"CREATE EXTENSION {extension}")


def test_web_and_workers_own_nothing(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as link:
        query = "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = %s"
        assert link.execute(query, ["courseline_app"]).fetchone() == (False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            link.execute("CREATE TABLE mine (id int)")


def test_it_listens_on_a_private_socket_alone(postgres: Postgres) -> None:
    assert postgres.process is not None
    server = psutil.Process(postgres.process.pid)
    assert not server.net_connections("inet")
    assert postgres.sockets.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL])
def test_data_outlives_a_stop_and_a_kill(postgres: Postgres, signum: int) -> None:
    assert postgres.process is not None
    with connect(postgres) as link:
        link.execute("CREATE TABLE kept AS SELECT 1 AS answer")
    postgres.process.send_signal(signum)
    postgres.process.wait(10)
    postgres.start()
    with connect(postgres) as link:
        assert link.execute("SELECT answer FROM kept").fetchone() == (1,)


def test_a_server_that_an_earlier_run_left_behind_is_ended(postgres: Postgres) -> None:
    assert postgres.process is not None
    again = Postgres(postgres.home, postgres.log)
    again.start()
    assert postgres.process.wait(5) is not None
    again.stop()


def test_a_stale_process_file_of_a_stranger_is_no_hindrance(postgres: Postgres) -> None:
    postgres.stop()
    stale = postgres.home / "data/postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{postgres.home}/data\n1\n5432\n\n\n\nready\n")
    os.chown(stale, postgres.home.stat().st_uid, -1)
    postgres.start()
    with connect(postgres) as link:
        assert link.execute("SELECT 1").fetchone() == (1,)


def test_a_stop_leaves_no_socket(postgres: Postgres, valkey: Valkey) -> None:
    for server in (postgres, valkey):
        assert server.socket.is_socket()
        server.stop()
        assert not server.socket.exists()


def test_a_deep_checkout_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("deep" * 20) / "checkout"
    deep.mkdir(parents=True)
    server = Valkey(deep / "vk", folder / "log")
    server.start()
    assert len(str(server.socket)) < LONGEST_SOCKET_PATH
    assert server.sockets.stat().st_mode & 0o077 == 0
    server.stop()
    assert not server.sockets.exists()


def test_the_queue_outlives_a_kill(valkey: Valkey) -> None:
    assert valkey.process is not None
    with redis.Redis.from_url(valkey.url()) as client:
        client.rpush("celery", "a task")
        assert client.execute_command("WAITAOF", 1, 0, 5000)[0] == 1
    valkey.process.send_signal(signal.SIGKILL)
    valkey.process.wait()
    valkey.start()
    with redis.Redis.from_url(valkey.url()) as client:
        assert client.lrange("celery", 0, -1) == [b"a task"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must change its account")
def test_root_opens_no_folder_and_reaches_round_a_closed_one(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "postgres", folder / "log")
    try:
        server.start()
        assert server.process is not None
        assert psutil.Process(server.process.pid).uids().effective != 0
        assert closed.stat().st_mode & 0o777 == 0o700
        assert (closed / "postgres").resolve().is_relative_to(accounts.MACHINE)
        again = Postgres(closed / "postgres", folder / "log")
        assert again.url == server.url
    finally:
        server.stop()
        shutil.rmtree(server.home)
