"""`make run`: what it starts, what it survives, and what it leaves."""

import signal
import smtplib
import socket
import time
from collections.abc import Iterator
from mailbox import Maildir
from pathlib import Path

import psycopg
import pytest
import redis

from tests.local.checkout import (
    Product,
    checkout,
    eventually,
    local,
    running_in,
    sockets_below,
)

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """One checkout for all of these tests: the later ones start on the data of the first."""
    with checkout() as folder:
        yield folder


@pytest.fixture(scope="module")
def product(root: Path) -> Iterator[Product]:
    """The product, running in that checkout."""
    running = Product(root)
    try:
        yield running
    finally:
        running.end()


def test_it_serves_and_keeps_what_is_mailed(product: Product) -> None:
    assert product.fetch("/healthz") == 200
    port = int((product.root / "var/run/smtp_port").read_text())
    with smtplib.SMTP("127.0.0.1", port) as link:
        link.sendmail("clinic@example.org", ["ann@example.org"], "Subject: Your visit\n\n10:00")
    assert len(Maildir(product.root / "var/mailbox", create=False)) == 1


def test_a_second_run_in_the_checkout_is_refused(product: Product) -> None:
    second = local(product.root, "-m", "local", "run", PORT="0")
    assert second.returncode == 1
    assert product.address in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert product.fetch("/healthz") == 200


def test_commands_share_the_servers_of_a_running_product(product: Product) -> None:
    command = local(product.root, "manage.py", "migrate", "--check")
    assert command.returncode == 0, command.stderr
    assert product.fetch("/healthz") == 200


def test_a_killed_worker_is_started_again(product: Product) -> None:
    first = product.child("celery", "worker")
    assert first is not None
    first.kill()

    def replaced() -> bool:
        now = product.child("celery", "worker")
        return now is not None and now.pid != first.pid

    assert eventually(replaced, seconds=20)
    assert eventually(lambda: "worker is running again" in product.said.read_text(), seconds=5)
    assert eventually(lambda: product.fetch("/readyz") == 200, seconds=90)


def test_a_killed_run_takes_its_children_along_and_the_next_one_has_its_data(
    product: Product,
) -> None:
    _remember(product.root)
    product.process.kill()
    product.process.wait()
    assert eventually(lambda: not running_in(product.root), seconds=15), running_in(product.root)

    again = Product(product.root)
    try:
        assert _remembers(product.root)
        asked = time.monotonic()
        assert again.stop(signal.SIGTERM) == 0
        assert time.monotonic() - asked < 12
        _assert_no_trace(again)
    finally:
        again.end()


def _assert_no_trace(product: Product) -> None:
    assert running_in(product.root) == []
    assert sockets_below(product.root) == []
    assert not (product.root / "var/run").exists()
    with socket.socket() as link:
        assert link.connect_ex(("127.0.0.1", int(product.address.rsplit(":", 1)[1]))) != 0


def _remember(root: Path) -> None:
    with psycopg.connect(host=str(root / "var/postgres"), user="courseline") as link:
        link.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with redis.Redis(unix_socket_path=str(root / "var/valkey/valkey.sock")) as client:
        client.set("kept", "42")


def _remembers(root: Path) -> bool:
    with psycopg.connect(host=str(root / "var/postgres"), user="courseline") as link:
        row = link.execute("SELECT answer FROM kept").fetchone()
    with redis.Redis(unix_socket_path=str(root / "var/valkey/valkey.sock")) as client:
        return row == (42,) and client.get("kept") == b"42"
