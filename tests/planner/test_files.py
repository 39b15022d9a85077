"""Problem files: what is malformed is named in full; what is well formed comes through."""

import copy
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scheduling.planner.files import (
    ProblemFileError,
    plan_to,
    problem_from,
    problem_to,
    read_problem,
    write_problem,
)
from scheduling.planner.many import plan_many
from tests.planner.clinics import as_previous, plan, problem, with_course, with_talks

ROOT = Path(__file__).parents[2]
INSTANCES = Path(__file__).parent / "instances"
FRESH = problem(with_talks(3))
WHOLE = problem_to(with_course(FRESH, previous=as_previous(plan(FRESH))))
WHOLE["bookings"] = [
    {"id": "b1", "visit": "iv", "start": "2026-01-30T14:00:00Z", "room_id": "iv1", "staff": {}}
]


def faults(data: Any) -> list[str]:
    with pytest.raises(ProblemFileError) as refusal:
        problem_from(data)
    return list(refusal.value.faults)


def changed(path: str, value: Any) -> Any:
    """The whole file with one value replaced; `path` as in `staff.0.capacity`."""
    data = copy.deepcopy(WHOLE)
    *steps, last = path.split(".")
    part: Any = data
    for step in steps:
        part = part[int(step)] if step.isdecimal() else part[step]
    part[int(last) if last.isdecimal() else last] = value
    return data


def test_a_problem_survives_being_written_and_read(tmp_path: Path) -> None:
    for base in (FRESH, problem_from(WHOLE)):
        write_problem(base, tmp_path / "problem.json")
        assert read_problem(tmp_path / "problem.json") == base


def test_a_public_instance_survives_it_too() -> None:
    raw = json.loads(gzip.decompress((INSTANCES / "h-leave_ok-001.json.gz").read_bytes()))
    assert problem_from(problem_to(problem_from(raw))) == problem_from(raw)


MALFORMED: list[tuple[str, Any, str]] = [
    ("format", "course-planning-2", '$.format: must be "course-planning-1"'),
    ("id", "", "$.id: must be a text that is not empty"),
    ("clinic.tz", "Mars/Olympus", '$.clinic.tz: must be a time zone such as "America/New_York"'),
    ("clinic.tz", "../etc/passwd", '$.clinic.tz: must be a time zone such as "America/New_York"'),
    ("clinic.grid_min", 10, "$.clinic.grid_min: must be 5 or 15"),
    ("clinic.horizon", ["2026-02-01", "2026-01-01"], "$.clinic.horizon: must end after it starts"),
    ("clinic.horizon.0", "soon", '$.clinic.horizon[0]: must be a date such as "2026-03-09"'),
    (
        "clinic.hours.mon.0.0",
        "09:10",
        "$.clinic.hours.mon[0][0]: must lie on the grid of 15 minutes",
    ),
    ("clinic.hours.mon.0.0", "9:00", '$.clinic.hours.mon[0][0]: must be a time such as "08:15"'),
    (
        "clinic.hours.mon.0.1",
        "24:15",
        '$.clinic.hours.mon[0][1]: must be a time from "00:00" to "24:00"',
    ),
    ("clinic.hours.mon.0.1", "08:00", "$.clinic.hours.mon[0]: must end after it starts"),
    (
        "clinic.hours.mon.0.0",
        "03:00",
        "$.clinic.hours: the clinic must be closed from 00:00 to 04:00",
    ),
    ("clinic.hours.mon.0", ["09:00"], "$.clinic.hours.mon[0][1]: is missing"),
    (
        "clinic.closures",
        ["2026-02-30"],
        '$.clinic.closures[0]: must be a date such as "2026-03-09"',
    ),
    ("rooms", {}, "$.rooms: must be a list"),
    ("rooms.1.id", "iv1", "$.rooms[0].id: the id 'iv1' is used more than once"),
    (
        "rooms.0.blocked",
        [["2026-01-05", "2026-01-06"]],
        '$.rooms[0].blocked[0][0]: must be a UTC instant such as "2026-03-09T13:15:00Z"',
    ),
    ("staff.2.capacity", -1, "$.staff[2].capacity: must be a whole number of at least 0"),
    ("staff.2.capacity", True, "$.staff[2].capacity: must be a whole number of at least 0"),
    ("staff.0", 7, "$.staff[0]: must be an object"),
    (
        "staff.0.leave",
        [["2026-01-06T00:00:00Z", "2026-01-05T00:00:00Z"]],
        "$.staff[0].leave[0]: must end after it starts",
    ),
    ("visits.iv.phases.0.min", 20, "$.visits.iv.phases[0].min: must lie on the grid of 15 minutes"),
    ("visits.iv.dosing", 1, "$.visits.iv.dosing: must be true or false"),
    (
        "protocols.P.dosing.0.visit",
        "x",
        "$.protocols.P.dosing[0].visit: there is no visit type 'x'",
    ),
    (
        "protocols.P.dosing.1.gap",
        [4, 2],
        "$.protocols.P.dosing[1].gap: must name the smaller number first",
    ),
    ("protocols.P.dosing.1.gap", None, "$.protocols.P.dosing: dose 2 needs a gap"),
    ("protocols.P.dosing.0.gap", [1, 2], "$.protocols.P.dosing: dose 1 has no gap"),
    (
        "protocols.P.spans",
        [{"to": 9, "max_days": 5}],
        "$.protocols.P: a span ends at dose 9, but there are 3",
    ),
    ("courses.0.protocol", "Q", "$.courses[0].protocol: there is no protocol 'Q'"),
    ("courses.0.therapist_id", "rn1", "$.courses[0].therapist_id: there is no therapist 'rn1'"),
    ("courses.0.previous.0.room_id", "x", "$.courses[0].previous[0].room_id: there is no room 'x'"),
    (
        "courses.0.previous.1.seq",
        8,
        "$.courses[0]: its protocol has no dosing 8, which `previous` names",
    ),
    (
        "courses.0.previous.2.kind",
        "tea",
        "$.courses[0].previous[2].kind: must be one of 'prep', 'dosing' or 'integration'",
    ),
    (
        "bookings.0.start",
        "2026-01-30T14:05:00Z",
        "$.bookings[0].start: must lie on the grid of 15 minutes",
    ),
    (
        "bookings.0.start",
        "2026-01-30T14:00:00",
        '$.bookings[0].start: must be a UTC instant such as "2026-03-09T13:15:00Z"',
    ),
    ("bookings.0.staff", {"rn": "x"}, "$.bookings[0].staff.rn: there is no person 'x'"),
    (
        "clinic.horizon",
        ["2026-01-05", "2096-01-05"],
        "$.clinic.horizon: must span at most 1100 days",
    ),
    ("clinic.horizon.1", "9999-12-31", "$.clinic.horizon[1]: must lie between 1970 and 2199"),
    ("protocols.P.dosing.1.gap.1", 10**9, "$.protocols.P.dosing[1].gap[1]: must be at most 1000"),
    ("visits.iv.phases.0.min", 1455, "$.visits.iv.phases[0].min: must be at most 1440"),
    ("weights.pref", 10**20, "$.weights.pref: must be at most 1000000000000"),
    ("weights.pref", 0.5, "$.weights.pref: must be a whole number of at least 0"),
]


@pytest.mark.parametrize(("path", "value", "line"), MALFORMED)
def test_each_fault_is_one_line_with_its_place(path: str, value: Any, line: str) -> None:
    assert line in faults(changed(path, value))


def test_all_faults_are_named_at_once() -> None:
    data = changed("staff.0.capacity", "two")
    data["rooms"].append(data["rooms"][1])
    data["bookings"][0]["visit"] = "x"
    del data["courses"][0]["earliest"]
    assert faults(data) == [
        "$.rooms[1].id: the id 'th1' is used more than once",
        "$.rooms[2].id: the id 'th1' is used more than once",
        "$.staff[0].capacity: must be a whole number of at least 0",
        "$.courses[0].earliest: is missing",
        "$.bookings[0].visit: there is no visit type 'x'",
    ]


@pytest.mark.parametrize("data", [[], "text", None, 3])
def test_what_is_no_object_is_said_to_be_none(data: Any) -> None:
    assert faults(data) == ["$: must be an object"]


def test_an_empty_object_names_what_is_missing() -> None:
    lines = faults({})
    assert '$.format: must be "course-planning-1"' in lines
    assert "$.clinic: is missing" in lines


def test_a_plan_is_written_as_the_format_says() -> None:
    written = plan_to(plan_many(FRESH))
    course = written["courses"][0]
    assert (written["format"], written["problem"]) == ("course-plan-1", "test")
    assert (course["status"], course["lead_therapist"]) == ("placed", "t1")
    assert course["appointments"][0] == {
        "kind": "prep",
        "seq": 1,
        "visit": "talk",
        "start": "2026-01-05T14:00:00Z",
        "end": "2026-01-05T15:00:00Z",
        "room_id": "th1",
        "staff": {"therapist": "t1"},
    }


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The planner as a program of its own, with no database, broker or settings."""
    return subprocess.run(
        [sys.executable, "-m", "scheduling.planner", *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_plans_a_file_and_says_so_in_one_line(tmp_path: Path) -> None:
    write_problem(FRESH, tmp_path / "problem.json")
    done = run(tmp_path / "problem.json", tmp_path / "plan.json", "--seconds", "60")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("test: placed 1 of 1, objective ")
    assert done.stdout.count("\n") == 1
    assert json.loads((tmp_path / "plan.json").read_text())["courses"][0]["status"] == "placed"


def test_the_program_refuses_a_malformed_file_with_code_2(tmp_path: Path) -> None:
    (tmp_path / "problem.json").write_text(json.dumps(changed("staff.2.capacity", -1)))
    done = run(tmp_path / "problem.json", tmp_path / "plan.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "$.staff[2].capacity: must be a whole number of at least 0\n"
    assert not (tmp_path / "plan.json").exists()


@pytest.mark.parametrize("text", ["", "{", "\x00", '{"format": NaN', "[" * 100_000])
def test_what_is_not_json_is_one_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "problem.json").write_text(text)
    with pytest.raises(ProblemFileError, match=r"^\$: is not JSON") as refusal:
        read_problem(tmp_path / "problem.json")
    assert len(refusal.value.faults) == 1


def test_the_program_says_what_it_cannot_read_or_write(tmp_path: Path) -> None:
    missing = run(tmp_path / "none.json", tmp_path / "plan.json")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    write_problem(FRESH, tmp_path / "problem.json")
    unwritable = run(tmp_path / "problem.json", tmp_path / "no" / "plan.json")
    assert (unwritable.returncode, unwritable.stderr.count("\n")) == (2, 1)


def test_the_management_command_needs_no_database_and_no_broker(tmp_path: Path) -> None:
    write_problem(FRESH, tmp_path / "problem.json")
    nowhere = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "for-this-test-alone-0123456789-0123456789-0123456789",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "ALLOWED_HOSTS": "127.0.0.1",
        "BASE_URL": "http://127.0.0.1:8000",
    }
    arguments = ["manage.py", "plan", tmp_path / "problem.json", tmp_path / "plan.json"]
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("test: placed 1 of 1, objective ")
