"""Small planning problems; each maker states the least and takes the rest as keywords."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.planner import plan_course
from scheduling.planner.model import (
    Booking,
    Clinic,
    Course,
    DoseRule,
    IntegrationRule,
    Phase,
    Placed,
    PrepRule,
    Previous,
    Problem,
    Protocol,
    Room,
    SpanRule,
    Staff,
    Unplaced,
    VisitType,
    Weekly,
)

NEW_YORK = "America/New_York"
EVERY_DAY: Weekly = dict.fromkeys(range(7), ((9 * 60, 12 * 60),))
MONDAY = date(2026, 1, 5)

INFUSION = VisitType(
    dosing=True,
    room_kind="iv",
    turnover_min=15,
    phases=(
        Phase("checkin", 15),
        Phase("admin", 30, {"rn": 2}, ("prescriber",)),
        Phase("observe", 15, {"rn": 1}),
    ),
)
TALK = VisitType(False, "therapy", 0, (Phase("session", 60, {"therapist": 1}),))


def nurse(name: str = "rn1", capacity: int = 2, **more: Any) -> Staff:
    return Staff(
        **{
            "id": name,
            "roles": frozenset({"rn"}),
            "capacity": capacity,
            "shifts": EVERY_DAY,
            **more,
        }
    )


def therapist(name: str = "t1", **more: Any) -> Staff:
    return Staff(name, frozenset({"therapist"}), 1, **{"shifts": EVERY_DAY, **more})


def prescriber(**more: Any) -> Staff:
    return Staff("md", frozenset({"prescriber"}), 1, **{"shifts": EVERY_DAY, **more})


def infusions(count: int, gap: tuple[int, int] = (2, 4), target2: int = 6, **more: Any) -> Protocol:
    later = [DoseRule("iv", gap, target2)] * (count - 1)
    return Protocol((DoseRule("iv"), *later), **more)


def with_talks(count: int = 2) -> Protocol:
    return infusions(
        count,
        prep=(PrepRule("talk", (1, 7)),),
        integration=(IntegrationRule(1, "talk", (1, 2)),),
    )


def clinic(**more: Any) -> Clinic:
    return Clinic(
        **{
            "id": "c1",
            "tz": NEW_YORK,
            "grid_min": 15,
            "horizon": (MONDAY, date(2026, 2, 9)),
            "hours": EVERY_DAY,
            **more,
        }
    )


def course(**more: Any) -> Course:
    return Course(
        **{
            "id": "k1",
            "patient_id": "p1",
            "protocol": "P",
            "earliest": MONDAY,
            "latest_first": date(2026, 1, 18),
            "windows": EVERY_DAY,
            **more,
        }
    )


def problem(protocol: Protocol | None = None, **more: Any) -> Problem:
    return Problem(
        **{
            "id": "test",
            "clinic": clinic(),
            "rooms": (Room("iv1", frozenset({"iv"})), Room("th1", frozenset({"therapy"}))),
            "staff": (nurse(), prescriber(), therapist()),
            "visits": {"iv": INFUSION, "talk": TALK},
            "protocols": {"P": protocol or infusions(2)},
            "courses": (course(),),
            **more,
        }
    )


def with_course(base: Problem, **changes: Any) -> Problem:
    """The same with changes to its first course."""
    return replace(base, courses=(replace(base.courses[0], **changes), *base.courses[1:]))


def with_clinic(base: Problem, **changes: Any) -> Problem:
    return replace(base, clinic=replace(base.clinic, **changes))


def at(day: date, hour: int, minute: int = 0, tz: str = NEW_YORK) -> datetime:
    """The UTC instant of a local time."""
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(tz))
    return local.astimezone(UTC)


def booking(name: str, visit: str, start: datetime, room: str, **staff: str) -> Booking:
    return Booking(name, visit, start, room, staff)


def plan(base: Problem) -> Placed:
    """The plan of the first course, which must exist."""
    result = plan_course(base, base.courses[0].id)
    assert isinstance(result, Placed), result
    return result


def reason(base: Problem) -> str:
    """Why the first course cannot be placed, which must be so."""
    result = plan_course(base, base.courses[0].id)
    assert isinstance(result, Unplaced), result
    return result.reason


def as_previous(placed: Placed, locked: Iterable[tuple[str, int]] = ()) -> tuple[Previous, ...]:
    """The appointments of a plan as they stood before."""
    fixed = set(locked)
    return tuple(
        Previous(a.kind, a.seq, a.start, a.room_id, a.staff, (a.kind, a.seq) in fixed)
        for a in placed.appointments
    )


def dose_days(placed: Placed, tz: str = NEW_YORK) -> list[date]:
    return [
        a.start.astimezone(ZoneInfo(tz)).date() for a in placed.appointments if a.kind == "dosing"
    ]


def span(to: int, days: int) -> SpanRule:
    return SpanRule(to, days)
