"""What payers' authorisations cover: pure arithmetic over dates, visits and devices (DOMAIN 7)."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum


class State(StrEnum):
    """How an authorisation stands on a day."""

    CURRENT = "CURRENT"
    COMING = "COMING"
    USED_UP = "USED_UP"
    OVER = "OVER"
    ENDED = "ENDED"


LABELS = {
    State.CURRENT: "In force",
    State.COMING: "To come",
    State.USED_UP: "Used up",
    State.OVER: "Over",
    State.ENDED: "Withdrawn",
}


class Gap(StrEnum):
    """Why nothing covers a visit."""

    OUTSIDE_DATES = "OUTSIDE_DATES"
    NO_VISITS_LEFT = "NO_VISITS_LEFT"
    NO_UNITS_LEFT = "NO_UNITS_LEFT"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one authorisation grants, for one course or for a drug in any course."""

    key: Hashable
    starts_on: date
    ends_on: date
    visits: int | None = None
    units: int | None = None
    course: Hashable = None
    drug: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A dose that was given, or one that is booked; `units` are the devices that it takes."""

    on: date
    units: int | None = None
    course: Hashable = None
    drug: str = ""


@dataclass(slots=True)
class Spent:
    """What has gone of one authorisation."""

    visits: int = 0
    units: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """What has gone of each authorisation, and for each use why nothing covers it, if so."""

    spent: dict[Hashable, Spent] = field(default_factory=dict)
    gaps: list[Gap | None] = field(default_factory=list)


def devices(amount_mg: Decimal, device_mg: Decimal) -> int:
    """How many devices an amount takes: 56 mg are two of 28 (DOMAIN 2.3)."""
    return int((amount_mg / device_mg).to_integral_value(ROUND_CEILING))


def spread(grants: Iterable[Grant], uses: Sequence[Use]) -> Spread:
    """Take every use, in the order given, from the authorisation that ends first and has enough.

    What none has enough for is taken from the last that holds on the day all the same: it is gone.
    """
    ordered = sorted(grants, key=lambda grant: (grant.ends_on, grant.starts_on, str(grant.key)))
    found = Spread({grant.key: Spent() for grant in ordered})
    for use in uses:
        fitting = [grant for grant in ordered if _is_for(grant, use) and _holds(grant, use.on)]
        enough = next((one for one in fitting if not _lacks(one, found.spent[one.key], use)), None)
        taken = enough or (fitting[-1] if fitting else None)
        found.gaps.append(_why(taken, found, use) if not enough else None)
        if taken:
            found.spent[taken.key].visits += 1
            found.spent[taken.key].units += use.units or 0
    return found


def _is_for(grant: Grant, use: Use) -> bool:
    return grant.course == use.course if grant.course else grant.drug == use.drug


def _holds(grant: Grant, day: date) -> bool:
    return grant.starts_on <= day <= grant.ends_on


def _why(grant: Grant | None, found: Spread, use: Use) -> Gap | None:
    if grant is None:
        return Gap.OUTSIDE_DATES
    return _lacks(grant, found.spent[grant.key], use)


def _lacks(grant: Grant, spent: Spent, use: Use) -> Gap | None:
    if grant.visits is not None and spent.visits + 1 > grant.visits:
        return Gap.NO_VISITS_LEFT
    if grant.units is not None and spent.units + (use.units or 0) > grant.units:
        return Gap.NO_UNITS_LEFT
    return None


def left(granted: int | None, spent: int) -> int | None:
    """What remains; None where the authorisation does not count it."""
    return None if granted is None else max(granted - spent, 0)


def state_on(day: date, grant: Grant, spent: Spent, *, is_ended: bool = False) -> State:
    """How the authorisation stands on that day."""
    if is_ended:
        return State.ENDED
    if day > grant.ends_on:
        return State.OVER
    if 0 in (left(grant.visits, spent.visits), left(grant.units, spent.units)):
        return State.USED_UP
    return State.COMING if day < grant.starts_on else State.CURRENT


def renewal_from(ends_on: date, days: int) -> date:
    """The day from which its renewal is due."""
    return ends_on - timedelta(days=days)
