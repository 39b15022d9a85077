"""One line of what a definition says."""

from dataclasses import dataclass

from courses.protocols import Source


@dataclass(frozen=True, slots=True)
class Line:
    """Something that a definition says, and where it comes from.

    `key` names it within its section, whatever its place in a list.
    """

    key: str
    label: str
    value: str
    source: Source | None = None

    @property
    def is_default(self) -> bool:
        """Whether no authority stands behind it but who signs it."""
        return self.source is not None and "dd" in self.source.authority.split(", ")

    @property
    def marks(self) -> list[str]:
        """The authorities that it names, without the mark of a design default."""
        if self.source is None:
            return []
        return [mark for mark in self.source.authority.split(", ") if mark != "dd"]

    def says_as(self, other: "Line | None") -> bool:
        """Whether the other says the same, on the same authority."""
        if other is None or self.value != other.value:
            return False
        mine = self.source.authority if self.source else ""
        return mine == (other.source.authority if other.source else "")
