"""Real processes for tests: Celery workers on the test database, and a mail server."""

import mailbox
import os
import signal
import sys
import time
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import redis

from local.environment import without_owner
from local.mailbox import listening_socket
from local.processes import Process, last_lines, spawn, stop, wait_for

ROOT = Path(__file__).resolve().parent.parent


class SmtpCatcher:
    """A mail server of its own process; every message that it accepts can be read."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        with listening_socket() as listener:
            self.url = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
            number = listener.fileno()
            command = [sys.executable, "-m", "local.mailbox", "--descriptor", str(number)]
            command += ["--folder", str(folder)]
            self.process = spawn(command, log=log, cwd=ROOT, pass_fds=[number])

    @property
    def messages(self) -> list[EmailMessage]:
        """What has arrived, oldest first."""
        if not self.folder.exists():
            return []
        parse = BytesParser(EmailMessage, policy=default).parsebytes
        box = mailbox.Maildir(self.folder, create=False)
        return [parse(box.get_bytes(key)) for key in sorted(box.keys())]

    def wait_for(self, count: int, *, seconds: float = 20) -> list[EmailMessage]:
        """The messages, once so many have arrived; fails when they do not in time."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        if len(arrived := self.messages) < count:
            raise AssertionError(f"{len(arrived)} of {count} messages came")
        return arrived

    def stop(self) -> None:
        """End the server."""
        stop(self.process, signal.SIGTERM, patience=5)


class CeleryProcess:
    """One Celery program of its own."""

    def __init__(self, process: Process, name: str, log: Path) -> None:
        self.process = process
        self.name = name
        self.log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End it and its children as a power cut would."""
        stop(self.process, signal.SIGKILL, patience=5)

    def stop(self) -> None:
        """End it kindly, then by force."""
        stop(self.process, signal.SIGTERM, signal.SIGQUIT, patience=5)


class Workers:
    """Starts Celery programs on the test's database and broker, and ends them with the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[CeleryProcess] = []
        redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()

    def __call__(self, *options: str, concurrency: int = 1, **env: str) -> CeleryProcess:
        """A worker that is ready for tasks; keywords go into its environment."""
        name = f"worker-{uuid4().hex[:8]}@test"
        size = f"--concurrency={concurrency}"
        quick = ["--without-gossip", "--without-mingle", "--loglevel=INFO"]
        worker = self._spawn(name, env, "worker", f"--hostname={name}", size, *quick, *options)
        if not wait_for(lambda: _answers(name), worker.process, seconds=40):
            raise AssertionError(f"the worker did not start:\n{last_lines(worker.log, 40)}")
        return worker

    def beat(self, *options: str, **env: str) -> CeleryProcess:
        """The clock that queues the periodic tasks."""
        schedule = f"--schedule={self._folder / 'beat'}"
        return self._spawn("beat", env, "beat", schedule, "--pidfile=", *options)

    def stop(self) -> None:
        """End every program that was started."""
        for program in self._running:
            program.stop()

    def _spawn(self, name: str, env: dict[str, str], *arguments: str) -> CeleryProcess:
        log = self._folder / f"{name}.log"
        command = [sys.executable, "-m", "celery", "-A", "clinic", *arguments]
        environment = without_owner(os.environ) | {"DATABASE_URL": database_url()} | env
        process = spawn(command, log=log, env=environment, cwd=ROOT, at_our_death=signal.SIGKILL)
        self._running.append(CeleryProcess(process, name, log))
        return self._running[-1]


def database_url(variable: str = "DATABASE_URL") -> str:
    """The address of the database that this test runs on, for another process."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()


def _answers(name: str) -> bool:
    from clinic.celery import app

    return bool(app.control.ping(destination=[name], timeout=0.3))
