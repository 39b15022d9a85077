"""The JSON file that describes a new organisation, read strictly.

`read_founding` gives back a description that can be made into rows as it is, or raises
`FoundingRefused` with one line per fault, each naming the place in the file.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from clinic.models import Role

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5][05]")
# Clocks change at night: a site is closed until then.
OPENS_AT_LAST = time(4)

WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this file",
    "string_type": "must be a text",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "tuple_type": 'must be a pair such as ["08:00", "18:00"]',
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} entries",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
}
"""Our words for the faults that pydantic finds by itself."""


class FoundingRefused(ValueError):
    """The organisation cannot be made; `faults` has one line each, `path: what is wrong`."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def _fault(text: str) -> PydanticCustomError:
    return PydanticCustomError("fault", "{text}", {"text": text})


# --- Values ---------------------------------------------------------------------------------


def _one_line(value: str) -> str:
    if not value:
        raise _fault("must not be empty")
    if not value.isprintable() or value != value.strip():
        raise _fault("must be one line, without spaces at its ends")
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise _fault("must be an IANA time zone such as America/New_York")
    return value


def _grid(value: int) -> int:
    if value not in (5, 15):
        raise _fault("must be 5 or 15")
    return value


def _clock(value: Any) -> time:
    if not isinstance(value, str) or not CLOCK.fullmatch(value):
        raise _fault('must be a time on five minutes, from "00:00" to "23:55"')
    return time.fromisoformat(value)


def _date(value: Any) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        day = None
    if day is None or value != day.isoformat():  # one way to write a day: repeats are seen
        raise _fault('must be a date such as "2026-12-25"')
    return day


def _email(value: str) -> str:
    try:
        validate_email(value)
    except DjangoValidationError:
        raise _fault("must be an e-mail address") from None
    return value.lower()


def _kind(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise _fault('must be a word such as "infusion": small letters, digits and _')
    return value


def _forward(pair: tuple[time, time]) -> tuple[time, time]:
    if pair[0] >= pair[1]:
        raise _fault("must end after it starts")
    return pair


def _by_day(pair: tuple[time, time]) -> tuple[time, time]:
    if pair[0] < OPENS_AT_LAST:
        raise _fault("must start at 04:00 or later: a site is closed at night")
    return pair


def _apart(pairs: list[tuple[time, time]]) -> list[tuple[time, time]]:
    if any(later[0] < sooner[1] for sooner, later in pairwise(sorted(pairs))):
        raise _fault("two of these times overlap")
    return pairs


# After the length, which is as long as the column takes.
ONE_LINE = AfterValidator(_one_line)
Name = Annotated[str, Field(max_length=120), ONE_LINE]
Clock = Annotated[time, PlainValidator(_clock)]
Stretch = Annotated[tuple[Clock, Clock], AfterValidator(_forward)]
ByDay = Annotated[Stretch, AfterValidator(_by_day)]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Shifts = dict[DayName, Annotated[list[Stretch], AfterValidator(_apart)]]
Hours = dict[DayName, Annotated[list[ByDay], AfterValidator(_apart)]]
LocalDate = Annotated[date, PlainValidator(_date)]
Kind = Annotated[str, Field(max_length=30), AfterValidator(_kind)]


# --- Parts ----------------------------------------------------------------------------------


class Part(BaseModel):
    """Strict and frozen: no unknown field, no silent conversion, no change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RoomPart(Part):
    """A room and what can be done in it, in the words of protocols."""

    name: Annotated[str, Field(max_length=60), ONE_LINE]
    kinds: Annotated[list[Kind], Field(min_length=1)]


class ClosurePart(Part):
    """A date on which a site is closed all day."""

    on: LocalDate
    reason: Name | None = None


class SitePart(Part):
    """A place where patients come; a weekday without hours is closed."""

    name: Name
    timezone: Annotated[str, AfterValidator(_zone)]
    address: Annotated[str, Field(max_length=240), ONE_LINE]
    phone: Annotated[str, Field(max_length=40), ONE_LINE]
    grid_minutes: Annotated[int, AfterValidator(_grid)] = 15
    soft_doses_per_day: Annotated[int, Field(ge=1, le=1000)] | None = None
    hours: Hours
    closures: list[ClosurePart] = []
    rooms: list[RoomPart]


class PostPart(Part):
    """What somebody is at one site, and when they work there."""

    site: str
    roles: Annotated[list[Role], Field(min_length=1)]
    shifts: Shifts = {}


class PersonPart(Part):
    """Somebody who works here; an e-mail makes them an account."""

    name: Name
    email: Annotated[str, Field(max_length=254), AfterValidator(_email)] | None = None
    capacity: Annotated[int, Field(ge=1, le=1000)] = 1
    sites: Annotated[list[PostPart], Field(min_length=1)]


class Founding(Part):
    """A whole organisation, as the file describes it."""

    format: Literal["courseline-organization-1"]
    name: Name
    sender_name: Annotated[str, Field(max_length=80), ONE_LINE]
    sites: Annotated[list[SitePart], Field(min_length=1)]
    staff: Annotated[list[PersonPart], Field(min_length=1)]


# --- Reading --------------------------------------------------------------------------------


def read_founding(text: str, *, also: Callable[[Any], Iterable[str]]) -> Founding:
    """The description in the text; FoundingRefused names every fault, those of `also` included.

    `also` gets the JSON before anybody has checked its shape.
    """
    data = _decoded(text)
    faults = [*_tangles(data), *also(data)]
    try:
        founding = Founding.model_validate_json(text)
    except ValidationError as exc:
        faults = [*map(_said, exc.errors(include_url=False)), *faults]
    if faults:
        raise FoundingRefused(faults)
    return founding


def _decoded(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as exc:
        raise FoundingRefused([f"$: is not JSON: {exc}"]) from exc


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a name that occurs twice the parser would silently drop the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{twice}” occurs twice in one object")
    return found


def _said(entry: ErrorDetails) -> str:
    """One fault as `$.staff[2].capacity: must be …`."""
    text = WORDS.get(entry["type"], entry["msg"]).format(**entry.get("ctx", {}))
    steps = [step for step in entry["loc"] if step != "[key]"]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return f"${path}: {text}"


# --- What must hold between parts, judged even where a part is faulty -----------------------


def rows(part: Any, name: str) -> list[tuple[int, dict[str, Any]]]:
    """The numbered objects of a list that may not be one."""
    value = part.get(name) if isinstance(part, dict) else None
    found = enumerate(value if isinstance(value, list) else [])
    return [(number, row) for number, row in found if isinstance(row, dict)]


def _tangles(data: Any) -> Iterator[str]:
    sites, staff = rows(data, "sites"), rows(data, "staff")
    yield from _repeats("$.sites", sites, "name")
    for number, site in sites:
        yield from _repeats(f"$.sites[{number}].rooms", rows(site, "rooms"), "name")
        yield from _repeats(f"$.sites[{number}].closures", rows(site, "closures"), "on")
    yield from _repeats("$.staff", staff, "email")
    names = {site.get("name") for _, site in sites if isinstance(site.get("name"), str)}
    for number, person in staff:
        yield from _stray_posts(f"$.staff[{number}].sites", rows(person, "sites"), names)
    if staff and not any(person.get("email") for _, person in staff):
        yield "$.staff: give somebody an e-mail, or nobody can sign in"


def _repeats(path: str, parts: list[tuple[int, dict[str, Any]]], key: str) -> Iterator[str]:
    seen = set()
    for number, part in parts:
        value = part.get(key)
        if not isinstance(value, str):
            continue
        if value.casefold() in seen:
            yield f"{path}[{number}].{key}: “{value}” is here already"
        seen.add(value.casefold())


def _stray_posts(
    path: str, posts: list[tuple[int, dict[str, Any]]], names: set[Any]
) -> Iterator[str]:
    yield from _repeats(path, posts, "site")
    for number, post in posts:
        site = post.get("site")
        if isinstance(site, str) and site not in names:
            yield f"{path}[{number}].site: there is no site “{site}” in this file"
