"""The form of a draft: filled with what the draft says, and read back into a definition. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from courses.editor.faults import Fault
from courses.editor.fields import ABSENT, Field, Shown, put_at, read, show, value_at
from courses.editor.groups import Group, Row, Rows
from courses.editor.layout import layout_of, rows_of
from courses.editor.sources import renumbered
from courses.protocols import shipped_definitions

Sent = Mapping[str, Sequence[str]]
Typed = list[tuple[Field, Any]]
# What is taken away with its first field, and what a visit of each kind is called if it is new.
_OPTIONAL = {
    "/dose": "/dose/basis",
    "/vitals": "/vitals/minutes",
    "/observation": "/observation/minutes",
    "/maintenance": "/maintenance/ladder_days",
    "/integration": "/integration/after",
}
_TALKS = {"/preparation": "prep", "/integration": "integration"}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with what its fields hold; `remove` is the name of the box that takes it away."""

    fields: list[Shown]
    legend: str
    remove: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group with its rows, and the faults that belong to no single field."""

    group: Group
    rows: list[ShownRow]
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ShownForm:
    """The whole form, and the faults that belong to no group."""

    groups: list[ShownGroup]
    faults: list[Fault]


def filled(data: dict[str, Any], faults: Sequence[Fault] = ()) -> ShownForm:
    """The form with what the draft says, and each fault beside the field that it is about."""
    rest = list(faults)
    groups = []
    for group in layout_of(data):
        rows = [*group.rows, *(row for one in group.lists for row in rows_of(one, data))]
        shown = [_shown_row(row, group, data, rest) for row in rows]
        groups.append(ShownGroup(group, shown, _loose(group, rows, rest)))
    return ShownForm(groups, rest)


def _shown_row(row: Row, group: Group, data: dict[str, Any], rest: list[Fault]) -> ShownRow:
    fields = [
        Shown(one, show(one, value_at(data, one.path)), _take(rest, one)) for one in row.fields
    ]
    is_held = row.number is not None and not row.is_new
    remove = f"{_place_of(row, group)}/{row.number}/remove" if is_held else ""
    return ShownRow(fields, row.legend, _name(remove), row.is_new)


def _place_of(row: Row, group: Group) -> str:
    first = row.fields[0].path
    return next(one.path for one in group.lists if first.startswith(f"{one.path}/"))


def _name(path: str) -> str:
    return path.removeprefix("/").replace("/", ".")


def _take(rest: list[Fault], asked: Field) -> tuple[str, ...]:
    """The faults at the field or within it; they are taken off the rest."""
    mine = [one for one in rest if f"{one.path}/".startswith(f"{asked.path}/")]
    for one in mine:
        rest.remove(one)
    return tuple(one.text for one in mine)


def _loose(group: Group, rows: Sequence[Row], rest: list[Fault]) -> list[str]:
    """The faults of a row or a part of the group as a whole; they are taken off the rest."""
    places = {one.path for row in rows for one in row.fields}
    mine = [one for one in rest if one.path and any(p.startswith(f"{one.path}/") for p in places)]
    for one in mine:
        rest.remove(one)
    return [one.text for one in mine]


def applied(data: Mapping[str, Any], sent: Sent) -> dict[str, Any]:
    """The definition after what was typed; `data` stays as it is."""
    new = deepcopy(dict(data))
    for group in layout_of(new):
        for row in group.rows:
            for one in row.fields:
                put_at(new, one.path, read(one, sent))
        for rows in group.lists:
            _write_rows(new, rows, sent)
    _tidy(new)
    return new


def _write_rows(new: dict[str, Any], rows: Rows, sent: Sent) -> None:
    held = value_at(new, rows.path) or []
    kept: list[Any] = []
    moved: dict[int, int] = {}
    for row in rows_of(rows, new):
        number = row.number or 0
        typed = [(one, read(one, sent)) for one in row.fields]
        if _is_given(row, rows, typed, sent):
            moved[number] = len(kept)
            kept.append(_row(held[number] if number < len(held) else {}, rows, number, typed))
    put_at(new, rows.path, kept or ABSENT)
    if isinstance(new.get("sources"), list):
        new["sources"] = renumbered(new["sources"], rows.path, moved)


def _is_given(row: Row, rows: Rows, typed: Typed, sent: Sent) -> bool:
    if sent.get(_name(f"{rows.path}/{row.number}/remove")):
        return False
    return not row.is_new or any(value not in (ABSENT, "") for _, value in typed)


def _row(before: Any, rows: Rows, number: int, typed: Typed) -> dict[str, Any]:
    row: dict[str, Any] = deepcopy(before) if isinstance(before, dict) else {}
    for one, value in typed:
        put_at(row, one.path.removeprefix(f"{rows.path}/{number}"), value)
    return row


def _tidy(new: dict[str, Any]) -> None:
    """Parts without their first field are left out; rows and talks get what they need."""
    for part, first in _OPTIONAL.items():
        if value_at(new, first) is None:
            put_at(new, part, ABSENT)
    _drop_stray_sources(new)
    for part in ("reviews", "assessments"):
        _name_rows(new.get(part) or [])
    for part, kind in _TALKS.items():
        said = new.get(part.removeprefix("/"))
        for row in said if isinstance(said, list) else [said] if said else []:
            if not row.get("visit"):
                row["visit"] = _talk_of(new, kind)


def _drop_stray_sources(new: dict[str, Any]) -> None:
    sources = new.get("sources")
    if isinstance(sources, list):
        new["sources"] = [one for one in sources if value_at(new, one["path"]) is not None]


def _name_rows(rows: list[dict[str, Any]]) -> None:
    """A new row is named after its label, unlike any other."""
    names = {row.get("name") for row in rows}
    for number, row in enumerate(rows, 1):
        if not row.get("name"):
            row["name"] = next(n for n in _names(f"point_{number}") if n not in names)
            names.add(row["name"])


def _names(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}_{number}" for number in range(2, 100))


def _talk_of(new: dict[str, Any], kind: str) -> str:
    """The visit type for talks of a kind; the shipped one where the draft has none."""
    types = new["visit_types"]
    known = next((name for name, visit in types.items() if visit.get("kind") == kind), None)
    if known:
        return str(known)
    for content in shipped_definitions():
        for name, visit in content["visit_types"].items():
            if visit["kind"] == kind:
                types[name] = visit
                return str(name)
    raise LookupError(f"no shipped protocol has a visit of kind {kind}")
