"""Every command's changes say which command made them, and whose account of the machine ran it."""

import os
import pwd
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import pghistory


def running(argv: Sequence[str]) -> AbstractContextManager[Any]:
    """What is changed inside is changed by the command of this command line."""
    name = argv[1] if len(argv) > 1 else "help"
    return pghistory.context(via="command", command=name, os_user=_os_user())


def _os_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's account that has no name
        return str(os.getuid())
