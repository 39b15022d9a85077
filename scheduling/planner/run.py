"""From a problem file to a plan file: what the commands share."""

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from scheduling.planner.files import ProblemFileError, read_problem, write_plan
from scheduling.planner.many import plan_many
from scheduling.planner.model import Placed, Plan

MALFORMED = 2
PROCESSES = 2
SEED = 1


def add_arguments(parser: ArgumentParser) -> None:
    """The arguments of a command that plans a file."""
    parser.add_argument("problem", type=Path, help="problem file to read")
    parser.add_argument("plan", type=Path, help="plan file to write")
    parser.add_argument("--seconds", type=_positive, help="search for so long, at most")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed, another search")


def _positive(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise ArgumentTypeError("must be a number of seconds above 0")
    return seconds


def _left_of(seconds: float | None) -> float | None:
    """The limit is the whole command's: to start and to read took some of it."""
    return None if seconds is None else max(seconds - time.process_time(), seconds / 2)


def plan_file(arguments: Namespace) -> int:
    """Plan the file and say so in one line; exit code 2, with every fault, if it is malformed."""
    try:
        problem = read_problem(arguments.problem)
        seconds = _left_of(arguments.seconds)
        plan = plan_many(problem, seconds=seconds, seed=arguments.seed, processes=PROCESSES)
        write_plan(plan, arguments.plan)
    except ProblemFileError as error:
        sys.stderr.write(f"{error}\n")
        return MALFORMED
    except OSError as error:
        sys.stderr.write(f"{arguments.plan}: cannot be written: {error.strerror}\n")
        return MALFORMED
    sys.stdout.write(f"{summary(plan)}\n")
    return 0


def summary(plan: Plan) -> str:
    """The plan in one line."""
    placed = sum(isinstance(course, Placed) for course in plan.courses)
    proof = plan.certificate
    bound, gap = ("unknown" if number is None else number for number in (proof.bound, proof.gap))
    return (
        f"{plan.problem_id}: placed {placed} of {len(plan.courses)}, objective {proof.objective},"
        f" bound {bound}, gap {gap}, {proof.seconds:.2f} s, seed {proof.seed}"
    )
