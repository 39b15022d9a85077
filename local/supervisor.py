"""Starts the product on one machine, keeps it running, and stops all of it."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

import psutil

from local import programs
from local.environment import Servers, environment, without_owner
from local.mailbox import listening_socket
from local.places import Hold, Places, Refusal
from local.processes import last_lines, wait_for
from local.programs import Kept

TOLD = 3  # how `local.prepare` says that it has told the reason
MARK = "COURSELINE_RUN"  # in the environment of every program that we start
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_PAUSE = 30.0


class Stopped(BaseException):
    """Somebody asked us to stop."""


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


@dataclass(slots=True)
class Watched:
    """A running part, and how often it has just failed."""

    part: Kept
    failures: int = 0
    since: float = 0.0
    retry_at: float | None = None

    def start(self) -> None:
        self.part.start()
        self.since, self.retry_at = time.monotonic(), None

    def look(self, now: float) -> None:
        """Start it again if it has ended, at growing intervals."""
        if self.retry_at is not None:
            if now >= self.retry_at:
                self._retry(now)
        elif self.part.process is not None and self.part.process.poll() is not None:
            self.failures = 1 if now - self.since > 60 else self.failures + 1
            self._put_off(now, f"ended with code {self.part.process.returncode}")

    def _retry(self, now: float) -> None:
        try:
            self.start()
            say(f"{self.part.name} is running again")
        except Refusal as refusal:
            self.failures += 1
            self._put_off(now, str(refusal))

    def _put_off(self, now: float, reason: str) -> None:
        pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - 1))
        self.retry_at = now + pause
        say(
            f"{self.part.name} {reason}; next start in {pause:.0f} s (var/log/{self.part.name}.log)"
        )


class Supervisor:
    """One run of the product in one checkout."""

    def __init__(self, places: Places, port: int) -> None:
        self.places = places
        self.hold = _hold(places)
        self.listener = _listen(port)
        self.post = None if os.environ.get("EMAIL_URL") else listening_socket()
        self.servers = Servers(places)
        self.programs: list[programs.Program] = []
        self.watched: list[Watched] = []

    def run(self) -> None:
        """Start everything and keep it running until we are told to stop."""
        for signum in STOP_SIGNALS:
            signal.signal(signum, _raise_stopped)
        try:
            self._start()
            while True:
                time.sleep(0.25)
                for watched in self.watched:
                    watched.look(time.monotonic())
        except Stopped:
            say("\nStopping …")
        finally:
            self._stop()

    def _start(self) -> None:
        _end_strays(self.places)
        _keep_one_earlier_log(self.places)
        for server in self.servers.ours:
            say(f"Starting {server.title} …")
            self._keep(server)
        sign_ins = self._prepare_database(env := self._environment())
        say("Starting the web server, the worker, the clock and the mailbox …")
        self._start_programs(env)
        self._greet(env, sign_ins)

    def _keep(self, part: Kept) -> None:
        watched = Watched(part)
        watched.start()
        self.watched.append(watched)

    def _environment(self) -> dict[str, str]:
        """What our programs are told; it also lets later commands find the running product."""
        self.places.address.write_text(f"http://127.0.0.1:{self.listener.getsockname()[1]}")
        if self.post is not None:
            (self.places.run / "smtp_port").write_text(str(self.post.getsockname()[1]))
        mark = {MARK: str(self.places.var), "PYTHONUNBUFFERED": "1"}
        return os.environ | environment(self.places.root) | mark

    def _prepare_database(self, env: Mapping[str, str]) -> str:
        """Migrate, and fill an empty database with the demo; answer what that printed."""
        say("Bringing the database up to date (at first with a demo clinic: a minute or two) …")
        log = self.places.logs / "setup.log"
        with open(log, "ab") as output:
            done = subprocess.run(
                [sys.executable, "-m", "local.prepare"],
                cwd=self.places.root,
                env={**env, "AS_OWNER": "true"},
                stdout=subprocess.PIPE,
                stderr=output,
                check=False,
            )
        said = done.stdout.decode().strip()
        if done.returncode == TOLD:
            raise Refusal(said)
        if done.returncode != 0:
            raise Refusal(f"the database could not be prepared; {log} ends:\n{last_lines(log)}")
        return said

    def _start_programs(self, env: Mapping[str, str]) -> None:
        """The web server first: somebody waits for it. None of them may act as the owner."""
        env = without_owner(env)
        web = programs.web(self.places, env, self.listener)
        self._launch(web)
        if self.post is not None:
            self._launch(programs.mailbox(self.places, env, self.post))
        self._wait_until_it_answers(web)
        self._launch(programs.worker(self.places, env))
        self._launch(programs.beat(self.places, env))

    def _launch(self, program: programs.Program) -> None:
        self.programs.append(program)
        self._keep(program)

    def _wait_until_it_answers(self, web: programs.Program) -> None:
        port = self.listener.getsockname()[1]
        if web.process is None or not wait_for(lambda: _answers(port), web.process, seconds=60):
            log = self.places.logs / "web.log"
            raise Refusal(f"the web server did not start; {log} ends:\n{last_lines(log)}")

    def _greet(self, env: Mapping[str, str], sign_ins: str) -> None:
        address = self.places.address.read_text()
        say(f"\nCourseline is ready:  {address}")
        if sign_ins:
            say(f"\n{sign_ins}\n")
        if "MAILBOX_DIR" in env:
            say(f"What it e-mails:      {address}/mailbox/")
        say(f"Logs:                 {self.places.logs}\nCtrl-C stops it.\n")

    def _stop(self) -> None:
        for signum in STOP_SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda program: program.stop(), self.programs))
        self.servers.stop()
        self.listener.close()
        shutil.rmtree(self.places.run, ignore_errors=True)


def _raise_stopped(_signum: int, _frame: FrameType | None) -> NoReturn:
    for signum in STOP_SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
    raise Stopped


def _hold(places: Places) -> Hold:
    """Hold the checkout for this run; raise Refusal if it is in use."""
    places.prepare()
    hold = Hold(places)
    if not hold.alone():
        where = f" at {places.address.read_text()}" if places.address.exists() else ""
        raise Refusal(f"this checkout is already in use{where}; stop that first")
    return hold


def _listen(port: int) -> socket.socket:
    """Take the port before anything else is done; raise Refusal if it is taken."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=256)
    except OSError as exc:
        raise Refusal(f"port {port}: {exc.strerror}; try `make run PORT={port + 1}`") from None


def _end_strays(places: Places) -> None:
    """End programs of ours that a killed run has left behind."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(places.var):
                process.kill()
        except (psutil.Error, OSError):
            continue


def _keep_one_earlier_log(places: Places) -> None:
    for log in places.logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))


def _answers(port: int) -> bool:
    """Whether the web server is well; raise Refusal if it answers anything else."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        link.request("GET", "/healthz")
        status = link.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
    if status != 200:
        raise Refusal(f"the web server answers /healthz with {status}: see var/log/web.log")
    return True


def become(command: Sequence[str]) -> NoReturn:
    """Become another program, in the product's environment."""
    words, env = list(command), os.environ | environment()
    try:
        os.execvpe(words[0], words, env)  # noqa: S606 # nosec B606 # one's own command
    except OSError as exc:
        raise Refusal(f"{words[0]}: {exc.strerror}") from None


def reset(places: Places) -> None:
    """Remove all data of a checkout that is not running."""
    _hold(places)
    for folder in (places.postgres.resolve(), places.var):
        shutil.rmtree(folder, ignore_errors=True)
