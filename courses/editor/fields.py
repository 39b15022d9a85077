"""Fields of the draft's form: how a value of the definition is shown, and read back. Pure.

What cannot be read stays as it was typed, so that nothing is lost; the format then names the fault.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from courses.editor import words

Kind = Literal[
    "text", "long", "number", "numbers", "pair", "choice", "choices", "names", "check", "after"
]
# A field of the definition that is left out.
ABSENT = object()
_WHOLE = re.compile(r"^-?\d{1,9}$")
_DECIMAL = re.compile(r"^-?\d{1,9}[.,]\d{1,6}$")


@dataclass(frozen=True, slots=True)
class Field:
    """One input or a few, for the value at a JSON pointer."""

    path: str
    label: str
    kind: Kind = "number"
    unit: str = ""
    help: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its input."""
        return self.path.removeprefix("/").replace("/", ".")


@dataclass(frozen=True, slots=True)
class Shown:
    """A field with what it holds, and what is wrong with that."""

    field: Field
    value: Any
    faults: tuple[str, ...] = ()


def read(asked: Field, sent: Mapping[str, Sequence[str]]) -> Any:
    """The value that was typed, or ABSENT."""
    values = [value.strip() for value in sent.get(asked.name, [])]
    first = values[0] if values else ""
    if asked.kind in ("choices", "pair", "after"):
        return _several(asked, first, values)
    return _one(asked, first)


def _one(asked: Field, typed: str) -> Any:
    match asked.kind:
        case "text" | "long":
            return typed.replace("\r\n", "\n")
        case "number":
            return number_in(typed) if typed else ABSENT
        case "numbers":
            return [number_in(part) for part in _parts(typed)] or ABSENT
        case "names":
            return [_code_of(part, asked.options) for part in _parts(typed)] or ABSENT
        case "check":
            return True if typed else ABSENT
    return typed or ABSENT


def _several(asked: Field, first: str, values: list[str]) -> Any:
    if asked.kind == "pair":
        return _pair(values)
    if asked.kind == "after":
        return _after(first, values)
    return [code for code in asked.options if code in values] or ABSENT


def _pair(values: list[str]) -> Any:
    return [number_in(value) for value in values[:2]] if any(values) else ABSENT


def _after(first: str, values: list[str]) -> Any:
    """After each, after every other, or a list of doses, which the second input holds."""
    if first != "listed":
        return first or ABSENT
    return [number_in(part) for part in _parts(values[1] if len(values) > 1 else "")]


def number_in(text: str) -> int | float | str:
    """The number that a text holds, or the text."""
    if _WHOLE.match(text):
        return int(text)
    return float(text.replace(",", ".")) if _DECIMAL.match(text) else text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;]", text) if part.strip()]


def _code_of(text: str, names: Mapping[str, str]) -> str:
    """The code that a name stands for, however it is written."""
    plain = _plain(text)
    return next((c for c, name in names.items() if plain in (_plain(c), _plain(name))), text)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def show(asked: Field, value: Any) -> Any:
    """What the field's inputs hold for a value; None means that it is absent."""
    match asked.kind:
        case "check":
            return bool(value)
        case "pair":
            rows = value if isinstance(value, list) else [value]
            return [_text(one) for one in [*rows, None, None][:2]]
        case "numbers":
            return ", ".join(_text(one) for one in _list(value))
        case "names":
            return ", ".join(asked.options.get(str(one), str(one)) for one in _list(value))
        case "choices":
            return [str(one) for one in _list(value)]
        case "after":
            return _shown_after(value)
        case _:
            return _text(value)


def _shown_after(value: Any) -> dict[str, str]:
    if isinstance(value, list):
        return {"word": "listed", "doses": ", ".join(_text(one) for one in value)}
    return {"word": _text(value), "doses": ""}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else ([] if value is None else [value])


def _text(value: Any) -> str:
    if value is None:
        return ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return words.number(value) if is_number else str(value)


def value_at(whole: Any, pointer: str) -> Any:
    """The value at a JSON pointer; None where there is nothing."""
    for step in pointer.removeprefix("/").split("/"):
        try:
            whole = whole[int(step)] if isinstance(whole, list) else whole[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return whole


def put_at(whole: Any, pointer: str, value: Any) -> None:
    """Put a value at a JSON pointer, or take it away where it is ABSENT; makes what leads there."""
    *way, last = pointer.removeprefix("/").split("/")
    for step in way:
        if isinstance(whole, list):
            whole = whole[int(step)]
        elif value is ABSENT and step not in whole:
            return
        else:
            whole = whole.setdefault(step, {})
    if isinstance(whole, list):
        whole[int(last)] = value
    elif value is ABSENT:
        whole.pop(last, None)
    else:
        whole[last] = value
