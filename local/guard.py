"""Becomes another program that cannot outlive its parent: `guard.py SIGNAL PARENT UID GID …`.

A program of its own, because what it does cannot be done between fork and exec of a process
that has threads. It uses the standard library alone, and UID -1 keeps the account.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(signum: int, parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Change the account, ask to be signalled when the parent dies, become the program."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 # nosec B606 # what it is for


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[1:5]]
    main(numbers[0], numbers[1], numbers[2], numbers[3], sys.argv[5:])
