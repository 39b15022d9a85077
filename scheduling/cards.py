"""Protocols as cards: what a receptionist needs to choose, and which values have no authority."""

from dataclasses import dataclass

from courses.models import ProtocolVersion
from courses.protocols import DoseBlock, ProtocolDefinition, Source
from courses.selectors import definition_of

# How the clinical reference marks a value that was only chosen so that software can run.
DESIGN_DEFAULT = "dd"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a protocol in words; `is_default` when no authority stands behind it."""

    icon: str
    text: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class ProtocolCard:
    """What a protocol is chosen by."""

    version: ProtocolVersion
    definition: ProtocolDefinition
    figures: list[Figure]
    defaults: list[Source]


def protocol_card(version: ProtocolVersion) -> ProtocolCard:
    """The card of one published version."""
    definition = definition_of(version)
    return ProtocolCard(
        version=version,
        definition=definition,
        figures=[
            *_dose_figures(definition),
            *_length_figures(definition),
            *_talk_figures(definition),
        ],
        defaults=[source for source in definition.sources if _is_default(source)],
    )


def _is_default(source: Source) -> bool:
    return DESIGN_DEFAULT in source.authority.split(", ")


def has_no_authority(definition: ProtocolDefinition, path: str) -> bool:
    """Whether the nearest mark above or at the path, or one below it, is a design default."""
    above = [s for s in definition.sources if path == s.path or path.startswith(f"{s.path}/")]
    below = [s for s in definition.sources if s.path.startswith(f"{path}/")]
    nearest = max(above, key=lambda source: len(source.path), default=None)
    return any(_is_default(source) for source in ([nearest] if nearest else below))


def _dose_figures(definition: ProtocolDefinition) -> list[Figure]:
    number = definition.planned_doses
    label = definition.visit_types[definition.blocks[0].visit].label.lower()
    found = [
        Figure(
            "droplets",
            f"{number} {label}{'s' if number != 1 else ''}",
            has_no_authority(definition, "/blocks/0/doses"),
        )
    ]
    for at, block in enumerate(definition.blocks):
        if block.gaps and (block.doses or block.plan_ahead):
            words = _gap_words(block, len(definition.blocks))
            is_default = has_no_authority(definition, f"/blocks/{at}/gaps/0/min_days")
            found.append(Figure("between-horizontal-start", words, is_default))
    return found


def _gap_words(block: DoseBlock, blocks: int) -> str:
    low = min(gap.min_days for gap in block.gaps)
    high = max(gap.max_days for gap in block.gaps)
    days = f"{low} to {high} days apart"
    return f"{days} ({block.label[:1].lower()}{block.label[1:]})" if blocks > 1 else days


def _length_figures(definition: ProtocolDefinition) -> list[Figure]:
    name = definition.blocks[0].visit
    hours, minutes = divmod(definition.visit_types[name].minutes, 60)
    words = f"{hours} h {minutes:02d} a visit" if hours else f"{minutes} min a visit"
    found = [Figure("clock", words, has_no_authority(definition, f"/visit_types/{name}/phases"))]
    if definition.spans:
        last = max(definition.spans, key=lambda span: span.to_dose)
        path = f"/spans/{definition.spans.index(last)}"
        words = f"over at most {last.max_days} days"
        found.append(Figure("calendar-range", words, has_no_authority(definition, path)))
    return found


def _talk_figures(definition: ProtocolDefinition) -> list[Figure]:
    found = []
    if before := len(definition.preparation):
        words = f"{before} preparation visit{'s' if before > 1 else ''} before"
        found.append(Figure("message-circle", words, has_no_authority(definition, "/preparation")))
    if after := len(definition.integrations(definition.planned_doses)):
        path = "/integration/after"
        words = f"{after} integration visit{'s' if after > 1 else ''} after"
        found.append(Figure("sprout", words, has_no_authority(definition, path)))
    return found
