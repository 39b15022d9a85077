"""`python -m scheduling.planner problem.json plan.json`: plan a file without Django."""

import sys
from argparse import ArgumentParser

from scheduling.planner.run import add_arguments, plan_file


def main() -> int:
    """Plan the file that the command line names."""
    parser = ArgumentParser(prog="python -m scheduling.planner")
    add_arguments(parser)
    return plan_file(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
