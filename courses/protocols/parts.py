"""The parts of a protocol's definition, each checked by itself.

Days are differences of local calendar dates, minutes are planned durations.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WrapValidator,
    model_validator,
)

AUTHORITY = r"(dd|gk|[SW]\d+[a-c]?)"


def _ascending(days: tuple[int, int]) -> tuple[int, int]:
    if days[0] > days[1]:
        raise ValueError(f"{days[0]} … {days[1]} is not a range of days")
    return days


def _word_or_doses(value: Any, read: Callable[[Any], Any]) -> Any:
    try:
        return read(value)
    except ValidationError as exc:
        raise ValueError("must be “each”, “every_other” or a list of dose numbers") from exc


Days = Annotated[int, Field(ge=0, le=400)]
DayRange = Annotated[tuple[Days, Days], AfterValidator(_ascending)]
DoseNumber = Annotated[int, Field(ge=1, le=60)]
AfterDoses = Annotated[
    Literal["each", "every_other"] | list[DoseNumber], WrapValidator(_word_or_doses)
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Label = Annotated[str, Field(min_length=1, max_length=60)]
StaffRole = Literal["NURSE", "THERAPIST", "PRESCRIBER"]


class Part(BaseModel):
    """Strict and frozen: no unknown field, no silent conversion, no change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Phase(Part):
    """One stretch of a visit: who carries how much load, who must be on site."""

    name: Name
    label: Label
    minutes: Annotated[int, Field(ge=5, le=600, multiple_of=5)]
    load: dict[StaffRole, Annotated[int, Field(ge=1, le=100)]] = {}
    presence: list[StaffRole] = []


class VisitType(Part):
    """What a visit of this kind needs: a room of a kind, and its phases in order."""

    label: Label
    kind: Literal["prep", "dosing", "integration"]
    room_kind: Name
    turnover_minutes: Annotated[int, Field(ge=0, le=240, multiple_of=5)] = 0
    phases: Annotated[list[Phase], Field(min_length=1)]

    @model_validator(mode="after")
    def _phases_differ(self) -> Self:
        if len({phase.name for phase in self.phases}) < len(self.phases):
            raise ValueError("two phases have the same name")
        return self

    @property
    def minutes(self) -> int:
        """How long the patient is asked to stay."""
        return sum(phase.minutes for phase in self.phases)


class Gap(Part):
    """Days from one dose to the next.

    Planning stays within `min_days` … `max_days` and aims at `target_days` (halves allowed).
    Past `max_days` is amber; past `hard_max_days` a clinician decides (DOMAIN 2.1, 2.7).
    """

    min_days: Annotated[int, Field(ge=1, le=400)]
    target_days: Annotated[float, Field(ge=1, le=400, multiple_of=0.5)]
    max_days: Days
    hard_max_days: Days | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.min_days <= self.target_days <= self.max_days:
            raise ValueError("min_days, target_days and max_days must ascend")
        if self.hard_max_days is not None and self.hard_max_days < self.max_days:
            raise ValueError("hard_max_days must be at least max_days")
        return self


class DoseBlock(Part):
    """A run of doses with one pattern of gaps, for example induction.

    `gaps` lie between the block's doses and are used in turn, over and over. `entry_gap` leads
    from the last dose of the block before to this block's first; without it the first of `gaps`
    does. `doses` are planned, a clinician may settle on `doses_min` … `doses_max`. An open-ended
    block has no `doses`; a new course plans `plan_ahead` of its doses.
    """

    name: Name
    label: Label
    visit: Name
    doses: DoseNumber | None = None
    doses_min: DoseNumber | None = None
    doses_max: DoseNumber | None = None
    plan_ahead: Annotated[int, Field(ge=0, le=12)] = 0
    entry_gap: Gap | None = None
    gaps: list[Gap] = []

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        if self.doses is None and (self.doses_min or self.doses_max):
            raise ValueError("doses_min and doses_max need doses")
        if self.doses is not None and self.plan_ahead:
            raise ValueError("plan_ahead is for an open-ended block, one without doses")
        if self.doses and not self.fewest <= self.doses <= self.most:
            raise ValueError("doses_min, doses and doses_max must ascend")
        return self

    @property
    def is_open_ended(self) -> bool:
        """Whether the block goes on until somebody ends it."""
        return self.doses is None

    @property
    def fewest(self) -> int:
        """The fewest doses that a clinician may settle on."""
        return self.doses_min or self.doses or 0

    @property
    def most(self) -> int:
        """The most doses that a clinician may settle on; 0 in an open-ended block."""
        return self.doses_max or self.doses or 0

    def gap_before(self, number: int) -> Gap | None:
        """The gap before the block's n-th dose, counted from 0; None where none is given."""
        if number == 0 and self.entry_gap:
            return self.entry_gap
        return self.gaps[max(number - 1, 0) % len(self.gaps)] if self.gaps else None


class Preparation(Part):
    """A visit before the first dose."""

    visit: Name
    days_before_first: DayRange


class Integration(Part):
    """A visit after doses: after each, every other, or the ones that are listed.

    While the visit has no place or is late, the days count from its dose (DOMAIN 2.12): a task
    after `book_within_days`, amber after `amber_after_days`, red after `red_after_days`. After
    `holds_after_missed` missed in a row the next dose waits for a decision (DOMAIN 8.57).
    """

    visit: Name
    after: AfterDoses
    days: DayRange
    book_within_days: Days | None = None
    amber_after_days: Days | None = None
    red_after_days: Days | None = None
    holds_after_missed: Annotated[int, Field(ge=1, le=20)] | None = None

    def follows(self, number: int) -> list[int]:
        """The doses, among the first `number`, that a visit follows."""
        if self.after == "each":
            return list(range(1, number + 1))
        if self.after == "every_other":
            return list(range(2, number + 1, 2))
        return sorted({int(dose) for dose in self.after if int(dose) <= number})


class Span(Part):
    """The most days from dose 1 to a later dose."""

    to_dose: Annotated[int, Field(ge=2)]
    max_days: Days


class Source(Part):
    """Where a value, or all values below it, come from: `path` is a JSON pointer.

    An authority is `dd` (a design default that nobody stands for but the medical director who
    signs it), `gk` (general knowledge), or a key of the definition's `references`.
    """

    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_]+)+$")]
    authority: Annotated[str, Field(pattern=rf"^{AUTHORITY}(, {AUTHORITY})*$")]
    note: str = ""
