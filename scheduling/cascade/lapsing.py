"""What the days between a plan's doses ask for by the protocol's table (DOMAIN 2.7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from courses.lapses.needs import needs_in_words
from courses.lapses.rules import allowed_on_ladder, row_for
from courses.lapses.selectors import intervals_in_force, lapse_of
from courses.models import Course
from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import MissedRow
from courses.selectors import definition_of
from scheduling.wording import place_label
from sessions.models import Session

DOSING = Session.Kind.DOSING.value
Days = Mapping[int, date]


@dataclass(frozen=True, slots=True)
class Late:
    """A dose that comes so late that the table asks a clinician, or interrupts the course."""

    seq: int
    days: int
    row: MissedRow
    # Whether the dose before it is given: what the table asks for then begins at once.
    is_next: bool


def late_doses(visit: Session, changed: Days) -> list[Late]:
    """The doses that come late by the days `changed`; what stays as it was is not told again."""
    course = visit.course
    if not changed or not definition_of(course.protocol_version).missed:
        return []
    rows = course.visits.live().filter(kind=DOSING).select_related("site")
    booked = list(rows)
    before = {row.seq: row.local_date for row in booked}
    after = {**before, **changed}
    planned = {row.seq for row in booked if row.status == Session.Status.PLANNED} | {*changed}
    following = min(planned, key=lambda seq: after[seq])
    was = min((before[seq] for seq in planned if seq in before), default=None)
    lapse = lapse_of(course, on=after[following])
    if lapse is None:
        return list(_between(course, before, after))
    found = [one for one in _between(course, before, after) if one.seq != following]
    asks = lapse.awaits_decision or lapse.interrupts
    if lapse.row and asks and after[following] != was:
        found.insert(0, Late(following, lapse.days, lapse.row, is_next=True))
    return found


def _between(course: Course, before: Days, after: Days) -> Iterator[Late]:
    """The doses that come late after one that is still to be given."""
    definition = definition_of(course.protocol_version)
    interval = intervals_in_force([course]).get(course.pk)
    for seq in sorted(after):
        ends = (after.get(seq - 1), after[seq])
        if ends[0] is None or ends == (before.get(seq - 1), before.get(seq)):
            continue
        days, block = (ends[1] - ends[0]).days, definition.doses(seq)[-1].block
        allowed = allowed_on_ladder(definition, block, interval)
        row = row_for(definition.missed, days=days, block=block, allowed=allowed)
        if row and (row.asks == "DECISION" or row.interrupts):
            yield Late(seq, days, row, is_next=False)


def late_in_words(definition: ProtocolDefinition, late: Late) -> str:
    """What becomes of the course: “Dose 4 comes 8 days after the last dose: doses are then held
    until a clinician has decided how the course goes on.”"""
    label = place_label(definition, DOSING, late.seq)
    since = "the last dose" if late.is_next else "the dose before"
    once = "" if late.is_next else "once that is given, "
    what = (
        "the course becomes interrupted"
        if late.row.interrupts
        else "doses are then held until a clinician has decided how the course goes on"
    )
    needs = needs_in_words(late.row)
    needed = f" Needed: {'; '.join(needs)}." if needs else ""
    return f"{label} comes {late.days} days after {since}: {once}{what}.{needed}"
