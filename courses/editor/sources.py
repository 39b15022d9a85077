"""Where the numbers of a draft come from, kept true while it is edited. Pure.

A number that somebody changed is no longer what its source says: it becomes the clinic's own, a
default that its medical director stands for by signing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from courses.protocols.format import leads_somewhere

OWN = "dd"
NOTES = {
    "changed": "Set by the clinic. The source of the value before: {before}.",
    "new": "Set by the clinic.",
}
_META = ("sources", "references")


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, int | float]]:
    """Every number below a value, truth values left out, by its JSON pointer."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in items:
            yield from numbers(below, f"{path}/{key}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def unsourced(data: Mapping[str, Any]) -> list[str]:
    """The pointers of numbers that no source covers."""
    return [path for path, _ in numbers(_content(data)) if _nearest(data, path) is None]


def with_sources(data: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The definition, with a source of the clinic's own for each number changed or new.

    `before` is the version that the draft began with; a source that was rewritten since stays.
    """
    old = dict(numbers(_content(before)))
    kept = [row for row in _sources(data) if leads_somewhere(data, row["path"])]
    for path, value in numbers(_content(data)):
        said = _nearest({"sources": kept}, path)
        if said is None:
            kept.append({"path": path, "authority": OWN, "note": NOTES["new"]})
        elif path in old and old[path] != value and _still_says(said, before, path):
            note = NOTES["changed"].format(before=said["authority"])
            kept = _with(kept, {"path": path, "authority": OWN, "note": note})
        elif old.get(path) == value and said["note"] == _would_be(before, path):
            kept = _with(kept, *_at(before, path), path=path)
    return {**data, "sources": kept, "references": _named(data, before, kept)}


def _with(
    sources: list[dict[str, Any]], *rows: dict[str, Any], path: str = ""
) -> list[dict[str, Any]]:
    """The sources with these in place of others at the same pointer."""
    gone = path or rows[0]["path"]
    return [*(row for row in sources if row["path"] != gone), *rows]


def _at(data: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    return [row for row in _sources(data) if row["path"] == path]


def _would_be(before: Mapping[str, Any], path: str) -> str:
    """The note that the value got when it was changed, before it was changed back."""
    was = _nearest(before, path)
    return NOTES["changed"].format(before=was["authority"]) if was else ""


def _still_says(said: Mapping[str, Any], before: Mapping[str, Any], path: str) -> bool:
    """Whether an authority's word from before stands at a value that is no longer its own."""
    if OWN in said["authority"].split(", "):
        return False
    was = _nearest(before, path)
    return was is not None and was["authority"] == said["authority"]


def renumbered(
    sources: list[dict[str, Any]], place: str, moved: Mapping[int, int]
) -> list[dict[str, Any]]:
    """The sources after the rows of a list moved: `moved` maps old to new numbers.

    `place` is the list's pointer. What was said of a row that is gone goes with it.
    """
    found = []
    for source in sources:
        if not source["path"].startswith(f"{place}/"):
            found.append(source)
            continue
        number, _, rest = source["path"].removeprefix(f"{place}/").partition("/")
        if int(number) in moved:
            path = f"{place}/{moved[int(number)]}" + (f"/{rest}" if rest else "")
            found.append({**source, "path": path})
    return found


def _content(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in _META}


def _sources(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = data.get("sources")
    rows = found if isinstance(found, list) else []
    whole = [row for row in rows if isinstance(row, dict) and {"path", "authority"} <= row.keys()]
    return [{"note": "", **row} for row in whole]


def _nearest(data: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    above = [row for row in _sources(data) if f"{path}/".startswith(f"{row['path']}/")]
    return max(above, key=lambda row: len(row["path"]), default=None)


def _named(
    data: Mapping[str, Any], before: Mapping[str, Any], sources: list[dict[str, Any]]
) -> dict[str, str]:
    """The references that some source still names."""
    used = {mark for row in sources for mark in row["authority"].split(", ")}
    known: dict[str, str] = {}
    for one in (before, data):
        references = one.get("references")
        known |= references if isinstance(references, dict) else {}
    return {mark: text for mark, text in known.items() if mark in used}
