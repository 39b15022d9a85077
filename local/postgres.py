"""The embedded PostgreSQL: a real server on a private socket."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from local import accounts
from local.places import Refusal, make_private, socket_folder
from local.processes import (
    Account,
    Process,
    as_account,
    end_stray,
    last_lines,
    spawn,
    stop,
    wait_for,
)

NAME = "courseline"  # the database and the role that owns it
APPLICATION = "courseline_app"  # the role of web and workers, which owns nothing
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    # Statements, rows, parameters and what is said of them hold patients' data: they do not
    # belong in a log. The product logs the codes of its errors itself.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "max_connections": "400",
    "autovacuum": "off",
}


@dataclass(slots=True)
class Postgres:
    """One server over one folder. `throwaway` trades durability for speed."""

    home: Path
    log: Path
    throwaway: bool = False
    process: Process | None = None
    name: str = "postgres"
    title: str = "PostgreSQL"

    def __post_init__(self) -> None:
        self.home = accounts.reachable_home(self.home, accounts.account_for(self.home))

    @property
    def sockets(self) -> Path:
        """The folder of the socket."""
        return socket_folder(self.home)

    @property
    def socket(self) -> Path:
        """The socket itself."""
        return self.sockets / ".s.PGSQL.5432"

    @property
    def owner_url(self) -> str:
        """Where those who migrate find the product's database."""
        return self._url(NAME)

    @property
    def url(self) -> str:
        """Where web and workers find it."""
        return self._url(APPLICATION)

    def _url(self, role: str) -> str:
        return f"postgresql://{role}@/{NAME}?host={quote(str(self.sockets), safe='/')}"

    def start(self) -> Process:
        """Start the server, creating its data at first; raise Refusal if it does not come up."""
        account = accounts.account_for(self.home)
        programs = accounts.programs(account)
        owner = os.geteuid() if account is None else account[0]
        make_private(self.home, owner)
        make_private(self.sockets, owner)
        data = self.home / "data"
        if not data.exists():
            _create(programs, data, account)
        end_stray(data / "postmaster.pid", str(data), signal.SIGINT)
        self.process = spawn(
            [programs / "postgres", "-D", data, *self._options()],
            log=self.log,
            cwd=Path("/"),
            account=account,
            at_our_death=signal.SIGINT,
        )
        if not wait_for(lambda: _is_ready(data, self.process), self.process, seconds=60):
            raise Refusal(f"PostgreSQL did not start; {self.log} ends:\n{last_lines(self.log)}")
        self._ensure_database()
        return self.process

    def stop(self) -> None:
        """Stop the server; what was committed is kept."""
        if self.process is not None:
            first = signal.SIGQUIT if self.throwaway else signal.SIGINT
            stop(self.process, first, signal.SIGQUIT, patience=5)
        if self.sockets != self.home:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _options(self) -> list[str]:
        settings = SETTINGS | (THROWAWAY if self.throwaway else {})
        settings["unix_socket_directories"] = f'"{self.sockets}"'
        return [f"--{name}={value}" for name, value in settings.items()]

    def _ensure_database(self) -> None:
        """Create the product's roles, neither a superuser, and the database that one owns."""
        owner, application = sql.Identifier(NAME), sql.Identifier(APPLICATION)
        with psycopg.connect(host=str(self.sockets), user="postgres", autocommit=True) as link:
            known = "SELECT FROM pg_roles WHERE rolname = %s"
            if link.execute(known, [NAME]).fetchone() is None:
                link.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(owner))
            if link.execute(known, [APPLICATION]).fetchone() is None:
                link.execute(sql.SQL("CREATE ROLE {} LOGIN").format(application))
                # The owner may act as the application, as tests do.
                link.execute(sql.SQL("GRANT {} TO {}").format(application, owner))
            known = "SELECT FROM pg_database WHERE datname = %s"
            if link.execute(known, [NAME]).fetchone() is None:
                link.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(owner, owner))


def _create(programs: Path, data: Path, account: Account | None) -> None:
    """Make a database cluster, complete or not at all."""
    draft = data.with_name("draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if account is not None:
        os.chown(draft, *account)
    options = "--auth=trust --username=postgres --encoding=UTF8 --no-sync --no-instructions"
    locale = "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
    done = subprocess.run(
        [programs / "initdb", "-D", draft, *options.split(), *locale.split()],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **as_account(account),
    )
    if done.returncode != 0:
        raise Refusal(f"PostgreSQL could not create its data in {data}: {done.stderr.strip()}")
    draft.rename(data)


def _is_ready(data: Path, process: Process | None) -> bool:
    """Whether the server's own status file says that it accepts connections."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    ours = process is not None and lines[0] == str(process.pid)
    return ours and len(lines) > 7 and lines[7].strip() == "ready"
