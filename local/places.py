"""Where this machine keeps what belongs to one checkout: everything under `var/`."""

import fcntl
import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

LONGEST_SOCKET_PATH = 100  # the systems allow 104 to 108 bytes


class Refusal(Exception):
    """A reason not to start, told to the person in one line."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files of one checkout."""

    root: Path

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def mailbox(self) -> Path:
        return self.var / "mailbox"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        return self.var / "run"

    def prepare(self) -> None:
        """Create the folders; raise Refusal where this machine forbids it."""
        try:
            self.var.mkdir(mode=0o755, exist_ok=True)
            for folder in (self.logs, self.run, self.valkey):
                folder.mkdir(mode=0o700, exist_ok=True)
            probe = self.run / f"probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as exc:
            raise Refusal(f"cannot write in {self.var}: {exc.strerror}") from exc

    def secret_key(self) -> str:
        """This checkout's secret key, made on first use and readable by its owner alone."""
        path = self.var / "secret_key"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        except OSError as exc:
            raise Refusal(f"cannot write {path}: {exc.strerror}") from exc
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(key := secrets.token_urlsafe(48))
        return key

    @property
    def address(self) -> Path:
        """Holds the running product's address; absent while it does not run."""
        return self.run / "address"

    def base_url(self) -> str:
        """Where the product answers, or would answer, on this machine."""
        if self.address.exists():
            return self.address.read_text(encoding="ascii")
        return f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"

    def smtp_port(self) -> int:
        """The port of the running mailbox, or the customary one of such mailboxes."""
        try:
            return int((self.run / "smtp_port").read_text(encoding="ascii"))
        except FileNotFoundError:
            return 1025


def fingerprint(path: Path) -> str:
    """A short name for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def socket_folder(preferred: Path) -> Path:
    """The folder itself, or a short private one where socket names would grow too long."""
    if len(os.fsencode(preferred / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH:
        return preferred
    return Path(tempfile.gettempdir()) / f"courseline-{fingerprint(preferred)}"


def make_private(folder: Path, owner: int) -> None:
    """Create a folder for one account alone; raise Refusal if someone else made it before."""
    folder.mkdir(mode=0o700, exist_ok=True)
    held = folder.lstat()
    if held.st_uid not in {owner, os.geteuid()} or folder.is_symlink():
        raise Refusal(f"{folder} belongs to another account; remove it")
    if held.st_uid != owner:
        os.chown(folder, owner, -1)


class Hold:
    """A lock on `var/` itself: it leaves no file behind and ends with the process."""

    def __init__(self, places: Places) -> None:
        self._descriptor = os.open(places.var, os.O_RDONLY | os.O_DIRECTORY)

    def alone(self) -> bool:
        """Whether nobody else holds the folder; if so, it is now held by us alone."""
        return self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def shared(self) -> bool:
        """Whether nobody holds the folder alone; if so, it is now held together."""
        return self._lock(fcntl.LOCK_SH | fcntl.LOCK_NB)

    def wait_until_alone(self) -> None:
        """Wait for everybody else who shares the folder."""
        self._lock(fcntl.LOCK_EX)

    def release(self) -> None:
        """Give the folder up."""
        self._lock(fcntl.LOCK_UN)

    def _lock(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind)
        except BlockingIOError:
            return False
        return True
