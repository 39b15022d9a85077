"""The shape of a protocol version's `definition`, and what follows from it.

Every number that has no authority carries a `sources` entry with `authority: "dd"` and is shown
as such.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from courses.protocols.clinical import (
    AssessmentPoint,
    Cap,
    CheckCode,
    DoseRule,
    Maintenance,
    MissedRow,
    Observation,
    ReviewPoint,
    VitalsPlan,
)
from courses.protocols.evaluation import EVALUATION, USUAL_EVALUATION
from courses.protocols.parts import (
    DoseBlock,
    Gap,
    Integration,
    Name,
    Part,
    Preparation,
    Source,
    Span,
    VisitType,
)

FORMAT = "courseline-protocol-1"


class DefinitionError(ValueError):
    """A definition that cannot be used; `faults` has one line each, `path: what is wrong`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Dose:
    """The n-th dose of a course: its visit type, block, and gap to the dose before."""

    seq: int
    visit: str
    block: str
    gap: Gap | None


class ProtocolDefinition(Part):
    """A whole protocol, as one version of it is signed."""

    format: Literal["courseline-protocol-1"]
    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=20)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    summary: str
    drug: str
    route: str
    # No two doses of one patient nearer than this, whatever the course or site (DESIGN G4).
    min_gap_days: Annotated[int, Field(ge=1, le=60)]
    visit_types: Annotated[dict[Name, VisitType], Field(min_length=1)]
    preparation: list[Preparation] = []
    # Whether the first dose waits until they are done (DOMAIN 2.12).
    needs_preparation: bool = False
    blocks: Annotated[list[DoseBlock], Field(min_length=1)]
    spans: list[Span] = []
    integration: Integration | None = None
    # Who may be screened for it, as codes of DOMAIN 3.1 (IN_TRD …); empty: no rule of its own.
    indications: list[Annotated[str, Field(pattern=r"^IN_[A-Z]+$", max_length=20)]] = []
    # Shipped, but offered for new courses only after the medical director has put it into use.
    is_off_by_default: bool = False
    dose: DoseRule | None = None
    vitals: VitalsPlan | None = None
    observation: Observation | None = None
    checks: list[CheckCode] = []
    reviews: list[ReviewPoint] = []
    missed: list[MissedRow] = []
    caps: list[Cap] = []
    maintenance: Maintenance | None = None
    assessments: list[AssessmentPoint] = []
    sources: list[Source] = []
    # What the authorities in `sources` stand for: {"W2": "FDA, REMS programme 386 …"}.
    references: dict[str, str] = {}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = [
            *self._unknown_visits(),
            *self._bad_blocks(),
            *self._unknown_blocks(),
            *self._clashing_rows(),
            *self._bad_sources(),
        ]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _unknown_visits(self) -> Iterator[str]:
        used = [(f"preparation[{n}]", p.visit, "prep") for n, p in enumerate(self.preparation)]
        used += [(f"blocks[{n}]", b.visit, "dosing") for n, b in enumerate(self.blocks)]
        if self.integration:
            used.append(("integration", self.integration.visit, "integration"))
        for path, visit, kind in used:
            if visit not in self.visit_types or self.visit_types[visit].kind != kind:
                yield f"$.{path}.visit: “{visit}” is not a visit type of kind {kind}"

    def _bad_blocks(self) -> Iterator[str]:
        for number, block in enumerate(self.blocks):
            path = f"$.blocks[{number}]"
            if block.is_open_ended and block is not self.blocks[-1]:
                yield f"{path}.doses: missing; only the last block may be open-ended"
            if not block.gaps and (number > 0 or block.most != 1):
                yield f"{path}.gaps: a block with doses after others needs gaps"
            gaps = [*block.gaps, *([block.entry_gap] if block.entry_gap else [])]
            if any(gap.min_days < self.min_gap_days for gap in gaps):
                yield f"{path}: a gap’s min_days is under the protocol’s min_gap_days"
        if len({block.name for block in self.blocks}) < len(self.blocks):
            yield "$.blocks: two blocks have the same name"
        if self.planned_doses == 0:
            yield "$.blocks: no dose is ever planned; give the open-ended block a plan_ahead"

    def _unknown_blocks(self) -> Iterator[str]:
        named = [(f"reviews[{n}].after_block", [r.after_block]) for n, r in enumerate(self.reviews)]
        named += [(f"missed[{n}].blocks", list(r.blocks)) for n, r in enumerate(self.missed)]
        named += [(f"caps[{n}].blocks", list(c.blocks)) for n, c in enumerate(self.caps)]
        named += [(f"assessments[{n}].block", [a.block]) for n, a in enumerate(self.assessments)]
        known = {block.name for block in self.blocks}
        for path, names in named:
            for name in names:
                if name is not None and name not in known:
                    yield f"$.{path}: “{name}” is not a block"

    def _clashing_rows(self) -> Iterator[str]:
        """Two rows that say something of the same lapse in the same block."""
        for number, row in enumerate(self.missed):
            for other in self.missed[:number]:
                apart = row.blocks and other.blocks and not set(row.blocks) & set(other.blocks)
                if not apart and row.overlaps(other):
                    yield f"$.missed[{number}]: says something of the same days as another row"
                    break

    def _bad_sources(self) -> Iterator[str]:
        whole = self.model_dump(mode="json", exclude={"sources", "references"})
        for number, source in enumerate(self.sources):
            path = f"$.sources[{number}]"
            if not leads_somewhere(whole, source.path):
                yield f"{path}.path: nothing at {source.path}"
            for mark in set(source.authority.split(", ")) - {"dd", "gk", *self.references}:
                yield f"{path}.authority: {mark} is not among the references"

    @property
    def planned_doses(self) -> int:
        """How many doses a new course plans at first."""
        return sum(block.doses or block.plan_ahead for block in self.blocks)

    @property
    def open_block(self) -> DoseBlock | None:
        """The block that goes on, where there is one."""
        return self.blocks[-1] if self.blocks[-1].is_open_ended else None

    @property
    def most_doses(self) -> int | None:
        """The most doses that a course may come to; None where it is open-ended."""
        if self.open_block:
            return None
        return sum(block.doses or 0 for block in self.blocks[:-1]) + self.blocks[-1].most

    def doses(self, number: int) -> list[Dose]:
        """The first `number` doses; ValueError when the protocol has fewer."""
        found = list(islice(self._every_dose(), number))
        if len(found) < number:
            raise ValueError(f"{self.code} has {len(found)} doses, not {number}")
        return found

    def _every_dose(self) -> Iterator[Dose]:
        seq = count(1)
        for block in self.blocks:
            # Only the last block can grow: the doses of a later one would all be renumbered.
            planned = block.most if block is self.blocks[-1] else block.doses
            for number in range(planned) if planned else count():
                at = next(seq)
                gap = None if at == 1 else block.gap_before(number)
                yield Dose(at, block.visit, block.name, gap)

    def integrations(self, number: int) -> list[int]:
        """The doses, among the first `number`, that an integration visit follows."""
        return self.integration.follows(number) if self.integration else []

    def label_of(self, visit_type: str) -> str:
        """What staff call a visit of this type."""
        return self.visit_type(visit_type).label

    def visit_type(self, name: str) -> VisitType:
        """The visit type of that name; the usual evaluation where the protocol has none of its
        own."""
        if name == EVALUATION and name not in self.visit_types:
            return USUAL_EVALUATION
        return self.visit_types[name]

    def source_of(self, path: str) -> Source | None:
        """Where the value at a JSON pointer comes from: its own source, else one further up."""
        above = [s for s in self.sources if f"{path}/".startswith(f"{s.path}/")]
        return max(above, key=lambda source: len(source.path), default=None)


def read_definition(data: Mapping[str, Any]) -> ProtocolDefinition:
    """The definition that stored or uploaded JSON holds; DefinitionError lists all its faults."""
    try:
        return ProtocolDefinition.model_validate_json(json.dumps(data))
    except ValidationError as exc:
        faults = [line for error in exc.errors() for line in _faults(error)]
        raise DefinitionError(faults) from exc


def _faults(error: Any) -> list[str]:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:  # the definition as a whole: each line names its own path
        return [line if line.startswith("$") else f"$: {line}" for line in message.split("\n")]
    steps = [step for step in error["loc"] if step != "[key]"]
    path = "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
    return [f"{path}: {message}"]


def leads_somewhere(whole: Any, pointer: str) -> bool:
    """Whether the JSON pointer names something in the whole."""
    for step in pointer.removeprefix("/").split("/"):
        try:
            whole = whole[int(step)] if isinstance(whole, list) else whole[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return False
    return True
