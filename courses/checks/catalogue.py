"""Which laboratory and periodic checks there are (DOMAIN 2.11), from the data file; pure."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from courses.screening.catalogue import Entry

DATA = Path(__file__).parent / "data" / "checks.json"


class Repeat(BaseModel):
    """When a check is done again, and after how many days by which threshold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    how: Literal[
        "ALWAYS", "MAINTENANCE", "EACH_MAINTENANCE_VISIT", "EACH_REVIEW", "ON_CHANGE",
        "ON_SUSPICION",
    ]  # fmt: skip
    threshold: str | None = None
    # Also where doses are given more often than the threshold says.
    or_many_doses: bool = False


class Check(Entry):
    """One check: who needs it at baseline, and when again."""

    kind: str
    when: Literal["ALL", "AGE_OR_HEART", "COULD_BE_PREGNANT"]
    repeat: Repeat
    # By result: the contraindication that it speaks for.
    finds: dict[str, str] = {}
    # Why a course is screened again after a positive result, where no contraindication says so.
    ends: str | None = None
    # Due at once after a positive result of that other check.
    prompted_by: str | None = None


class Checks(BaseModel):
    """The whole table of DOMAIN 2.11."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["courseline-checks-1"]
    version: str
    checks: list[Check]
    references: dict[str, str]


@cache
def shipped() -> Checks:
    """The checks that are shipped."""
    return Checks.model_validate_json(DATA.read_text("utf-8"))


def check_of(kind: str) -> Check:
    """The check of that kind; KeyError when there is none."""
    return {one.kind: one for one in shipped().checks}[kind]


REPEATS = {
    "ON_CHANGE": "on change",
    "ON_SUSPICION": "at random or on suspicion",
    "EACH_MAINTENANCE_VISIT": "at each maintenance visit",
    "EACH_REVIEW": "at each maintenance review",
}
