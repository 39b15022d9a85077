"""What the product's programs and its database write and send, with a patient who is a canary."""

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from clinic.models import Patient
from local.processes import spawn, stop, wait_for
from local.testing import ROOT, database_url
from tests.factories import make_clinic
from tests.hardening import failing_tasks
from tests.hardening.booking import booked_from_now
from tests.hardening.canaries import BORN, NAME, PHONE, found_in
from tests.hardening.queue import queued

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

CANARY = {
    "given_name": NAME, "family_name": NAME, "email": f"{NAME}@canary.example", "phone": PHONE,
    "birth_date": date.fromisoformat(BORN),
}  # fmt: skip
TASKS = (failing_tasks.fail, failing_tasks.break_a_rule, failing_tasks.try_again)


def lines_of(log: Path) -> list[dict]:
    """The lines of a program's log that are events."""
    lines = log.read_text("utf-8", "replace").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def failures(log: Path) -> list[dict]:
    """Those that tell of a failure."""
    return [line for line in lines_of(log) if line["level"] == "error"]


def test_a_worker_tells_of_failures_by_kind_and_place(start_worker, smtp_catcher):
    course = booked_from_now(make_clinic(), **CANARY)
    for task in TASKS:
        task.delay(str(course.organization_id), str(course.patient_id))
    waiting = queued(redis.Redis.from_url(settings.REDIS_URL))
    assert waiting.count('"argsrepr"') >= 4  # these and the letter
    assert str(course.patient_id) in waiting
    assert not found_in(waiting)

    include = "--include=tests.hardening.failing_tasks"
    worker = start_worker(include, EMAIL_URL=smtp_catcher.url)
    [letter] = smtp_catcher.wait_for(1)
    assert wait_for(lambda: len(failures(worker.log)) >= 3, worker.process, seconds=40)

    assert not found_in(worker.log.read_text("utf-8", "replace"))
    kinds = {line["exception"][0]["kind"] for line in failures(worker.log)}
    assert {"ValueError", "ConnectionError"} <= kinds
    assert any("IntegrityError (23502" in kind for kind in kinds)
    assert all(line["exception"][0]["at"] for line in failures(worker.log))
    # To whom it goes is the one thing that an e-mail must say; our mail server notes it again.
    unsaid = {name: value for name, value in letter.items() if name not in ("To", "X-RcptTo")}
    assert not found_in(str(unsaid))
    assert letter["To"] == CANARY["email"]


@pytest.fixture
def gunicorn(tmp_path):
    """The web server as the image starts it, on a socket of its own."""
    log = tmp_path / "web.log"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "clinic.wsgi:application",
                   f"--bind=fd://{number}", "--worker-class=gthread", "--threads=2",
                   "--no-control-socket"]  # fmt: skip
        ours = {name: value for name, value in os.environ.items() if "OWNER" not in name}
        env = ours | {"DATABASE_URL": database_url()}
        process = spawn(command, log=log, env=env, cwd=ROOT, pass_fds=[number])
        try:
            yield listener.getsockname(), log
        finally:
            stop(process, signal.SIGTERM, patience=5)


def said_to(address: tuple[str, int], request: str) -> bytes:
    """The first words of the answer to a request as it goes over the wire."""
    with socket.create_connection(address, timeout=60) as link:
        link.sendall(request.encode())
        return link.recv(200)


def test_the_web_server_writes_no_address_and_no_header(gunicorn):
    address, log = gunicorn
    host = "Host: 127.0.0.1\r\nConnection: close\r\n\r\n"
    asked = f"GET /patients/{NAME}/?q={NAME} HTTP/1.1\r\nX-Name: {NAME}\r\n{host}"
    assert b"404" in said_to(address, asked)
    assert b"400" in said_to(address, f"GET / HTTP/1.1\r\n{NAME} {PHONE}: {BORN}\r\n{host}")
    assert b"400" in said_to(address, f"{NAME}\r\n\r\n")
    assert not found_in(log.read_text())
    told = [line["event"] for line in lines_of(log)]
    assert "request" in told
    assert len([one for one in told if "Invalid request from" in one]) == 2


ODD: list[Callable[[Patient], object]] = [
    lambda one: Patient.objects.filter(pk=one.pk).update(site=None),
    lambda one: Patient.objects.raw("SELECT %s::uuid AS id", [one.family_name])[0],
    lambda one: Patient.objects.raw("SELECT nothing FROM clinic_patient /* Quetzalia */")[0],
]


@pytest.mark.skipif("courseline-test-" not in os.environ.get("DATABASE_URL", ""), reason="not ours")
def test_the_database_server_writes_nothing_of_what_it_refuses():
    patient = Patient.objects.get(pk=booked_from_now(make_clinic(), **CANARY).patient_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        log = Path(f"/proc/{cursor.fetchone()[0]}/fd/2").readlink()
    before = log.stat().st_size
    for fail in ODD:
        with pytest.raises(DatabaseError, match=NAME), transaction.atomic():
            fail(patient)
    assert not found_in(log.read_text()[before:])


def test_the_database_server_of_the_compose_file_is_told_the_same():
    from local.postgres import SETTINGS

    compose = (ROOT / "docker-compose.yml").read_text()
    told = {name: value for name, value in SETTINGS.items() if name.startswith("log_")}
    assert len(told) == 6
    assert not [name for name, value in told.items() if f"-c {name}={value}" not in compose]
