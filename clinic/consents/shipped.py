"""The texts that every organisation begins with: plain words of our own, without authority.

Each is shown as a default that the clinic puts its own in the place of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "texts"
LANGUAGES = ("en", "es")
# For how many months a consent is good [dd]; none = until it is withdrawn.
VALID_MONTHS = {"TREATMENT": 12, "EMAIL_DETAIL": None, "ESCORT_CONTACT": None, "RELEASE": 12}


@dataclass(frozen=True, slots=True)
class ShippedText:
    """A default text of one kind in one language."""

    kind: str
    language: str
    title: str
    body: str
    valid_months: int | None


def shipped_texts() -> Iterator[ShippedText]:
    """Every default text."""
    for kind, months in VALID_MONTHS.items():
        for language in LANGUAGES:
            words = (FOLDER / f"{kind.lower()}.{language}.txt").read_text("utf-8")
            title, _, body = words.partition("\n")
            yield ShippedText(kind, language, title, body.strip(), months)
