"""Groups, rows and lists of fields in the form of a draft."""

from collections.abc import Callable
from dataclasses import dataclass, field

from courses.editor.fields import Field

Fields = Callable[[str, dict[str, str]], list[Field]]


@dataclass(frozen=True, slots=True)
class Row:
    """Fields that belong together; `number` is the row's place in its list."""

    fields: list[Field]
    legend: str = ""
    number: int | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of the definition whose rows may be added and removed."""

    path: str
    fields: Fields
    legend: str
    spare: int = 1
    most: int = 40


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under a heading: fixed ones, and lists of rows."""

    title: str
    anchor: str
    rows: list[Row] = field(default_factory=list)
    lists: list[Rows] = field(default_factory=list)
    help: str = ""
