"""What was shown, signed: an answer carries the way itself, so what is accepted is what was seen.

Nobody can write an answer but this product, for one person, one visit and one state of the
course's visits; it is good for an hour. It holds ids and times, no names, and travels in a form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing

from clinic.errors import Conflict
from clinic.models import Membership
from scheduling.cascade.ties import Grade
from scheduling.cascade.ways import Change, How, Way
from scheduling.cascade.wish import Wanted, wanted_from
from sessions.models import Session

SALT, GOOD_FOR = "courseline.cascade", timedelta(hours=1)


class AnswerUnknown(Conflict):
    """The answer was not given here, to this person about this visit, or is over an hour old."""

    code = "answer-unknown"


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody was shown and accepts."""

    wanted: Wanted
    how: How
    grade: Grade
    # The course's visits as they stood, by id: their versions.
    book: Mapping[str, int]
    # As `Change`, but with ids and ISO moments.
    changes: tuple[Mapping[str, Any], ...]
    # Whether it was said that an e-mail leaves at once.
    is_told: bool = False


def book_of(visit: Session) -> dict[str, int]:
    """The state of the course's visits that an answer is bound to, in one query."""
    rows = Session.objects.live().filter(course=visit.course_id)
    return {str(pk): version for pk, version in rows.values_list("pk", "version")}


def sign(
    *,
    visit: Session,
    member: Membership,
    wanted: Wanted,
    way: Way,
    book: Mapping[str, int],
    is_told: bool = False,
) -> str:
    """The way as a text that only this product can write."""
    said = {
        "visit": str(visit.pk),
        "member": str(member.pk),
        "wanted": wanted.as_json(),
        "how": way.how.value,
        "grade": int(way.grade),
        "book": dict(book),
        "is_told": is_told,
        "changes": [_as_json(change) for change in way.changes],
    }
    return signing.dumps(said, salt=SALT, compress=True)


def _as_json(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "seq": change.seq,
        "visit_type": change.visit_type,
        "starts_at": change.starts_at.isoformat(),
        "ends_at": change.ends_at.isoformat(),
        "room_id": change.room_id,
        "staff": dict(change.staff),
        "visit": str(change.visit.pk) if change.visit else "",
        "group": change.group,
    }


def read(answer: str, *, visit: Session, member: Membership) -> Shown:
    """What the answer says; raise AnswerUnknown for one that was not given so."""
    try:
        said = signing.loads(answer, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as exc:
        raise AnswerUnknown("What you saw is too old, or incomplete: look again.") from exc
    if (said["visit"], said["member"]) != (str(visit.pk), str(member.pk)):
        raise AnswerUnknown("What you accept was shown to somebody else, or of another visit.")
    return Shown(
        wanted=wanted_from(said["wanted"]),
        how=How(said["how"]),
        grade=Grade(said["grade"]),
        book=said["book"],
        changes=tuple(said["changes"]),
        is_told=said["is_told"],
    )


def changes_in(shown: Shown, visits: Mapping[str, Session]) -> tuple[Change, ...]:
    """The changes of an answer, with the visits as they are read now."""
    return tuple(
        Change(
            kind=one["kind"],
            seq=one["seq"],
            visit_type=one["visit_type"],
            starts_at=datetime.fromisoformat(one["starts_at"]),
            ends_at=datetime.fromisoformat(one["ends_at"]),
            room_id=one["room_id"],
            staff=one["staff"],
            visit=visits[one["visit"]] if one["visit"] else None,
            group=one["group"],
        )
        for one in shown.changes
    )
