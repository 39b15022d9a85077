"""Which visits a group can take, and on which dates a weekly one is: pure, words for the desk."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ONE_WEEK = timedelta(weeks=1)
# What rooms for talking are for, in the words of protocols.
ROOM_KINDS = frozenset({"consulting", "group"})
FOR = {"prep": "preparation visits", "integration": "integration visits"}


@dataclass(frozen=True, slots=True)
class Offered:
    """What a group has to give, beside others' places."""

    serves: str
    minutes: int
    free: int
    is_planned: bool
    has_begun: bool


@dataclass(frozen=True, slots=True)
class Needed:
    """What the protocol asks of a visit."""

    kind: str
    minutes: int
    # Roles that serve it beside a therapist, in words.
    others: Collection[str]


def refusals(offered: Offered, needed: Needed) -> Iterator[str]:
    """Why the visit cannot have a place in the group, whatever its time; none when it can."""
    if not offered.is_planned:
        yield "the group does not take place any more"
    elif offered.has_begun:
        yield "the group has begun"
    if offered.serves != needed.kind:
        yield f"the group is for {FOR[offered.serves]}"
    elif offered.minutes < needed.minutes:
        yield (
            f"the group lasts {offered.minutes} minutes, "
            f"the protocol asks for {needed.minutes} of this visit"
        )
    if needed.others:
        yield f"the visit needs a {' and a '.join(sorted(needed.others))} besides a therapist"
    if offered.free < 1:
        yield "the group is full"


def takes(kinds: Collection[str]) -> bool:
    """Whether a room of these kinds is for groups: one for talks, not a chair."""
    return not ROOM_KINDS.isdisjoint(kinds)


def weekly(first: date, *, times: int) -> list[date]:
    """The same weekday in so many weeks."""
    return [first + n * ONE_WEEK for n in range(times)]
