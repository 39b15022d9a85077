"""Child processes that never outlive us: not a clean stop, not a crash, not `kill -9`."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import psutil

from local.places import Refusal

GUARD = Path(__file__).with_name("guard.py")

Process = subprocess.Popen[bytes]
Account = tuple[int, int]


class Identity(TypedDict, total=False):
    """What `subprocess` must be told to run as another account."""

    user: int
    group: int
    extra_groups: list[str | int]


def as_account(account: Account | None) -> Identity:
    """Run as that user and group, with no other groups; None stays as we are."""
    if account is None:
        return {}
    return {"user": account[0], "group": account[1], "extra_groups": []}


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    at_our_death: int = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start a program in a session of its own, its output appended to a log."""
    numbers = (at_our_death, os.getpid(), *(account or (-1, -1)))
    guarded = [sys.executable, "-I", "-S", GUARD, *numbers, *command]
    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(part) for part in guarded],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
            start_new_session=True,
        )


def stop(process: Process, *signals: int, patience: float) -> None:
    """End a child and all of its session: each signal in turn, then by force."""
    for signum in signals:
        if process.poll() is not None:
            break
        process.send_signal(signum)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    kill_session(process.pid)
    process.wait()


def kill_session(leader: int) -> None:
    """Kill whatever is left of the session that a child of ours led."""
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader:
                process.kill()
        except (ProcessLookupError, psutil.NoSuchProcess, PermissionError):
            continue


def end_stray(pid_file: Path, mark: str, signum: int) -> None:
    """End a server that an earlier, killed run left behind; `mark` is in its command line."""
    try:
        stray = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if mark in " ".join(stray.cmdline()):
            stray.send_signal(signum)
            stray.wait(10)
    except psutil.TimeoutExpired:
        raise Refusal(f"process {stray.pid} of an earlier run does not stop") from None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return


def wait_for(ready: Callable[[], bool], process: Process, *, seconds: float) -> bool:
    """Whether the child became ready before it ended or the time was up."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.02)
    return False


def answers(path: Path) -> bool:
    """Whether a server listens on this socket."""
    with socket.socket(socket.AF_UNIX) as link:
        return link.connect_ex(str(path)) == 0


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for a person who must see why something stopped."""
    with open(log, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
