"""A second checkout of the product, and the product running in it as a person would run it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from local.supervisor import MARK

ROOT = Path(__file__).resolve().parent.parent.parent
LINKED = ("clinic", "courses", "sessions", "reminders", "scheduling")
OURS = {
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "AS_OWNER",
    "REDIS_URL",
    "EMAIL_URL",
    "SECRET_KEY",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "PORT",
    "DEMO",
}


def bare_environment(**more: str) -> dict[str, str]:
    """The environment of a machine on which nothing is configured."""
    dropped = {*OURS, "MAILBOX_DIR", "DJANGO_SETTINGS_MODULE"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.startswith("PYTEST_")
    }
    return kept | more


@contextmanager
def checkout(name: str = "checkout") -> Iterator[Path]:
    """A folder that any account can reach, with the product's code in it and no data."""
    base = Path(tempfile.mkdtemp(prefix="courseline-try-", dir="/tmp"))
    base.chmod(0o755)
    root = base / name
    root.mkdir(mode=0o755)
    shutil.copytree(ROOT / "local", root / "local", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", root)  # a script's own folder is where it imports from
    for linked in LINKED:
        (root / linked).symlink_to(ROOT / linked)
    try:
        yield root
    finally:
        shutil.rmtree(base, ignore_errors=True)


def local(root: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m local …` (or another module's command) in a checkout to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=bare_environment(**env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def eventually(holds: Callable[[], bool], *, seconds: float) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


class Product:
    """`python -m local run` in a checkout, on an empty database."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.said = root / "said.txt"
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local", "run"],
                cwd=root,
                env=bare_environment(PORT="0", DEMO="false"),
                stdout=said,
                stderr=said,
            )
        eventually(lambda: self._is_ready() or self._has_ended(), seconds=300)
        if not self._is_ready():
            self.end()
            raise AssertionError(self.said.read_text())
        self.address = (root / "var/run/address").read_text()

    def _is_ready(self) -> bool:
        return "Ctrl-C stops it" in self.said.read_text()

    def _has_ended(self) -> bool:
        return self.process.poll() is not None

    def fetch(self, path: str) -> int:
        """The status of one of its pages."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as page:  # noqa: S310 # our own product
                return int(page.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def stop(self, signum: int = signal.SIGTERM) -> int:
        """Ask it to stop, and answer its exit code."""
        self.process.send_signal(signum)
        return self.process.wait(15)

    def child(self, *words: str) -> psutil.Process | None:
        """The direct child whose command line holds these words."""
        for process in psutil.Process(self.process.pid).children():
            with suppress(psutil.ZombieProcess):
                if set(words) <= set(process.cmdline()):
                    return process
        return None

    def end(self) -> None:
        """Leave nothing running, whatever a test did."""
        if not self._has_ended():
            self.process.kill()
            self.process.wait()
        eventually(lambda: not running_in(self.root), seconds=15)


def running_in(root: Path) -> list[str]:
    """The command lines of the processes that belong to a checkout."""
    mark = str(root / "var")
    return running_with(mark, lambda process: process.environ().get(MARK) == mark)


def running_with(
    text: str, other: Callable[[psutil.Process], bool] = lambda _process: False
) -> list[str]:
    """The command lines that hold a text, and those of other chosen processes."""
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
            chosen = text in command or other(process)
            if chosen and process.status() != psutil.STATUS_ZOMBIE:
                found.append(command)
        except psutil.Error:
            continue
    return found


def sockets_below(root: Path) -> list[Path]:
    """The sockets, locks and process files that a stopped product must not leave."""
    left = [path for path in root.rglob("*") if path.is_socket()]
    return [*left, *root.rglob("*.pid"), *root.rglob("*.lock")]
