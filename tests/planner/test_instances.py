"""The public one-course problems: the planner must find their known optimum, or the reason."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from scheduling.planner import plan_course, violations
from scheduling.planner.files import problem_from
from scheduling.planner.model import Placed

FOLDER = Path(__file__).parent / "instances"
KNOWN: dict[str, dict[str, Any]] = json.loads((FOLDER / "optimum.json").read_text())


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_known_optimum_or_reason_is_found(name: str) -> None:
    problem = problem_from(json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes())))
    result = plan_course(problem, problem.courses[0].id)
    if isinstance(result, Placed):
        assert (result.cost.total, None) == (KNOWN[name]["objective"], KNOWN[name]["reason"])
        assert violations(problem, result) == []
    else:
        assert result.reason == KNOWN[name]["reason"]
