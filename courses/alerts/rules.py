"""Who is told of a safety alert, and what it forbids: pure rules, the clock is an argument."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

RANK = {"ALERT": 0, "URGENT": 1, "HIGH": 2}
# Assessed risks with which doses may go on (DOMAIN 5.7: none at high risk until cleared).
ALLOWS_DOSES = frozenset({"NONE", "LOW", "MODERATE"})


def rises(level: str, *, above: str) -> bool:
    """Whether a level is higher than another."""
    return RANK[level] > RANK[above]


def needs_answer_before_dose(level: str) -> bool:
    """Whether somebody must have taken the alert on before a dose starts (DOMAIN 5.2)."""
    return RANK[level] >= RANK["URGENT"]


def forbids_doses(level: str) -> bool:
    """Whether no dose is given until somebody has cleared the patient (DOMAIN 5.7, 8.34)."""
    return level == "HIGH"


def allows_doses(risk: str) -> bool:
    """Whether doses may go on after an assessment with this result."""
    return risk in ALLOWS_DOSES


def next_escalation(told_at: datetime, minutes: int) -> datetime:
    """When an alert that nobody took on goes further (DOMAIN 5.9)."""
    return told_at + timedelta(minutes=minutes)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who could answer now, by id; each list has the most fitting first."""

    serving: Sequence[UUID] = ()
    on_shift: Sequence[UUID] = ()
    on_call: Sequence[UUID] = ()
    directors: Sequence[UUID] = ()
    everybody: Sequence[UUID] = ()
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """One person who is told, and why they are."""

    member_id: UUID
    route: str


def first_told(duty: Duty) -> list[Told]:
    """Who is told when an alert is raised; the first of them is to answer (DOMAIN 5.9).

    In hours one person: who serves the patient, else who is on shift, else on call, else the
    medical directors. Off hours the on-call clinician and the directors at once.
    """
    if not duty.is_open:
        return _or_everybody(
            duty, _as("SERVING", duty.serving[:1]), _as("ON_CALL", duty.on_call), _directors(duty)
        )
    steps = (
        _as("SERVING", duty.serving[:1]),
        _as("ON_SHIFT", duty.on_shift[:1]),
        _as("ON_CALL", duty.on_call[:1]),
        _directors(duty),
    )
    return next((step for step in steps if step), _everybody(duty))


def further_told(duty: Duty, *, escalations: int) -> list[Told]:
    """Who is told when nobody took it on: the directors, with who is on call off hours.

    From the second time on everybody on duty as well.
    """
    if escalations == 0 and duty.is_open:
        return _or_everybody(duty, _directors(duty) or _as("ON_CALL", duty.on_call))
    more = _as("ON_SHIFT", duty.on_shift) if escalations else []
    return _or_everybody(duty, _directors(duty), _as("ON_CALL", duty.on_call), more)


def _directors(duty: Duty) -> list[Told]:
    return _as("DIRECTOR", duty.directors)


def _everybody(duty: Duty) -> list[Told]:
    return _as("NOBODY", duty.everybody)


def _or_everybody(duty: Duty, *groups: list[Told]) -> list[Told]:
    """Each person once, by the first group that has them; everybody where all are empty."""
    once: dict[UUID, Told] = {}
    for told in [one for group in groups for one in group]:
        once.setdefault(told.member_id, told)
    return list(once.values()) or _everybody(duty)


def _as(route: str, members: Sequence[UUID]) -> list[Told]:
    return [Told(member_id, route) for member_id in members]
