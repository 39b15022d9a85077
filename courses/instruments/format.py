"""The shape of an instrument's file: items, ranges, scoring, bands and thresholds as data.

Where the holder of the rights does not let the text ship, items have no text, and people enter
what their own licensed copy gave. A version never changes once it has been used.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from courses.protocols.parts import Part, Source

Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=20)]
Key = Annotated[str, Field(pattern=r"^[0-9]{1,2}[A-G]?$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Text = dict[Language, Annotated[str, Field(min_length=1, max_length=600)]]
Answer = Annotated[int, Field(ge=0, le=100)]
# What a scale is a measure of.
Construct = Literal[
    "depression",
    "anxiety",
    "ptsd",
    "ocd",
    "suicidality",
    "functioning",
    "dissociation",
    "substance_use",
    "global",
]


class Anchor(Part):
    """One answer that can be given, with its official words."""

    value: Answer
    text: Text


class Condition(Part):
    """An item's answer of at least so much."""

    item: Key
    at_least: Answer


class Item(Part):
    """One question; without `text` only its number may be shown."""

    key: Key
    min: Answer = 0
    max: Answer
    text: Text = {}
    anchors: str | None = None
    is_scored: bool = True
    # It may be left out where it does not apply (not working, retired).
    may_not_apply: bool = False
    # Asked only where this other answer was given.
    asked_if: Condition | None = None


class Band(Part):
    """A range of totals, from `at_least` up to the next band."""

    code: Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=20)]
    label: Annotated[str, Field(min_length=1, max_length=60)]
    at_least: Answer


class Level(Part):
    """A result that holds as soon as one of its conditions does."""

    code: Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=20)]
    label: Annotated[str, Field(min_length=1, max_length=60)]
    any: list[Condition] = []


class Subscale(Part):
    """A part of the items that has a figure of its own.

    An item counts as a symptom from `symptom_at`; the instrument's rule asks for
    `symptoms_needed` of them.
    """

    code: Annotated[str, Field(pattern=r"^[A-Za-z_]+$", max_length=24)]
    label: Annotated[str, Field(min_length=1, max_length=60)]
    items: Annotated[list[Key], Field(min_length=1)]
    how: Literal["sum", "max"] = "sum"
    symptom_at: Answer | None = None
    symptoms_needed: Answer | None = None


class Variant(Part):
    """The same items asked about another period; its figures are not compared with the usual."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=12)]
    label: Annotated[str, Field(min_length=1, max_length=60)]
    recall_days: Annotated[int, Field(ge=1, le=366)] | None = None


class SafetyLevel(Part):
    """How urgent it is as soon as one of its conditions holds."""

    level: Literal["ALERT", "URGENT", "HIGH"]
    any: Annotated[list[Condition], Field(min_length=1)]


class SafetyRule(Part):
    """What somebody has to be told at once (DOMAIN 5.9); the most urgent level comes first."""

    rule: Code
    label: Annotated[str, Field(min_length=1, max_length=60)]
    levels: Annotated[list[SafetyLevel], Field(min_length=1)]


class Instrument(Part):
    """A rating scale; `code` and `version` name it in every assessment."""

    format: Literal["courseline-instrument-1"]
    code: Code
    version: Annotated[str, Field(pattern=r"^[0-9]+$", max_length=8)]
    name: Annotated[str, Field(max_length=20)]
    title: Annotated[str, Field(max_length=100)]
    may_ship: bool
    licence: Annotated[str, Field(max_length=300)]
    measures: Construct
    rater: Literal["self", "clinician", "either"]
    # Days that the questions look back, where they name a period.
    recall_days: Annotated[int, Field(ge=1, le=366)] | None
    recall: Annotated[str, Field(max_length=60)]
    variants: list[Variant] = []
    direction: Literal["lower_is_better"] | None
    # Languages in which the text ships.
    languages: list[Language] = []
    prompt: Text = {}
    # One item may ask for other words before it (how difficult it has been).
    anchors: dict[str, Annotated[list[Anchor], Field(min_length=2)]] = {}
    items: Annotated[list[Item], Field(min_length=1)]
    # Items of which only the highest counts; every other scored item counts by itself.
    domains: list[Annotated[list[Key], Field(min_length=2)]] = []
    # People answer one item or the other.
    twins: list[tuple[Key, Key]] = []
    total: tuple[Answer, Answer] | None
    # So many scored items may be missing; the total is then prorated, rounded half up.
    most_missing: Annotated[int, Field(ge=0, le=5)] = 0
    bands: list[Band] = []
    levels: list[Level] = []
    subscales: list[Subscale] = []
    rule_flag: Code | None = None
    cut_offs: list[Answer] = []
    safety: list[SafetyRule] = []
    remission_max: Answer | None = None
    response_percent: Decimal | None = None
    mcid: Decimal | None = None
    sources: list[Source] = []
    references: dict[str, str] = {}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if faults := [*self._unknown_items(), *self._bad_texts(), *self._bad_ranges()]:
            raise ValueError("\n".join(faults))
        return self

    def _unknown_items(self) -> Iterator[str]:
        known = {item.key for item in self.items}
        if len(known) < len(self.items):
            yield "two items have the same key"
        for key in self._named_items():
            if key not in known:
                yield f"“{key}” is not an item"

    def _named_items(self) -> Iterator[str]:
        yield from (key for group in (*self.domains, *self.twins) for key in group)
        yield from (key for subscale in self.subscales for key in subscale.items)
        yield from (item.asked_if.item for item in self.items if item.asked_if)
        yield from (condition.item for level in self.levels for condition in level.any)
        yield from self.safety_items

    def _bad_texts(self) -> Iterator[str]:
        for item in self.items:
            if self.may_ship != (set(item.text) == set(self.languages) != set()):
                yield f"item {item.key}: has text in each language, or in none that may not ship"
            if item.anchors is not None and item.anchors not in self.anchors:
                yield f"item {item.key}: “{item.anchors}” is not a set of anchors"

    def _bad_ranges(self) -> Iterator[str]:
        for item in self.items:
            values = [anchor.value for anchor in self.anchors.get(item.anchors or "", [])]
            if values and values != list(range(item.min, item.max + 1)):
                yield f"item {item.key}: its anchors do not cover its range"
        starts = [band.at_least for band in self.bands]
        if starts != sorted(set(starts)):
            yield "bands must ascend"
        if starts and (self.total is None or starts[0] != self.total[0]):
            yield "the first band begins with the lowest total"

    @property
    def safety_items(self) -> frozenset[str]:
        """The items that a safety rule looks at."""
        return frozenset(
            condition.item
            for rule in self.safety
            for level in rule.levels
            for condition in level.any
        )

    @property
    def scored_items(self) -> tuple[Item, ...]:
        """The items from which the result is computed."""
        return tuple(item for item in self.items if item.is_scored)

    def item(self, key: str) -> Item | None:
        """The item of this key, if there is one."""
        return next((item for item in self.items if item.key == key), None)

    def anchors_of(self, item: Item) -> list[Anchor]:
        """The answers that the item has words for."""
        return self.anchors.get(item.anchors or "", [])

    def label_of(self, item: Item, language: str = "en") -> str:
        """The item's words where they may ship, otherwise its number."""
        return item.text.get(language) or f"Item {item.key}"

    def band_label(self, code: str) -> str:
        """What a band or level is called; empty for none."""
        named = {band.code: band.label for band in self.bands}
        named |= {level.code: level.label for level in self.levels}
        return named.get(code, "")
