"""What the editor's pages show of a version."""

import json
from dataclasses import dataclass
from typing import Any

from courses.editor.faults import Fault, faults_of
from courses.editor.lines import Change, Section, changes_between, sections_of
from courses.models import ProtocolVersion
from courses.protocols import DefinitionError, ProtocolDefinition, read_definition


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A version in words; without sections where its draft cannot be read yet."""

    version: ProtocolVersion
    faults: list[Fault]
    sections: list[Section]
    before: ProtocolVersion | None
    changes: list[Change]
    references: dict[str, str]

    @property
    def defaults(self) -> int:
        """How many lines have no authority of their own."""
        return sum(line.is_default for _, lines in self.sections for line in lines)


def version_page(version: ProtocolVersion, before: ProtocolVersion | None) -> VersionPage:
    """The version in words, compared with another."""
    definition = _readable(version)
    other = _readable(before) if before else None
    return VersionPage(
        version=version,
        faults=faults_of(version.definition) if version.is_draft else [],
        sections=sections_of(definition) if definition else [],
        before=before,
        changes=changes_between(other, definition) if definition and other else [],
        references=_references(definition, other),
    )


def _readable(version: ProtocolVersion) -> ProtocolDefinition | None:
    try:
        return read_definition(version.definition)
    except DefinitionError:
        return None


def _references(*definitions: ProtocolDefinition | None) -> dict[str, str]:
    known = {"gk": "General knowledge: no document was found; check it before you rely on it"}
    for definition in definitions:
        known |= definition.references if definition else {}
    return known


def as_text(definition: dict[str, Any]) -> str:
    """The definition as people edit it, its parts in the order of the format."""
    order = {name: at for at, name in enumerate(ProtocolDefinition.model_fields)}
    parts = sorted(definition, key=lambda name: order.get(name, len(order)))
    return json.dumps({name: definition[name] for name in parts}, ensure_ascii=False, indent=2)
