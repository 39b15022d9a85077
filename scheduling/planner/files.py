"""Problems and plans as JSON files, in the format course-planning-1 and course-plan-1.

`read_problem` returns a problem that the planner can take as it is, or raises `ProblemFileError`
with one line per fault, each naming the place in the file.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scheduling.planner.file_shapes import ProblemPart
from scheduling.planner.file_values import GRIDS, WEEKDAYS, Surroundings
from scheduling.planner.model import THERAPIST, Placed, Plan, Problem, Unplaced

PROBLEM_FORMAT = "course-planning-1"
PLAN_FORMAT = "course-plan-1"

WORDS = {
    "missing": "is missing",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "too_long": "must have exactly two entries",
    "literal_error": "must be one of {expected}",
}
"""Our words for the faults that pydantic finds by itself."""


class ProblemFileError(ValueError):
    """The file is no problem that can be planned; `faults` has one line for each fault."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def read_problem(path: Path) -> Problem:
    """The problem in the file; raise ProblemFileError naming every fault."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProblemFileError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (ValueError, RecursionError) as error:
        raise ProblemFileError([f"$: is not JSON: {error}"]) from error
    return problem_from(data)


def problem_from(data: Any) -> Problem:
    """The problem that the decoded JSON describes; raise ProblemFileError naming every fault."""
    if not isinstance(data, dict):
        raise ProblemFileError(["$: must be an object"])
    faults = []
    if data.get("format") != PROBLEM_FORMAT:
        faults.append(f'$.format: must be "{PROBLEM_FORMAT}"')
    try:
        parsed = ProblemPart.model_validate(data, context=_surroundings(data))
    except ValidationError as error:
        faults += [_line(entry) for entry in error.errors(include_url=False)]
    if faults:
        raise ProblemFileError(faults)
    return Problem(**dict(parsed))


def _line(entry: ErrorDetails) -> str:
    """One fault as `$.staff[2].capacity: must be ...`."""
    text = WORDS.get(entry["type"], entry["msg"]).format(**entry.get("ctx", {}))
    return f"{_json_path(entry['loc'])}: {text}"


def _json_path(steps: Iterable[int | str]) -> str:
    path = "$"
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "[key]":
            path += f".{step}"
    return path


# --- What the parts of a file may refer to, read without trusting its shape -----------------


def _surroundings(data: Mapping[str, Any]) -> Surroundings:
    clinic = _object(data.get("clinic"))
    grid, staff = clinic.get("grid_min"), _objects(data.get("staff"))
    ids = {
        table: Counter(str(item.get("id")) for item in _objects(data.get(table)))
        for table in ("rooms", "staff", "courses", "bookings")
    }
    ids.update({name: Counter(_object(data.get(name)).keys()) for name in ("visits", "protocols")})
    return Surroundings(
        grid=grid if grid in GRIDS else 1,
        zone=_zone(clinic.get("tz")),
        ids=ids,
        therapists=frozenset(str(p.get("id")) for p in staff if THERAPIST in _list(p, "roles")),
        appointments={
            name: _appointments(_object(protocol))
            for name, protocol in _object(data.get("protocols")).items()
        },
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _list(part: Mapping[str, Any], name: str) -> list[Any]:
    value = part.get(name)
    return value if isinstance(value, list) else []


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (TypeError, ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


def _appointments(protocol: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    found: set[tuple[str, Any]] = set()
    for kind in ("prep", "dosing"):
        found.update((kind, number) for number, _ in enumerate(_list(protocol, kind), 1))
    after = (rule.get("after") for rule in _objects(protocol.get("integration")))
    found.update(("integration", number) for number in after if isinstance(number, int))
    return frozenset(found)


# --- Writing --------------------------------------------------------------------------------


def write_problem(problem: Problem, path: Path) -> None:
    """Write the problem so that `read_problem` gives it back."""
    path.write_text(_dumps(problem_to(problem)), encoding="utf-8")


def problem_to(problem: Problem) -> dict[str, Any]:
    """The problem as plain JSON values."""
    data: dict[str, Any] = {"format": PROBLEM_FORMAT, **_plain(asdict(problem))}
    for owner, names in (
        ([data["clinic"]], ("hours",)),
        (data["staff"], ("shifts",)),
        (data["courses"], ("windows", "preferred")),
    ):
        for part in owner:
            for name in names:
                part[name] = _week(part[name])
    soft = problem.clinic.soft_dosing_per_day
    data["clinic"]["soft_dosing_per_day"] = {WEEKDAYS[day]: most for day, most in soft.items()}
    for protocol in data["protocols"].values():
        del protocol["dosing"][0]["gap"], protocol["dosing"][0]["target2"]
    for part in data["courses"]:
        del part["barred"], part["barred_dosing"]
    for part in data["staff"]:
        del part["busy"]
    return data


def _week(table: Mapping[int, Any] | None) -> dict[str, Any] | None:
    if table is None:
        return None
    return {
        WEEKDAYS[day]: [[f"{m // 60:02d}:{m % 60:02d}" for m in interval] for interval in intervals]
        for day, intervals in table.items()
    }


def write_plan(plan: Plan, path: Path) -> None:
    """Write the plan."""
    path.write_text(_dumps(plan_to(plan)), encoding="utf-8")


def plan_to(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON values."""
    return {
        "format": PLAN_FORMAT,
        "problem": plan.problem_id,
        "courses": [_course_to(course) for course in plan.courses],
        "certificate": {**asdict(plan.certificate), "gap": plan.certificate.gap},
    }


def _course_to(course: Placed | Unplaced) -> dict[str, Any]:
    if isinstance(course, Unplaced):
        return {"course_id": course.course_id, "status": "unplaced", "reason": course.reason}
    return {
        "course_id": course.course_id,
        "status": "placed",
        "lead_therapist": course.lead_therapist,
        "appointments": [_plain(asdict(item)) for item in course.appointments],
    }


def _plain(value: Any) -> Any:
    """Instants, dates, sets and tuples as JSON knows them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value


def _dumps(data: Any) -> str:
    return json.dumps(data, indent=1) + "\n"
