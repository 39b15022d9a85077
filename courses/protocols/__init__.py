"""Protocols as data: their format, what follows from it, and the ones that are shipped."""

from courses.protocols.format import (
    DefinitionError,
    Dose,
    ProtocolDefinition,
    read_definition,
)
from courses.protocols.parts import (
    DoseBlock,
    Gap,
    Integration,
    Phase,
    Preparation,
    Source,
    Span,
    VisitType,
)
from courses.protocols.shipped import shipped_definitions

__all__ = [
    "DefinitionError",
    "Dose",
    "DoseBlock",
    "Gap",
    "Integration",
    "Phase",
    "Preparation",
    "ProtocolDefinition",
    "Source",
    "Span",
    "VisitType",
    "read_definition",
    "shipped_definitions",
]
