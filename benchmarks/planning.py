"""`python -m benchmarks.planning FOLDER`: plan problem files within their limits, print figures.

FOLDER holds S-001.json, M-001.json and L-001.json. Each line says what was found in how many
seconds, the proven bound, and how many courses are placed; `--write` puts them into
`benchmarks/planning.json` too.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path

from scheduling.planner.check import violations
from scheduling.planner.files import read_problem
from scheduling.planner.many import beside, plan_many
from scheduling.planner.model import Placed, Plan, Problem

LIMITS = {"S-001": 60, "M-001": 120, "L-001": 300}
RESULTS = Path(__file__).parent / "planning.json"


def main() -> int:
    """Plan every file; 1 when a plan breaks a rule."""
    parser = ArgumentParser(prog="python -m benchmarks.planning")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=list(LIMITS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    results = {}
    for name in arguments.names:
        results[name] = figures(arguments.folder / f"{name}.json", LIMITS[name], arguments.seed)
        sys.stdout.write(f"{name}: {json.dumps(results[name])}\n")
    if arguments.write:
        RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    return int(any(result["broken_rules"] for result in results.values()))


def figures(path: Path, seconds: float, seed: int) -> dict[str, float | int | None]:
    """What the search makes of one file in so many seconds, in two processes."""
    problem = read_problem(path)
    plan = plan_many(problem, seconds=seconds, seed=seed, processes=2)
    proof = plan.certificate
    return {
        "value": proof.objective,
        "bound": proof.bound,
        "placed": sum(isinstance(course, Placed) for course in plan.courses),
        "courses": len(plan.courses),
        "seconds": round(proof.seconds, 1),
        "limit": seconds,
        "seed": seed,
        "broken_rules": broken_rules(problem, plan),
    }


def broken_rules(problem: Problem, plan: Plan) -> int:
    """How many rules the courses break beside one another."""
    placed = [course for course in plan.courses if isinstance(course, Placed)]
    broken = 0
    for one in placed:
        others = [other for other in placed if other is not one]
        broken += len(violations(beside(problem, problem.course(one.course_id), others), one))
    return broken


if __name__ == "__main__":
    sys.exit(main())
