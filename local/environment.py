"""The environment of a machine on which nothing is configured."""

import atexit
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.places import Hold, Places, Refusal
from local.postgres import Postgres
from local.processes import Process, answers
from local.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
SERVERLESS = {
    *("check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help"),
    *("makemessages", "plan", "spectacular", "startapp", "version"),
}
# What lets a program act as the owner of the tables.
OWNER = {"AS_OWNER", "DATABASE_OWNER_URL"}


class Servers:
    """The embedded servers that the environment does not replace."""

    def __init__(self, places: Places) -> None:
        places.prepare()
        self.places = places
        self.postgres = Postgres(places.postgres, places.logs / "postgres.log")
        self.valkey = Valkey(places.valkey, places.logs / "valkey.log")
        self.ours: list[Postgres | Valkey] = []
        if not os.environ.get("DATABASE_URL"):
            self.ours.append(self.postgres)
        if not os.environ.get("REDIS_URL"):
            self.ours.append(self.valkey)

    def start(self) -> list[Process]:
        """Start them; raise Refusal if one does not come up."""
        return [server.start() for server in self.ours]

    def stop(self) -> None:
        """Stop them, the broker first."""
        for server in reversed(self.ours):
            server.stop()

    def answer(self) -> bool:
        """Whether each of them listens."""
        return all(answers(server.socket) for server in self.ours)


def environment(root: Path = ROOT) -> dict[str, str]:
    """The variables that Django needs: the person's own first, then this machine's."""
    places = Places(root)
    servers = Servers(places)
    ours = {
        "REDIS_URL": servers.valkey.url(),
        "SECRET_KEY": places.secret_key(),
        "BASE_URL": places.base_url(),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
    }
    if not os.environ.get("DATABASE_URL"):
        ours["DATABASE_URL"] = servers.postgres.url
        ours["DATABASE_OWNER_URL"] = servers.postgres.owner_url
    if not os.environ.get("EMAIL_URL"):
        ours["EMAIL_URL"] = f"smtp://127.0.0.1:{places.smtp_port()}"
        ours["MAILBOX_DIR"] = str(places.mailbox)
    kept = ("DATABASE_URL", "DATABASE_OWNER_URL", *ours)
    return {name: found for name in kept if (found := os.environ.get(name) or ours.get(name))}


def without_owner(env: Mapping[str, str]) -> dict[str, str]:
    """An environment for programs that are the application and no more."""
    return {name: value for name, value in env.items() if name not in OWNER}


def ensure_environment(argv: Sequence[str]) -> None:
    """Give a `manage.py` command its environment, and its servers for as long as it runs."""
    try:
        servers = Servers(Places(ROOT))
        os.environ.update(environment())
        if _needs_servers(argv):
            _borrow(servers, Hold(Places(ROOT)))
    except Refusal as refusal:
        raise SystemExit(f"courseline: {refusal}") from None


def _needs_servers(argv: Sequence[str]) -> bool:
    asks_for_help = {"-h", "--help", "--version"} & set(argv)
    return len(argv) > 1 and argv[1] not in SERVERLESS and not asks_for_help


def _borrow(servers: Servers, hold: Hold) -> None:
    """Use the servers that run for this checkout, or else start them until we end."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if hold.alone():
            atexit.register(_give_back, servers, hold)
            servers.start()
            hold.shared()
            return
        if (hold.shared() or servers.places.address.exists()) and servers.answer():
            return
        hold.release()
        time.sleep(0.1)
    raise Refusal("another process starts or stops this checkout's servers; try again")


def _give_back(servers: Servers, hold: Hold) -> None:
    hold.wait_until_alone()
    servers.stop()
