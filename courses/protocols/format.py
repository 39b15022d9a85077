"""The shape of a protocol version's `definition`, and what follows from it.

Days are differences of local calendar dates, minutes are planned durations. Every number that
has no authority carries a `sources` entry with `authority: "dd"` and is shown as such.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FORMAT = "courseline-protocol-1"

Days = Annotated[int, Field(ge=0, le=400)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
StaffRole = Literal["NURSE", "THERAPIST", "PRESCRIBER"]


class DefinitionError(ValueError):
    """A definition that cannot be used; `faults` has one line each, `path: what is wrong`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Phase(_Part):
    """One stretch of a visit: who carries how much load, who must be on site."""

    name: Name
    label: str
    minutes: Annotated[int, Field(ge=5, le=600, multiple_of=5)]
    load: dict[StaffRole, Annotated[int, Field(ge=1, le=100)]] = {}
    presence: list[StaffRole] = []


class VisitType(_Part):
    """What a visit of this kind needs: a room of a kind, and its phases in order."""

    label: str
    kind: Literal["prep", "dosing", "integration"]
    room_kind: Name
    turnover_minutes: Annotated[int, Field(ge=0, le=240, multiple_of=5)] = 0
    phases: Annotated[list[Phase], Field(min_length=1)]

    @property
    def minutes(self) -> int:
        """How long the patient is asked to stay."""
        return sum(phase.minutes for phase in self.phases)


class Gap(_Part):
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


class DoseBlock(_Part):
    """A run of doses with one pattern of gaps, for example induction.

    `gaps` are used in turn, over and over; the first is the gap before the block's first dose
    unless that is the course's first. An open-ended block has no `doses`; `plan_ahead` of its
    doses are planned at a time.
    """

    name: Name
    label: str
    visit: Name
    doses: Annotated[int, Field(ge=1, le=60)] | None = None
    doses_min: Annotated[int, Field(ge=1, le=60)] | None = None
    doses_max: Annotated[int, Field(ge=1, le=60)] | None = None
    plan_ahead: Annotated[int, Field(ge=0, le=12)] = 0
    gaps: list[Gap] = []

    @property
    def is_open_ended(self) -> bool:
        """Whether the block goes on until somebody ends it."""
        return self.doses is None


class Preparation(_Part):
    """A visit before the first dose."""

    visit: Name
    days_before_first: tuple[Days, Days]


class Integration(_Part):
    """A visit after doses: after each, every other, or the ones that are listed."""

    visit: Name
    after: Literal["each", "every_other"] | list[Annotated[int, Field(ge=1)]]
    days: tuple[Days, Days]


class Span(_Part):
    """The most days from dose 1 to a later dose."""

    to_dose: Annotated[int, Field(ge=2)]
    max_days: Days


class Source(_Part):
    """Where a value comes from: `path` as a JSON pointer, `authority` as DOMAIN.md marks it."""

    path: str
    authority: Annotated[str, Field(pattern=r"^(dd|gk|[SW]\d+[a-c]?)(, (dd|gk|[SW]\d+[a-c]?))*$")]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """The n-th dose of a course: its visit type, block, and gap to the dose before."""

    seq: int
    visit: str
    block: str
    gap: Gap | None


class ProtocolDefinition(_Part):
    """A whole protocol, as one version of it is signed."""

    format: Literal["courseline-protocol-1"]
    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=20)]
    name: str
    summary: str
    drug: str
    route: str
    # No two doses of one patient nearer than this, whatever the course or site (DESIGN G4).
    min_gap_days: Annotated[int, Field(ge=1, le=60)]
    visit_types: Annotated[dict[Name, VisitType], Field(min_length=1)]
    preparation: list[Preparation] = []
    blocks: Annotated[list[DoseBlock], Field(min_length=1)]
    spans: list[Span] = []
    integration: Integration | None = None
    sources: list[Source] = []

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = [*self._unknown_visits(), *self._bad_blocks(), *self._bad_ranges()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unknown_visits(self) -> list[str]:
        used = [(p.visit, "prep") for p in self.preparation]
        used += [(b.visit, "dosing") for b in self.blocks]
        used += [(self.integration.visit, "integration")] if self.integration else []
        return [
            f"“{visit}” is not a visit type of kind {kind}"
            for visit, kind in used
            if visit not in self.visit_types or self.visit_types[visit].kind != kind
        ]

    def _bad_blocks(self) -> list[str]:
        faults = ["only the last block may be open-ended" for b in self.blocks[:-1] if not b.doses]
        for number, block in enumerate(self.blocks):
            needs_gaps = number > 0 or block.doses != 1
            if needs_gaps and not block.gaps:
                faults.append(f"block “{block.name}” has no gaps")
            if any(gap.min_days < self.min_gap_days for gap in block.gaps):
                faults.append(f"block “{block.name}” has a gap under min_gap_days")
        if self.planned_doses == 0:
            faults.append("no dose is ever planned: give the open-ended block a plan_ahead")
        return faults

    def _bad_ranges(self) -> list[str]:
        ranges = [p.days_before_first for p in self.preparation]
        ranges += [self.integration.days] if self.integration else []
        return [f"{low} … {high} is not a range of days" for low, high in ranges if low > high]

    @property
    def planned_doses(self) -> int:
        """How many doses a new course plans at first."""
        return sum(block.doses or block.plan_ahead for block in self.blocks)

    @property
    def open_block(self) -> DoseBlock | None:
        """The block that goes on, where there is one."""
        return self.blocks[-1] if self.blocks[-1].is_open_ended else None

    def doses(self, number: int) -> list[Dose]:
        """The first `number` doses; ValueError when the protocol has fewer."""
        found = list(islice(self._every_dose(), number))
        if len(found) < number:
            raise ValueError(f"{self.code} has {len(found)} doses, not {number}")
        return found

    def _every_dose(self) -> Iterator[Dose]:
        seq = count(1)
        for block in self.blocks:
            is_last = block is self.blocks[-1]
            most = (block.doses_max if is_last else None) or block.doses
            numbers = range(most) if most else count()
            for n in numbers:
                at = next(seq)
                gap = None if at == 1 else block.gaps[n % len(block.gaps)]
                yield Dose(at, block.visit, block.name, gap)

    def integrations(self, number: int) -> list[int]:
        """The doses, among the first `number`, that an integration visit follows."""
        if self.integration is None:
            return []
        after = self.integration.after
        if after == "each":
            return list(range(1, number + 1))
        if after == "every_other":
            return list(range(2, number + 1, 2))
        return [dose for dose in after if dose <= number]

    def label_of(self, visit_type: str) -> str:
        """What staff call a visit of this type."""
        return self.visit_types[visit_type].label


def read_definition(data: Mapping[str, Any]) -> ProtocolDefinition:
    """The definition that stored or uploaded JSON holds; DefinitionError lists all its faults."""
    try:
        return ProtocolDefinition.model_validate_json(json.dumps(data))
    except ValidationError as exc:
        raise DefinitionError([_fault(error) for error in exc.errors()]) from exc


def _fault(error: Any) -> str:
    path = "$" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error["loc"])
    return f"{path}: {error['msg'].removeprefix('Value error, ')}"
