"""The instruments that come with the product, as files beside this one."""

from functools import lru_cache
from pathlib import Path

from courses.instruments.format import Instrument

SHIPPED = Path(__file__).parent / "files"


class UnknownInstrument(LookupError):
    """There is no instrument of this code and version."""


@lru_cache(maxsize=1)
def _shipped() -> dict[tuple[str, str], Instrument]:
    read = [Instrument.model_validate_json(file.read_bytes()) for file in SHIPPED.glob("*.json")]
    return {(found.code, found.version): found for found in read}


@lru_cache(maxsize=1)
def instruments() -> tuple[Instrument, ...]:
    """The newest version of every instrument, by name."""
    newest: dict[str, Instrument] = {}
    for found in sorted(_shipped().values(), key=lambda each: int(each.version)):
        newest[found.code] = found
    return tuple(sorted(newest.values(), key=lambda each: each.name))


def instrument(code: str, version: str | None = None) -> Instrument:
    """The instrument, in its newest version unless one is named; raise UnknownInstrument."""
    if version is None:
        found = next((each for each in instruments() if each.code == code), None)
    else:
        found = _shipped().get((code, version))
    if found is None:
        raise UnknownInstrument(code)
    return found
