"""What a visit takes or would take, and which holds of others stand in its way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scheduling.loads import Carried, load_steps, peak

Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Share:
    """Load on one person during one stretch."""

    member_id: UUID
    carried: Carried


@dataclass(frozen=True, slots=True)
class Wanted:
    """A room through turnover, and load on people."""

    room_id: UUID
    room_during: Period
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldVisit:
    """What somebody else holds, until when, and who that is."""

    wanted: Wanted
    by: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Clash:
    """A visit (by its number in the list) that cannot be, for what somebody holds."""

    number: int
    hold: HeldVisit


def clashes(
    wanted: Sequence[Wanted],
    held: Sequence[HeldVisit],
    carried: Iterable[Share],
    capacity: dict[UUID, int],
) -> Iterator[Clash]:
    """Each visit for which a held room or person leaves no place; the longest hold is named.

    `carried` is what the people are booked for already, beside these visits.
    """
    shares = [*carried, *(share for one in [*wanted, *(h.wanted for h in held)]
                          for share in one.shares)]  # fmt: skip
    for number, one in enumerate(wanted):
        in_way = [hold for hold in held if _is_in_the_way(one, hold.wanted, shares, capacity)]
        if in_way:
            yield Clash(number, max(in_way, key=lambda hold: hold.until))


def _is_in_the_way(
    one: Wanted, held: Wanted, shares: Sequence[Share], capacity: dict[UUID, int]
) -> bool:
    if one.room_id == held.room_id and _common(one.room_during, held.room_during):
        return True
    return any(
        _load(own.member_id, common, shares) > capacity.get(own.member_id, 0)
        for own in one.shares
        for other in held.shares
        if own.member_id == other.member_id
        and (common := _common(_stretch(own.carried), _stretch(other.carried)))
    )


def _load(member_id: UUID, within: Period, shares: Iterable[Share]) -> int:
    """The most that the person would carry at any instant of the stretch."""
    pieces = (
        Carried(*common, share.carried.load)
        for share in shares
        if share.member_id == member_id and (common := _common(within, _stretch(share.carried)))
    )
    return peak(load_steps(pieces))


def _stretch(carried: Carried) -> Period:
    return carried.starts_at, carried.ends_at


def _common(a: Period, b: Period) -> Period | None:
    """What two stretches have in common."""
    begins, ends = max(a[0], b[0]), min(a[1], b[1])
    return (begins, ends) if begins < ends else None
