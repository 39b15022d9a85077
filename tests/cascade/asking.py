"""Asking what a wish does to a course, and accepting one of the ways."""

from datetime import datetime

from scheduling.cascade.answers import book_of, read, sign
from scheduling.cascade.frame import frame_of
from scheduling.cascade.service import Acceptance, change_course
from scheduling.cascade.ties import Grade
from scheduling.cascade.ways import How, Ways, ways_of
from scheduling.cascade.wish import Want, Wanted
from scheduling.services.changing import Why
from sessions.models import Session
from tests.factories import NOW, Clinic


def to(starts_at: datetime) -> Wanted:
    return Wanted(Want.MOVE, starts_at)


def asked(visit: Session, wanted: Wanted, now: datetime = NOW) -> Ways:
    """The ways to meet the wish."""
    return ways_of(frame_of(visit, wanted, now=now), wanted.want)


def answer_to(clinic: Clinic, visit: Session, wanted: Wanted, grade=None, now=NOW, by=None) -> str:
    """The signed answer of the first way, or of the one of that grade or kind."""
    book = book_of(visit)
    found = asked(visit, wanted, now).ways
    way = next(one for one in found if grade in (None, one.grade, one.how))
    member = by or clinic.desk
    return sign(visit=visit, member=member, wanted=wanted, way=way, book=book)


def accept(
    clinic: Clinic, visit: Session, answer: str, *, now=NOW, by=None, code="OTHER",
    party="PATIENT", **said,
) -> list[Session]:  # fmt: skip
    """Carry out what the answer says."""
    member = by or clinic.desk
    shown = read(answer, visit=visit, member=member)
    why = Why(code=code, by=party)
    return change_course(visit=visit, shown=shown, said=Acceptance(member, now, why=why, **said))


def done(clinic: Clinic, visit: Session, wanted: Wanted, grade: Grade | How | None = None, **said):
    """Ask and accept at once."""
    now = said.get("now", NOW)
    answer = answer_to(clinic, visit, wanted, grade, now=now, by=said.get("by"))
    return accept(clinic, visit, answer, **said)
