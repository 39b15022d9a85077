from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from scheduling.planner.run import add_arguments, plan_file


class Command(BaseCommand):
    help = "Plan the courses of a problem file; needs neither database nor broker."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Problem file, plan file, time limit."""
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan; leave with exit code 2 when the file is malformed."""
        code = plan_file(Namespace(**options))
        if code:
            raise SystemExit(code)
