"""Private, throw-away servers for a test run, and real processes for the tests that need them.

`-p local.pytest_plugin` loads it before Django reads its settings. PostgreSQL and Valkey start
once per run and are shared by the workers of pytest-xdist, each with its own databases. An own
DATABASE_URL, with DATABASE_OWNER_URL beside it, is respected (tests use a database of their own
there); the broker and the mail server never are, because tests empty the one and would send
through the other. Tests connect as the owner; requests and processes are the application's.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.places import Refusal
from local.postgres import Postgres
from local.testing import SmtpCatcher, Workers
from local.valkey import Valkey

PREFIX = "courseline-test-"
SECRET_KEY = "a-key-for-tests-alone-0123456789-abcdefghijkl"  # noqa: S105 # nosec B105 # guards nothing


class _Servers:
    """The servers of one run, below one temporary folder."""

    def __init__(self, *, durable: bool = False) -> None:
        # Root's own temporary folder may be closed to the account that PostgreSQL runs as.
        parent = "/tmp" if os.geteuid() == 0 else None  # noqa: S108 # nosec B108 # mkdtemp names it
        _sweep(Path(parent or tempfile.gettempdir()))
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
        self.folder.chmod(0o711)
        self.postgres = Postgres(self.folder / "pg", self.folder / "pg.log", throwaway=not durable)
        self.valkey = Valkey(self.folder / "vk", self.folder / "vk.log", throwaway=True)
        self.own_database = not os.environ.get("DATABASE_URL")

    def start(self) -> None:
        self.valkey.start()
        if self.own_database:
            self.postgres.start()

    def stop(self) -> None:
        self.postgres.stop()
        self.valkey.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """What Django must know before it reads its settings."""
        database = {
            "DATABASE_URL": self.postgres.url,
            "DATABASE_OWNER_URL": self.postgres.owner_url,
        }
        return (database if self.own_database else {}) | {
            "AS_OWNER": "true",
            "REDIS_URL": self.valkey.url(),
            "EMAIL_URL": "smtp://127.0.0.1:9",
            "SECRET_KEY": SECRET_KEY,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "BASE_URL": "http://127.0.0.1:8000",
        }


def _sweep(parent: Path) -> None:
    """Remove what runs that were killed have left."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            os.kill(int(folder.name.removeprefix(PREFIX).split("-")[0]), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (PermissionError, ValueError):
            continue


def _worker_number() -> int | None:
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) if name else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the servers once; in a worker of xdist, choose its own broker database.

    What is loaded until the tests begin stays: nobody looks it over for garbage meanwhile.
    """
    gc.disable()
    for name in ("DEBUG", "MAILBOX_DIR", "COLLECTED_STATIC"):
        os.environ.pop(name, None)
    if (number := _worker_number()) is not None:
        shared = os.environ["REDIS_URL"].partition("?")[0]
        os.environ["REDIS_URL"] = f"{shared}?db={number + 1}"
    elif not {"-h", "--help", "--version", "-V"} & set(early_config.invocation_params.args):
        _start(early_config)
    return (yield)


def pytest_collection_finish() -> None:
    """From now on there may be garbage, but not among what is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def _start(config: pytest.Config) -> None:
    servers = _Servers()
    config.add_cleanup(servers.stop)
    os.environ.update(servers.environment())
    try:
        servers.start()
    except Refusal as refusal:
        servers.stop()
        raise pytest.UsageError(str(refusal)) from None


@contextmanager
def throwaway_servers(*, durable: bool = False) -> Iterator[_Servers]:
    """The same servers for something else than tests, in this process's environment.

    A `durable` PostgreSQL writes as the product's own does.
    """
    servers = _Servers(durable=durable)
    try:
        os.environ.update(servers.environment())
        servers.start()
        yield servers
    finally:
        servers.stop()


@pytest.fixture
def smtp_catcher(tmp_path: Path) -> Iterator[SmtpCatcher]:
    """A mail server whose post can be read; `url` goes into EMAIL_URL."""
    catcher = SmtpCatcher(tmp_path / "mailbox", tmp_path / "smtp.log")
    try:
        yield catcher
    finally:
        catcher.stop()


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[Workers]:
    """Start a Celery worker (or beat) as a process of its own, on this test's database."""
    workers = Workers(tmp_path)
    try:
        yield workers
    finally:
        workers.stop()
