"""What the summary says; plain values, ready to be printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from courses.curves.rules import Curve


@dataclass(frozen=True, slots=True)
class Release:
    """To whom the page goes, and which consent covers that."""

    recipient: str
    signed_on: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """Whose course it is."""

    name: str
    birth_date: date


@dataclass(frozen=True, slots=True)
class Letterhead:
    """From whom the page comes."""

    organization: str
    site: str
    address: str
    phone: str
    is_letter_size: bool


@dataclass(frozen=True, slots=True)
class DoseLine:
    """One dose."""

    label: str
    on: date
    detail: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something of note that happened."""

    on: date
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything on the page."""

    head: Letterhead
    release: Release
    person: Person
    protocol: str
    course: Sequence[tuple[str, str]]
    doses: Sequence[DoseLine]
    curves: Sequence[Curve]
    response: Sequence[str]
    events: Sequence[EventLine]
    plan: Sequence[str]
    made_by: str
    made_at: datetime
    made_on: date
