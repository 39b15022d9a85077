"""A consent's text as its writers type it, and what is filled in below it on paper.

An empty line ends a paragraph; `## ` stands before a heading, `- ` before a point.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

HEADING, POINT = "## ", "- "

# What stands below a text that is signed on paper, by its language; the first by its kind.
LINES = {
    "en": {
        "TREATMENT": "Medicine and route",
        "RELEASE": "To whom, and what for",
        "ESCORT_CONTACT": "Escort",
        "when": "Place and date",
        "who": "Signature of the patient or a legal representative, and the name",
        "seen": "Seen by (staff)",
    },
    "es": {
        "TREATMENT": "Medicamento y vía",
        "RELEASE": "A quién y para qué",
        "ESCORT_CONTACT": "Acompañante",
        "when": "Lugar y fecha",
        "who": "Firma de la persona o de su representante legal, y el nombre",
        "seen": "Visto por (personal de la clínica)",
    },
}


def lines_to_fill(kind: str, language: str) -> list[str]:
    """What is filled in by hand below the text, in its language."""
    words = LINES.get(language, LINES["en"])
    return [words[name] for name in (kind, "when", "who", "seen") if name in words]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph, or else a list of points."""

    words: str = ""
    is_heading: bool = False
    points: list[str] = field(default_factory=list)


def blocks(body: str) -> Iterator[Block]:
    """What the text is made of, in its order."""
    lines = (line.strip() for line in body.splitlines())
    for kind, group in groupby(lines, key=_kind):
        if kind == HEADING:
            yield from (Block(line.removeprefix(HEADING), is_heading=True) for line in group)
        elif kind == POINT:
            yield Block(points=[line.removeprefix(POINT) for line in group])
        elif kind:
            yield Block(" ".join(group))


def _kind(line: str) -> str:
    return next((mark for mark in (HEADING, POINT) if line.startswith(mark)), line and "words")
