"""The product behind a real web server, as `make run` starts it, on a benchmark's database."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from benchmarks.clients import Client, call
from local import programs
from local.environment import ROOT, without_owner
from local.places import Places
from local.processes import last_lines, wait_for
from local.testing import database_url

# Nobody is turned away for calling often; every call is counted all the same.
UNLIMITED = {"API_BURST": "100000000/minute", "API_SUSTAINED": "100000000/hour"}


@dataclass(frozen=True, slots=True)
class _Elsewhere(Places):
    """The checkout, with logs of its own."""

    folder: Path = ROOT

    @property
    def logs(self) -> Path:
        return self.folder


@dataclass(slots=True)
class Served:
    """A running server."""

    port: int
    web: int
    database: int

    def seconds(self) -> tuple[float, float]:
        """Processor time so far, of the web server and of the database."""
        return _seconds(self.web), _seconds(self.database)


def _seconds(pid: int) -> float:
    top = psutil.Process(pid)
    times = [one.cpu_times() for one in (top, *top.children(recursive=True))]
    return sum(one.user + one.system for one in times)


@contextmanager
def served(database: int) -> Iterator[Served]:
    """Two web workers on a free port, connected as the application; `database` is the server's
    process."""
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0), backlog=256) as listener,
    ):
        places = _Elsewhere(ROOT, Path(folder))
        env = without_owner(os.environ) | {"DATABASE_URL": database_url()} | UNLIMITED
        program = programs.web(places, env, listener)
        command = ["benchmarks.bare:application" if part == "clinic.wsgi:application" else part
                   for part in program.command]  # fmt: skip
        program = replace(program, command=command)
        process, port = program.start(), listener.getsockname()[1]
        try:
            if not wait_for(lambda: _answers(port), process, seconds=60):
                raise SystemExit(last_lines(places.logs / "web.log", 40))
            yield Served(port, process.pid, database)
        finally:
            program.stop()


def _answers(port: int) -> bool:
    try:
        return Client(port).ask(call("GET", "/healthz"))[0] == 200
    except OSError:
        return False
