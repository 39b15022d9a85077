"""Repairs and hit visits as people read them: names, times before and after, reasons."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.models import Membership
from scheduling.names import Names, names_for
from scheduling.repairs.hits import CAUSE_WORDS, Cause, Hits
from scheduling.repairs.models import Repair, RepairVisit, RepairWay
from scheduling.repairs.reader import Reader, Whose
from sessions.models import Session


@dataclass(frozen=True, slots=True)
class HitLine:
    """A visit that cannot stay as it is."""

    whose: Whose
    starts_at: datetime
    ends_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Spot:
    """When, where and with whom."""

    starts_at: datetime
    ends_at: datetime
    room_name: str
    staff: list[str]
    # A repair moves no groups.
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A visit before and after; without `after` it has no place."""

    row: RepairVisit
    whose: Whose
    before: Spot
    after: Spot | None

    @property
    def part(self) -> int:
        """The part with which it is accepted."""
        return self.row.part

    @property
    def is_hit(self) -> bool:
        """Whether it cannot stay as it is; else it gives way to others."""
        return bool(self.row.causes)

    @property
    def is_accepted(self) -> bool:
        """Whether it has been carried out."""
        return self.row.accepted_at is not None

    @property
    def what(self) -> str:
        """What becomes of it, in a word or two."""
        if self.after is None:
            return "no place found"
        if self.row.is_moved:
            return "new time" if self.is_hit else "new time, gives way"
        is_other_crew = self.row.new_staff != self.row.staff
        return "other people" if is_other_crew else "other room"

    @property
    def why(self) -> str:
        """Why it cannot stay, or why it has no place."""
        if self.row.reason:
            return self.row.get_reason_display()
        return ", ".join(CAUSE_WORDS[Cause(cause)] for cause in self.row.causes)


@dataclass(frozen=True, slots=True)
class Part:
    """Visits that are accepted together."""

    number: int
    lines: list[Line]

    @property
    def is_accepted(self) -> bool:
        """Whether it has been carried out."""
        return all(line.is_accepted for line in self.lines)

    @property
    def names(self) -> str:
        """Whose visits they are."""
        return ", ".join(dict.fromkeys(line.whose.patient for line in self.lines))


@dataclass(frozen=True, slots=True)
class Longer:
    """Somebody who works longer on a date."""

    name: str
    on: date
    before: int
    after: int

    @property
    def words(self) -> str:
        """“Grace Kim 45 minutes longer”."""
        said = [f"{self.before} minutes earlier"] if self.before else []
        said += [f"{self.after} minutes longer"] if self.after else []
        return f"{self.name} {' and '.join(said)}"


@dataclass(frozen=True, slots=True)
class WayStory:
    """One way to mend it."""

    way: RepairWay
    parts: list[Part]
    lost: list[Line]
    longer: list[Longer]

    @property
    def lines(self) -> list[Line]:
        """Every visit that changes."""
        return [line for part in self.parts for line in part.lines]

    @property
    def moved(self) -> int:
        """How many visits have a new time."""
        return sum(line.row.is_moved for line in self.lines)

    @property
    def given_way(self) -> int:
        """How many of them are not hit themselves."""
        return sum(line.row.is_moved and not line.is_hit for line in self.lines)

    @property
    def swapped(self) -> int:
        """How many keep their time with other people or in another room."""
        return len(self.lines) - self.moved

    @property
    def minutes(self) -> int:
        """How much longer people work, in all."""
        return sum(one.before + one.after for one in self.longer)

    @property
    def is_proven(self) -> bool:
        """Whether no other repair leaves more visits at their time."""
        return self.moved + len(self.lost) == self.way.least

    @property
    def open_parts(self) -> list[Part]:
        """What has not been accepted yet."""
        return [part for part in self.parts if not part.is_accepted]

    @property
    def to_call(self) -> list[Line]:
        """Accepted new times of which no e-mail tells the patient, one line per patient."""
        found: dict[UUID, Line] = {}
        for line in self.lines:
            if line.is_accepted and line.row.is_moved and _is_silent(line.row.visit):
                found.setdefault(line.row.visit.patient_id, line)
        return list(found.values())


def _is_silent(visit: Session) -> bool:
    patient = visit.patient
    return not visit.is_provisional and not (patient.email and patient.email_reminders)


@dataclass(frozen=True, slots=True)
class RepairStory:
    """Everything that a page or the API says of a repair."""

    repair: Repair
    ways: list[WayStory]
    zone: ZoneInfo

    @property
    def is_waiting(self) -> bool:
        """Whether a worker is still at it."""
        return self.repair.status in {Repair.Status.QUEUED, Repair.Status.RUNNING}

    @property
    def chosen(self) -> WayStory | None:
        """The way of which parts were accepted."""
        accepted = (way for way in self.ways if any(line.is_accepted for line in way.lines))
        return next(accepted, None)


def repair_story(repair: Repair, *, member: Membership, now: datetime) -> RepairStory:
    """The repair with its ways and every visit of them: six queries, however many visits."""
    ways = list(repair.ways.order_by("pk"))
    rows = RepairVisit.objects.filter(way__repair=repair).select_related(
        "visit__patient", "visit__course__protocol_version"
    )
    by_way: dict[UUID, list[RepairVisit]] = defaultdict(list)
    for row in rows.order_by("part", "starts_at", "pk"):
        by_way[row.way_id].append(row)
    names = _names(ways, [row for found in by_way.values() for row in found])
    teller = _Teller(Reader.of(member, repair.site, now=now), names)
    stories = [teller.way(way, by_way[way.pk]) for way in ways]
    return RepairStory(repair, stories, repair.site.zone)


def _names(ways: Iterable[RepairWay], rows: Iterable[RepairVisit]) -> Names:
    rooms: set[str] = set()
    people = {one["member"] for way in ways for one in way.longer}
    for row in rows:
        rooms |= {str(row.room_id), str(row.new_room_id)} - {"None"}
        people |= {*row.staff.values(), *row.new_staff.values()}
    return names_for(rooms, people)


def hit_lines(found: Hits, *, member: Membership, now: datetime) -> list[HitLine]:
    """Every visit that cannot stay as it is, in order of time; one query."""
    teller = _Teller(Reader.of(member, found.days.site, now=now), Names({}, {}))
    return [
        HitLine(
            teller.whose(hit.booked.visit),
            hit.booked.visit.starts_at,
            hit.booked.visit.ends_at,
            hit.words,
        )
        for hit in found.hits
    ]


class _Teller:
    def __init__(self, reader: Reader, names: Names) -> None:
        self.whose, self.names = reader.whose, names

    def way(self, way: RepairWay, rows: Sequence[RepairVisit]) -> WayStory:
        """One way, by its parts."""
        parts: dict[int, list[Line]] = defaultdict(list)
        lost: list[Line] = []
        for row in rows:
            line = self._line(row)
            (lost if line.after is None else parts[row.part]).append(line)
        longer = [
            Longer(
                self.names.people.get(one["member"], ""),
                date.fromisoformat(one["on"]),
                one["before"],
                one["after"],
            )
            for one in way.longer
        ]
        told = [Part(number, found) for number, found in parts.items()]
        told.sort(key=lambda part: (part.lines[0].before.starts_at, part.number))
        return WayStory(way, told, lost, longer)

    def _line(self, row: RepairVisit) -> Line:
        visit = row.visit
        lasts = visit.ends_at - visit.starts_at
        before = self._spot(row.starts_at, lasts, row.room_id, row.staff)
        after = None
        if row.new_starts_at and row.new_room_id:
            after = self._spot(row.new_starts_at, lasts, row.new_room_id, row.new_staff)
        return Line(row, self.whose(visit), before, after)

    def _spot(
        self, starts_at: datetime, lasts: timedelta, room_id: UUID, staff: dict[str, str]
    ) -> Spot:
        room = self.names.rooms.get(str(room_id), "")
        return Spot(starts_at, starts_at + lasts, room, self.names.crew(staff))
