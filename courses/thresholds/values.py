"""What a version of the thresholds stores: reading it, what is wrong with it, and writing it.

Pure: no Django, no database.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from courses.thresholds.catalogue import Key, Thresholds, Value, catalogue


def default_values() -> dict[str, Value]:
    """DOMAIN's value for every key."""
    return {name: key.default for name, key in catalogue().items()}


def thresholds_from(values: Mapping[str, Any], *, number: int) -> Thresholds:
    """The thresholds that stored values make.

    A key that is newer than they has its default; one that is gone since says nothing.
    """
    known = {name: _read(key, values[name]) for name, key in catalogue().items() if name in values}
    return Thresholds(number=number, unsigned=frozenset(catalogue().keys() - known), **known)


def _read(key: Key, value: Any) -> Any:
    return int(value) if key.is_whole else Decimal(str(value))


def faults_in(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with proposed values, by key; none where each is in its range."""
    found = {name: _fault(key, values.get(name)) for name, key in catalogue().items()}
    strangers = dict.fromkeys(values.keys() - catalogue().keys(), "There is no such threshold.")
    return {name: fault for name, fault in found.items() if fault} | strangers or _crossed(values)


def _fault(key: Key, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "Give a number."
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return "Give a number."
    if not number.is_finite():
        return "Give a number."
    if key.is_whole and number != number.to_integral_value():
        return "Give a whole number."
    if not key.lowest <= number <= key.highest:
        return f"From {key.lowest} to {key.highest} {key.unit}."
    return ""


def _crossed(values: Mapping[str, Any]) -> dict[str, str]:
    if Decimal(str(values["partial_percent"])) >= Decimal(str(values["response_percent"])):
        return {"partial_percent": "A partial response is less than a response."}
    return {}


def stored(values: Mapping[str, Any]) -> dict[str, int | str]:
    """The values as JSON keeps them: whole numbers as such, others as exact text."""
    return {
        name: int(values[name]) if key.is_whole else str(Decimal(str(values[name])))
        for name, key in catalogue().items()
    }
