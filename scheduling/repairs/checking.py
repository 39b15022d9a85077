"""Whether a way that was shown still holds: what changed in the book meanwhile, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from scheduling.crew import crews
from scheduling.models import StaffClaim
from scheduling.planner.claims import Claims
from scheduling.planner.fixed import Use, standing
from scheduling.planner.mending import Name
from scheduling.planner.model import Appointment, appointment_end
from scheduling.planner.rules import Rule, Rulebook
from scheduling.repairs.hits import hits_in
from scheduling.repairs.models import Repair, RepairVisit
from scheduling.repairs.problem import Mending, mending_problem
from scheduling.repairs.reader import Reader
from scheduling.wording import FAULTS
from sessions.models import Session

# What refuses even a visit that keeps its time.
ALWAYS = {Rule.CLOSURE, Rule.CLOSED_HOURS, Rule.PRESENCE}


def changed_meanwhile(
    rows: Sequence[RepairVisit], visits: Mapping[UUID, Session], reader: Reader
) -> list[dict[str, str]]:
    """What became of these visits since they were shown: `{"visit": …, "change": …}`."""
    staff = crews(StaffClaim.objects.filter(reservation__session__in=list(visits)))
    return [
        {"visit": reader.label_of(visits[row.visit_id]), "change": change}
        for row in rows
        if (change := _became(row, visits[row.visit_id], staff))
    ]


def _became(row: RepairVisit, visit: Session, staff: Mapping[UUID, Mapping[str, str]]) -> str:
    if visit.status != Session.Status.PLANNED:
        return f"is {visit.get_status_display().lower()} now"
    if (visit.version, visit.starts_at) != (row.version, row.starts_at):
        return "has another time now"
    held = visit.reservation
    if held.room_id != row.room_id or dict(staff.get(held.pk, {})) != row.staff:
        return "has another room or other people now"
    return ""


def faults_of(
    repair: Repair, rows: Sequence[RepairVisit], reader: Reader, *, now: datetime
) -> list[dict[str, str]]:
    """The rules that these changes would break in the book as it is now, in words."""
    today = now.astimezone(repair.site.zone).date()
    found = hits_in(repair.site, max(repair.first_on, today), repair.last_on, now=now)
    if not found.days.charts:
        return [{"visit": "", "change": "there is nothing left to mend"}]
    check = _Check(mending_problem(found, now=now), rows, reader)
    return list(check.faults())


@dataclass(frozen=True, slots=True)
class _New:
    row: RepairVisit
    name: Name
    item: Appointment


class _Check:
    """Some changes beside everything else as it stands."""

    def __init__(self, task: Mending, rows: Sequence[RepairVisit], reader: Reader) -> None:
        self.task, self.problem, self.label_of = task, task.problem, reader.label_of
        self.names = {one.visit.pk: name for name, one in task.visits.items()}
        self.new = [
            _New(row, self.names[row.visit_id], item)
            for row in rows
            if row.visit_id in self.names
            and (item := self._item(row, self.names[row.visit_id])) is not None
        ]
        self.gone = [row for row in rows if row.visit_id not in self.names]

    def _item(self, row: RepairVisit, name: Name) -> Appointment | None:
        if row.new_starts_at is None:
            return None
        course = self.problem.course(name[0])
        kinds = {(kind, seq): v for kind, seq, v in self.problem.protocol_of(course).chain}
        kind = self.problem.visits[kinds[name[1]]]
        end = appointment_end(kind, row.new_starts_at)
        room = str(row.new_room_id)
        return Appointment(
            *name[1], kinds[name[1]], row.new_starts_at, end, room, dict(row.new_staff)
        )

    def faults(self) -> Iterator[dict[str, str]]:
        """Each fault once, in the words of the desk."""
        for row in self.gone:
            yield {"visit": self.label_of(row.visit), "change": "has begun, or fell through"}
        claims = self._others()
        for new in self.new:
            for change in dict.fromkeys(FAULTS[rule] for rule in self._own(new, claims)):
                yield {"visit": self.label_of(self.task.visits[new.name].visit), "change": change}
            claims.add(new.item)
        yield from self._tied()

    def _others(self) -> Claims:
        changed = {new.name for new in self.new}
        course = self.problem.courses[0]
        uses: list[Use] = [
            *self.problem.bookings,
            *(
                item
                for one in self.problem.courses
                for item in standing(self.problem, one)
                if (one.id, (item.kind, item.seq)) not in changed
            ),
        ]
        return Claims(Rulebook(self.problem, course), uses)

    def _own(self, new: _New, claims: Claims) -> Iterator[Rule]:
        course = self.problem.course(new.name[0])
        kind, item = self.problem.visits[new.item.visit], new.item
        book = Rulebook(self.problem, course)
        for rule, _ in book.time_faults(new.name[1], kind, item.start):
            if new.row.is_moved or rule in ALWAYS:
                yield rule
        if any(claims.room_faults(kind, item.start, item.room_id)):
            yield Rule.ROOM
        if any(claims.team_faults(kind, item.start, item.staff)):
            yield Rule.STAFF_ROLE

    def _tied(self) -> Iterator[dict[str, str]]:
        moved = {new.name for new in self.new if new.row.is_moved}
        for course_id in dict.fromkeys(name[0] for name in moved):
            course = self.problem.course(course_id)
            book = Rulebook(self.problem, replace(course, previous=()))
            items = {(i.kind, i.seq): i for i in standing(self.problem, course)}
            items |= {n.name[1]: n.item for n in self.new if n.name[0] == course_id}
            days = {key: book.wall.day(item.start) for key, item in items.items()}
            for rule, _, keys in book.tied_faults(days):
                if key := next((k for k in reversed(keys) if (course_id, k) in moved), None):
                    visit = self.task.visits[course_id, key].visit
                    yield {"visit": self.label_of(visit), "change": FAULTS[rule]}
