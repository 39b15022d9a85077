"""What a changed group does to each member: the change itself, tried and undone.

Members who cannot come along get times of their own one after another, each beside those before;
so what is shown is what will be, and no two are shown the same place. What was found is signed, as
the answers of single visits are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction

from clinic.models import Membership, Room
from scheduling.cascade.answers import AnswerUnknown
from scheduling.cascade.story import Consequences, WayStory, consequences
from scheduling.cascade.ways import How
from scheduling.cascade.wish import Want, Wanted
from scheduling.groups.models import GroupVisit
from scheduling.groups.placing import Terms
from scheduling.groups.service import GroupWish, Said, apply, carry_out
from scheduling.services.changing import Why
from sessions.models import Session

SALT, GOOD_FOR = "courseline.groups", timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MemberStory:
    """What becomes of one member's course."""

    visit: Session
    told: Consequences
    way: WayStory
    comes_along: bool

    @property
    def is_left_open(self) -> bool:
        """Whether the visit is left without a time."""
        return self.way.how is How.OPEN


@dataclass(frozen=True, slots=True)
class GroupStory:
    """A changed group with every member before and after, and the answer that accepts it."""

    members: list[MemberStory]
    answer: str

    @property
    def is_amber(self) -> bool:
        """Whether a usual maximum is left for somebody."""
        return any(member.way.amber for member in self.members)

    @property
    def told(self) -> int:
        """How many patients are written to at once."""
        return sum(bool(one.way.notices) and one.told.is_told for one in self.members)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody was shown of a group and accepts."""

    wish: GroupWish
    version: int
    answers: Mapping[str, str]


class _Undone(Exception):
    """Undoes a rehearsal."""


def rehearse(group: GroupVisit, wish: GroupWish, *, by: Membership, now: datetime) -> GroupStory:
    """What the wish does to everybody; nothing stays of it. Raises what `change_group` raises."""
    found: list[MemberStory] = []
    # Whether it is meant is asked of who accepts; why, too.
    said = Said(by, now, is_amber_meant=True, why=Why())

    def settle(visit: Session, changed: GroupVisit) -> None:
        story = _story(visit, changed, by, now)
        apply(visit, story.way.answer, said)
        found.append(story)

    try:
        with transaction.atomic():
            carry_out(group, wish, said, settle=settle)
            raise _Undone
    except _Undone:
        return GroupStory(found, _sign(group, wish, by, found))


def _story(visit: Session, group: GroupVisit, by: Membership, now: datetime) -> MemberStory:
    """The best that can be done for the member: along with the group, else a time of their own,
    else none; never what a clinician would have to decide."""
    for wanted in _wishes(visit, group, now):
        told = consequences(visit, wanted, member=by, now=now)
        ways = [way for way in told.ways if way.how is How.COURSE and not way.needs_decision]
        if ways:
            return MemberStory(visit, told, ways[0], comes_along=wanted.want is Want.MOVE)
    left_open = next(way for way in told.ways if way.how is How.OPEN)
    return MemberStory(visit, told, left_open, comes_along=False)


def _wishes(visit: Session, group: GroupVisit, now: datetime) -> Iterator[Wanted]:
    if group.is_planned:
        yield Wanted(Want.MOVE, group.starts_at, group=str(group.pk))
    today = now.astimezone(visit.site.zone).date()
    for day in dict.fromkeys([max(visit.local_date, today), today]):
        yield Wanted(Want.CANCEL, not_before=day)


def _sign(
    group: GroupVisit, wish: GroupWish, by: Membership, members: Sequence[MemberStory]
) -> str:
    said = {
        "group": str(group.pk),
        "version": group.version,
        "member": str(by.pk),
        "terms": _as_json(wish.terms) if wish.terms else None,
        "answers": {str(one.visit.pk): one.way.answer for one in members},
    }
    return signing.dumps(said, salt=SALT, compress=True)


def _as_json(terms: Terms) -> dict[str, Any]:
    return {
        "kind": terms.kind,
        "room": str(terms.room.pk),
        "therapist": str(terms.therapist.pk),
        "starts_at": terms.starts_at.isoformat(),
        "minutes": terms.minutes,
        "places": terms.places,
        "turnover_minutes": terms.turnover_minutes,
    }


def read_shown(answer: str, *, group: GroupVisit, member: Membership) -> Shown:
    """What the answer says; AnswerUnknown for one that was not given so."""
    try:
        said = signing.loads(answer, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as exc:
        raise AnswerUnknown("What you saw is too old, or incomplete: look again.") from exc
    if (said["group"], said["member"]) != (str(group.pk), str(member.pk)):
        raise AnswerUnknown("What you accept was shown to somebody else, or of another group.")
    terms = _terms(said["terms"]) if said["terms"] else None
    return Shown(GroupWish(terms), said["version"], said["answers"])


def _terms(said: Mapping[str, Any]) -> Terms:
    people = {
        "room": Room.objects.get(pk=said["room"]),
        "therapist": Membership.objects.get(pk=said["therapist"]),
        "starts_at": datetime.fromisoformat(said["starts_at"]),
    }
    return Terms(**{**said, **people})
