"""A patient's history as a file: comma-separated, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from clinic.audit.history import Wanted, whole_history
from clinic.audit.reading import Line, lines_of
from clinic.models import Patient

COLUMNS = (
    "Time", "Who", "How", "Address", "Reason", "Action", "Record", "Name", "Field", "Before",
    "After", "Act",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def history_file(patient: Patient, wanted: Wanted, *, clinical: bool) -> Iterator[str]:
    """The lines of the file, read page by page while it is sent."""
    writer: Any = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for rows in whole_history(patient, wanted):
        for line in lines_of(rows, zone=wanted.zone, clinical=clinical):
            for cells in _cells(line, wanted.zone):
                yield writer.writerow([safe_cell(cell) for cell in cells])


def safe_cell(text: str) -> str:
    """The text, such that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _cells(line: Line, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    """A row for each field that changed; one where none did."""
    doer = line.doer
    own = (
        line.at.astimezone(zone).isoformat(timespec="milliseconds"),
        doer.name,
        doer.way,
        doer.address,
        doer.reason,
        line.action,
        line.record,
        line.title,
    )
    for change in line.changes:
        yield (*own, change.field, change.before, change.after, line.act)
    if not line.changes:
        yield (*own, "", "", "", line.act)
