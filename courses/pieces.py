"""The parts of a course's page: which of them, and which events, somebody is shown."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import resolve, reverse

from clinic.models import Membership
from clinic.rights import Rule, may
from courses.models import Course, CourseEvent, VisitReason
from courses.selectors import events_of_course

Kind = CourseEvent.Kind
# Events that tell of scores, findings or danger.
CLINICAL = frozenset({
    Kind.BASELINE_SET, Kind.REVIEW_DUE, Kind.REVIEWED, Kind.INTERVAL_CHANGED, Kind.RELAPSE_FLAGGED,
    Kind.ALERT_RAISED, Kind.ALERT_CLOSED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the page: what it is called, its sign, and where it is read."""

    noun: str
    title: str
    icon: str
    address: str


# In the order in which the page names them.
NOUNS = {
    "state": ("Where it stands", "signpost"),
    "alerts": ("Safety alerts", "shield-alert"),
    "response": ("Response", "trending-down"),
    "reviews": ("Reviews", "clipboard-check"),
    "assessments": ("Assessments", "list-checks"),
    "screening": ("Screening", "clipboard-list"),
    "doses": ("Doses", "droplets"),
    "authorizations": ("Authorisations", "stamp"),
}


def pieces_for(member: Membership, course: Course) -> dict[str, Piece]:
    """The parts that the member may see at the course's site, by their noun.

    Each address says itself which right it asks for: what somebody may not see is not asked for.
    """
    return {piece.noun: piece for piece in _pieces(course) if _is_open(member, course, piece)}


def _pieces(course: Course) -> Iterator[Piece]:
    for noun, (title, sign) in NOUNS.items():
        address = reverse(f"courses:{noun}_of_course", args=[course.pk])
        yield Piece(noun, title, sign, address)


def _is_open(member: Membership, course: Course, piece: Piece) -> bool:
    rule: Rule = resolve(piece.address).func.rule  # type: ignore[attr-defined]
    right = rule.right_for("GET")
    return right is not None and may(member, right, course.site)


_CODED = dict(VisitReason.choices)


def events_for(course: Course, *, is_clinical: bool) -> list[CourseEvent]:
    """What happened to the course, newest first; without scores where whoever looks may not see
    them, and of what somebody wrote with its coded reason alone."""
    rows = events_of_course(course=course)
    if is_clinical:
        return list(rows)
    events = list(rows.exclude(kind__in=CLINICAL))
    for event in events:
        event.reason = _CODED.get(event.detail.get("code", ""), "")
    return events
