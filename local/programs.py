"""The product's own programs: web server, worker, beat and mailbox."""

import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from local.places import Places
from local.processes import Process, kill_session, spawn, stop


class Kept(Protocol):
    """What the supervisor starts, watches and stops."""

    process: Process | None

    @property
    def name(self) -> str: ...

    def start(self) -> Process: ...

    def stop(self) -> None: ...


@dataclass(slots=True)
class Program:
    """One program, its log, and how it is asked to end."""

    name: str
    command: Sequence[str]
    places: Places
    env: Mapping[str, str]
    signals: tuple[int, ...] = (signal.SIGTERM,)
    at_our_death: int = signal.SIGTERM
    sockets: tuple[socket.socket, ...] = ()
    process: Process | None = None

    def start(self) -> Process:
        """Start it, its output appended to its log; end what an earlier one left behind."""
        if self.process is not None:
            kill_session(self.process.pid)
        self.process = spawn(
            [sys.executable, "-m", *self.command],
            log=self.places.logs / f"{self.name}.log",
            env=self.env,
            cwd=self.places.root,
            at_our_death=self.at_our_death,
            pass_fds=[held.fileno() for held in self.sockets],
        )
        return self.process

    def stop(self) -> None:
        """End it within a few seconds."""
        if self.process is not None:
            stop(self.process, *self.signals, patience=3)


def web(places: Places, env: Mapping[str, str], listener: socket.socket) -> Program:
    """The web server, on a socket that we hold: it stays ours while the server restarts."""
    options = (
        "--preload --worker-class=gthread --threads=8 --graceful-timeout=2 --keep-alive=5"
        f" --bind=fd://{listener.fileno()} --no-control-socket --log-level=warning"
    )
    workers = f"--workers={os.environ.get('WEB_CONCURRENCY') or 2}"
    command = ["gunicorn", "clinic.wsgi:application", workers, *options.split()]
    return Program("web", command, places, env, sockets=(listener,))


def worker(places: Places, env: Mapping[str, str]) -> Program:
    """The worker. What it cannot finish in time is done again by the next one.

    Without us it has no broker, and asked kindly it would wait for one: so it is killed.
    """
    size = f"--concurrency={os.environ.get('WORKER_CONCURRENCY') or 2}"
    command = ["celery", "-A", "clinic", "worker", size, "--loglevel=INFO"]
    return Program(
        "worker",
        command,
        places,
        env,
        signals=(signal.SIGTERM, signal.SIGQUIT),
        at_our_death=signal.SIGKILL,
    )


def beat(places: Places, env: Mapping[str, str]) -> Program:
    """The clock that queues the periodic tasks."""
    schedule = f"--schedule={places.var / 'beat-schedule'}"
    command = ["celery", "-A", "clinic", "beat", schedule, "--pidfile=", "--loglevel=INFO"]
    return Program("beat", command, places, env)


def mailbox(places: Places, env: Mapping[str, str], listener: socket.socket) -> Program:
    """The mail server that keeps what the product sends."""
    folder = f"--folder={places.mailbox}"
    command = ["local.mailbox", f"--descriptor={listener.fileno()}", folder]
    return Program("mailbox", command, places, env, sockets=(listener,))
