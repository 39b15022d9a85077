"""What a screening asks (DOMAIN 3.1, 3.2), read from the data files beside this one; pure."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from courses.protocols.parts import Source

DATA = Path(__file__).parent / "data"
ESKETAMINE, RACEMIC = "esketamine", "racemic"
Weight = Literal["ABS", "REL", "TEMP"]
Code = Annotated[str, Field(pattern=r"^(CI|DI|IN|ASK)_[A-Z_]+$", max_length=24)]
# Marks of values that nobody stands for but who signs them.
WITHOUT_AUTHORITY = frozenset({"dd", "gk"})


def drug_column(drug: str) -> str:
    """The column of DOMAIN 3.2 that holds for a protocol’s drug."""
    return ESKETAMINE if drug == ESKETAMINE else RACEMIC


class Entry(BaseModel):
    """Strict and frozen: no unknown field, no silent conversion, no change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    sources: list[Source] = []

    @property
    def authority(self) -> str:
        """Every mark of the entry, once, in the order in which they stand."""
        marks = [mark for source in self.sources for mark in source.authority.split(", ")]
        return ", ".join(dict.fromkeys(marks))

    @property
    def is_default(self) -> bool:
        """Whether something about it is a default without authority."""
        return any(
            not WITHOUT_AUTHORITY.isdisjoint(source.authority.split(", "))
            for source in self.sources
        )


class Threshold(BaseModel):
    """A number that the organisation’s thresholds hold, by its key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: str


Number = int | Threshold


def number_of(value: Number, thresholds: Any) -> int:
    """The number itself, from the thresholds where it is kept there."""
    return int(getattr(thresholds, value.threshold) if isinstance(value, Threshold) else value)


class Recheck(BaseModel):
    """When a finding is looked at again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: Literal[
        "AFTER", "EACH_COURSE", "EACH_INDUCTION", "EACH_SESSION", "EACH_VISIT", "EACH_CHECK",
        "SAME_DAY", "RESOLVED", "BIRTHDAY", "ONCE", "NEVER",
    ]  # fmt: skip
    days: int | None = None
    months: int | None = None
    threshold: str | None = None


class Recent(BaseModel):
    """An event that excludes while it is recent, and weighs less or nothing afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: str
    older: Literal["REL", "NONE"]


class Contraindication(Entry):
    """One coded contraindication or caution, with its class for each drug (DOMAIN 3.2)."""

    code: Code
    system: str
    classes: dict[Literal["esketamine", "racemic"], Weight]
    evidence: str
    clears: str
    recheck: Recheck
    # A letter is asked for: where it is kept belongs to an override.
    document: bool = False
    recent: Recent | None = None
    # For these drugs it is absolute where the clinic's own threshold of that name is 1.
    absolute_by: dict[Literal["esketamine", "racemic"], str] = {}
    # Thresholds that say from where on it holds.
    limits: list[str] = []
    # It cannot pass: once found, only a medical director takes it back.
    lasting: bool = False
    # Answered by the product, from what it knows.
    computed: Literal["MINOR", "AGE_OLD"] | None = None
    # The hold that it opens when it is found during a course, and why that is screened again.
    hold: str | None = None
    ends: str | None = None

    def is_excluded_by(self, thresholds: Any, column: str) -> bool:
        """Whether the clinic's own setting makes it absolute for that drug."""
        key = self.absolute_by.get(column)  # type: ignore[call-overload]
        return bool(key and getattr(thresholds, key))

    def weight_for(self, column: str, thresholds: Any) -> Weight:
        """Its class for a drug under the clinic's thresholds, recency apart."""
        if self.is_excluded_by(thresholds, column):
            return "ABS"
        return self.classes[column]  # type: ignore[index]


class System(BaseModel):
    """A group of contraindications, as the checklist shows them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str


class Contraindications(BaseModel):
    """The whole table of DOMAIN 3.2."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["courseline-contraindications-1"]
    version: str
    systems: list[System]
    contraindications: list[Contraindication]
    references: dict[str, str]


class Indication(Entry):
    """What is treated (DOMAIN 3.1)."""

    code: Code
    is_urgent: bool = False


class Criterion(Entry):
    """One criterion of inclusion (DOMAIN 3.1)."""

    code: Code
    kind: Literal["HARD", "SOFT"]
    clears: str
    computed: bool = False
    question: bool = False
    only_for: list[str] = []
    # Scores of other instruments that stand for the threshold’s PHQ-9.
    equivalents: dict[str, int] = {}

    def holds_for(self, indication: str) -> bool:
        """Whether it is asked of patients with that indication."""
        return not self.only_for or indication in self.only_for


class Question(Entry):
    """Something to know that excludes nobody, and that other rules go by."""

    code: Code


class Criteria(BaseModel):
    """The whole table of DOMAIN 3.1, payers apart."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["courseline-criteria-1"]
    version: str
    indications: list[Indication]
    criteria: list[Criterion]
    questions: list[Question]
    references: dict[str, str]


@cache
def contraindications() -> Contraindications:
    """The contraindications and cautions that are shipped."""
    text = (DATA / "contraindications.json").read_text("utf-8")
    return Contraindications.model_validate_json(text)


@cache
def criteria() -> Criteria:
    """The indications and criteria that are shipped."""
    return Criteria.model_validate_json((DATA / "criteria.json").read_text("utf-8"))


@cache
def by_code() -> dict[str, Contraindication]:
    """Contraindications by their code."""
    return {one.code: one for one in contraindications().contraindications}


def version() -> str:
    """Which data a decision went by."""
    return contraindications().version


def answered() -> list[Contraindication]:
    """Contraindications that somebody answers, in the order of the checklist."""
    return [one for one in contraindications().contraindications if one.computed is None]


def questions() -> list[Criterion | Question]:
    """Criteria and questions that somebody answers."""
    asked = [one for one in criteria().criteria if one.question]
    return [*asked, *criteria().questions]


def label_of(code: str) -> str:
    """What people call a code; the code itself where it is not known."""
    found: dict[str, Entry] = {one.code: one for one in contraindications().contraindications}
    found |= {one.code: one for one in criteria().criteria}
    found |= {one.code: one for one in criteria().questions}
    return found[code].label if code in found else code


def indication_label(code: str) -> str:
    """What people call an indication; the code itself where it is not known."""
    found = {one.code: one.label for one in criteria().indications}
    return found.get(code, code)
