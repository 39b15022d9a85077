"""`python -m local run` starts the product; `python -m local exec COMMAND` runs a program in
its environment; `python -m local reset` removes all data of this checkout."""

import os
import sys

from local.environment import ROOT
from local.places import Places, Refusal
from local.supervisor import Supervisor, become, reset


def _port() -> int:
    port = os.environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and int(port) < 65_536):
        raise Refusal(f"PORT must be a number below 65536, not {port!r}")
    return int(port)


def main(arguments: list[str]) -> int:
    """Do what the first argument says; answer the exit code."""
    try:
        match arguments:
            case ["run"]:
                Supervisor(Places(ROOT), _port()).run()
            case ["exec", _, *_]:
                become(arguments[1:])
            case ["reset"]:
                reset(Places(ROOT))
            case _:
                raise Refusal("usage: python -m local run | reset | exec COMMAND …")
    except Refusal as refusal:
        print(f"courseline: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
