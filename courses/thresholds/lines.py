"""What the pages and the API show of each threshold: its value, what it was, who stands for it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from courses.models import ThresholdVersion
from courses.thresholds.catalogue import Key, Thresholds, Value, catalogue


@dataclass(frozen=True, slots=True)
class Line:
    """One threshold at some version, beside its value at another."""

    key: Key
    value: Value
    before: Value
    # Signed by a medical director of the organisation, whatever DOMAIN's default is.
    is_signed: bool

    @property
    def is_changed(self) -> bool:
        """Whether the two versions differ here."""
        return self.value != self.before

    @property
    def is_default(self) -> bool:
        """Whether the value is the one that DOMAIN gives."""
        return self.value == self.key.default

    @property
    def stands(self) -> str:
        """Who stands for the value, in words."""
        if self.is_signed:
            return "Signed"
        if not self.is_default:
            return "Not signed yet"
        return "From the literature" if self.key.has_authority else "Default without authority"

    @property
    def source(self) -> str:
        """The document's mark; none for a default that nobody stands for."""
        has_one = self.key.has_authority and self.is_default
        return self.key.authority if has_one else ""


def lines(
    shown: Thresholds, *, before: Thresholds | None = None, version: ThresholdVersion | None = None
) -> list[Line]:
    """Every threshold in the order of the page, compared with another version."""
    is_signed = bool(version and version.signed_at)
    other = before or shown
    return [
        Line(
            key,
            getattr(shown, name),
            getattr(other, name),
            is_signed and name not in shown.unsigned,
        )
        for name, key in catalogue().items()
    ]


def by_group(of: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The lines under their headings."""
    return list(_groups(of))


def _groups(of: Iterable[Line]) -> Iterator[tuple[str, list[Line]]]:
    order = list(dict.fromkeys(key.group for key in catalogue().values()))
    ranked = sorted(of, key=lambda line: order.index(line.key.group))
    for group, found in groupby(ranked, key=lambda line: line.key.group):
        yield group, list(found)


def values_of(thresholds: Thresholds) -> Mapping[str, Any]:
    """The values by key, to begin a draft with."""
    return {name: getattr(thresholds, name) for name in catalogue()}
