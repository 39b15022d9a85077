"""Days without a dose, and the protocol's row for them (DOMAIN 2.7)."""

from collections.abc import Sequence
from datetime import date

from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import MissedRow


def week_of_treatment(day: date, *, given: Sequence[date]) -> int | None:
    """The week of treatment, 1 from the day of the first dose that counts on, by local dates
    (DOMAIN 2.1); None before it. `given` are the days of the doses that count, oldest first."""
    if not given or day < given[0]:
        return None
    return (day - given[0]).days // 7 + 1


def row_for(
    rows: Sequence[MissedRow], *, days: int, block: str, allowed: int | None = None
) -> MissedRow | None:
    """The row for so many days since the last dose when the next one is of that block; the first
    that fits, None where the protocol says nothing of it.

    `allowed` are the most days at the interval of maintenance in force: after more of them the
    table's next row asks already, where the one that fits asks nothing (DOMAIN 2.1, 2.9).
    """
    of_block = [row for row in rows if not row.blocks or block in row.blocks]
    found = next((row for row in of_block if _fits(row, days)), None)
    if found is None or found.asks != "NOTHING" or allowed is None or days <= allowed:
        return found
    later = (row for row in of_block if row.from_days > days and row.asks != "NOTHING")
    asked = min(later, key=lambda row: row.from_days, default=None)
    return asked.model_copy(update={"from_days": allowed + 1}) if asked else found


def _fits(row: MissedRow, days: int) -> bool:
    return row.from_days <= days and (row.to_days is None or days <= row.to_days)


def undecided_days(
    rows: Sequence[MissedRow], *, block: str, allowed: int | None = None
) -> int | None:
    """The most days since the last dose for which no row asks a clinician; None where none ever
    does (DOMAIN 2.7)."""
    begins = {row.from_days for row in rows} | ({allowed + 1} if allowed is not None else set())
    found = {day: row_for(rows, days=day, block=block, allowed=allowed) for day in begins}
    return min((day - 1 for day, row in found.items() if row and row.asks == "DECISION"),
               default=None)  # fmt: skip


def allowed_on_ladder(
    definition: ProtocolDefinition, block: str, interval_days: int | None
) -> int | None:
    """The most days between doses at the interval in force; None as needed, and off the ladder."""
    ladder, last = definition.maintenance, definition.open_block
    if interval_days is None or ladder is None or last is None or block != last.name:
        return None
    return interval_days + ladder.late_days


def doses_added(option: str) -> int:
    """How many doses more an option of the table plans."""
    return {"ADD_1": 1, "ADD_2": 2}.get(option, 0)


def begins_anew(option: str) -> bool:
    """Whether the option ends the course in favour of a new one, linked to it."""
    return option in {"RESTART", "REINDUCE"}
