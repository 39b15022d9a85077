"""Days without a dose, and the protocol's row for them (DOMAIN 2.7)."""

from collections.abc import Sequence
from datetime import date

from courses.protocols.clinical import MissedRow


def week_index(day: date, *, first: date) -> int:
    """The week of treatment, 1 from the day of the first dose on, by local dates (DOMAIN 2.1)."""
    return (day - first).days // 7 + 1


def row_for(rows: Sequence[MissedRow], *, days: int, block: str) -> MissedRow | None:
    """The row for so many days since the last dose when the next one is of that block; the first
    that fits, None where the protocol says nothing of it."""
    fitting = (row for row in rows if _fits(row, days, block))
    return next(fitting, None)


def _fits(row: MissedRow, days: int, block: str) -> bool:
    is_within = row.from_days <= days and (row.to_days is None or days <= row.to_days)
    return is_within and (not row.blocks or block in row.blocks)


def doses_added(option: str) -> int:
    """How many doses more an option of the table plans."""
    return {"ADD_1": 1, "ADD_2": 2}.get(option, 0)


def begins_anew(option: str) -> bool:
    """Whether the option ends the course in favour of a new one, linked to it."""
    return option in {"RESTART", "REINDUCE"}
