#!/usr/bin/env python
"""Django's command line, with this machine's embedded servers where none are named."""

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    if sys.argv[1:2] != ["runserver"]:
        os.environ.setdefault("AS_OWNER", "true")  # an operator's command works on every row
    if "DATABASE_URL" not in os.environ:
        from local import ensure_environment

        ensure_environment(sys.argv)
    from django.core.management import execute_from_command_line

    from clinic.audit.commands import running

    with running(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
