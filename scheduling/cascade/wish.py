"""What somebody wants of one visit: another time, or that it does not take place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Want(StrEnum):
    """What is to become of the visit."""

    MOVE = "MOVE"
    CANCEL = "CANCEL"
    MISS = "MISS"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish for one visit: `starts_at` to move it, `not_before` for its place planned anew.

    With a `group` (its id) it is moved to a place in that, which begins then.
    """

    want: Want
    starts_at: datetime | None = None
    not_before: date | None = None
    group: str = ""

    def as_json(self) -> dict[str, str]:
        """As an answer carries it."""
        return {
            "want": self.want.value,
            "to": self.starts_at.isoformat() if self.starts_at else "",
            "not_before": self.not_before.isoformat() if self.not_before else "",
            "group": self.group,
        }


def wanted_from(said: Mapping[str, Any]) -> Wanted:
    """What `as_json` wrote."""
    return Wanted(
        Want(said["want"]),
        datetime.fromisoformat(said["to"]) if said["to"] else None,
        date.fromisoformat(said["not_before"]) if said["not_before"] else None,
        said["group"],
    )
