"""What a wish does to a course, as people read it: every visit before and after, in names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from clinic.models import Membership
from courses.protocols import ProtocolDefinition
from courses.selectors import definition_of
from reminders.foretelling import Foretold, foretold
from scheduling.authorizations import uncovered_by_change
from scheduling.cascade.answers import book_of, sign
from scheduling.cascade.frame import Frame, frame_of
from scheduling.cascade.lapsing import late_in_words
from scheduling.cascade.least import beside_fixed
from scheduling.cascade.ties import Grade
from scheduling.cascade.ways import Change, How, Way, Ways, local_day, ways_of
from scheduling.cascade.wish import Want, Wanted
from scheduling.cascade.wording import left_in_words, title_of
from scheduling.crew import crew_of, crews
from scheduling.models import Reservation, StaffClaim
from scheduling.moving import NO_PLACE
from scheduling.names import Names, names_for
from scheduling.refusing import Asked, refusals_in_words
from scheduling.wording import REASONS, place_label
from sessions.models import Session

INSTEAD = "Pause the course, or decide on the course’s page how it goes on."


@dataclass(frozen=True, slots=True)
class Spot:
    """When, where and with whom."""

    starts_at: datetime
    ends_at: datetime
    room_name: str
    staff: list[str]
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A visit of the course before and after; one of the two may be missing."""

    kind: str
    label: str
    before: Spot | None
    after: Spot | None
    is_asked: bool

    @property
    def is_changed(self) -> bool:
        """Whether anything about it does."""
        return self.before != self.after

    @property
    def what(self) -> str:
        """What becomes of it, in a word or two."""
        if self.after is None:
            return "does not take place"
        if self.before is None or self.before.starts_at != self.after.starts_at:
            return "new time"
        return "other room or people" if self.is_changed else "stays"


@dataclass(frozen=True, slots=True)
class WayStory:
    """A way in words, with the answer that accepts it."""

    how: How
    grade: Grade
    title: str
    lines: list[Line]
    amber: list[str]
    beyond: list[str]
    # What the time without a dose asks for then (DOMAIN 2.7).
    lapses: list[str]
    letters: list[Foretold]
    uncovered: list[str]
    ended_on: date | None
    ends_on: date | None
    answer: str

    @property
    def needs_decision(self) -> bool:
        """Whether a clinician has to accept it."""
        return self.grade is Grade.CLINICIAN

    @property
    def notices(self) -> int:
        """How many e-mails leave at once."""
        return sum(letter.at is None for letter in self.letters)

    @property
    def reminders(self) -> int:
        """How many leave later."""
        return len(self.letters) - self.notices

    @property
    def changed(self) -> list[Line]:
        """The visits that change."""
        return [line for line in self.lines if line.is_changed]

    @property
    def unchanged(self) -> list[Line]:
        """The visits that stay."""
        return [line for line in self.lines if not line.is_changed]


@dataclass(frozen=True, slots=True)
class Consequences:
    """Everything that a page or the API says of a wish for one visit."""

    label: str
    ways: list[WayStory]
    # Why the time will not do, or why nothing fits.
    refusals: list[str]
    is_told: bool
    zone: ZoneInfo

    @property
    def telling(self) -> str:
        """Which of the ways send an e-mail at once: `all`, `some` or `none`."""
        notices = [bool(way.notices) and self.is_told for way in self.ways]
        return "all" if all(notices) else "some" if any(notices) else "none"


def consequences(
    visit: Session, wanted: Wanted, *, member: Membership, now: datetime
) -> Consequences:
    """What the wish asks of the rest of the course: every way, with its signed answer."""
    # Read before the ways: an answer bound to a later state could be of visits that are no more.
    book = book_of(visit)
    frame = frame_of(visit, wanted, now=now)
    refusal = _refusal(visit, wanted, now)
    found = Ways(()) if refusal else ways_of(frame, wanted.want)
    teller = _Teller(visit, wanted, member, now, book, frame, found)
    return Consequences(
        label=place_label(teller.definition, visit.kind, visit.seq),
        ways=[teller.story(way) for way in found.ways],
        refusals=[refusal] if refusal else teller.refusals(),
        is_told=_gets_letters(visit),
        zone=visit.site.zone,
    )


def _gets_letters(visit: Session) -> bool:
    """Whether the patient is written to about this visit at all."""
    patient = visit.patient
    return bool(patient.email and patient.email_reminders and not visit.is_provisional)


def _refusal(visit: Session, wanted: Wanted, now: datetime) -> str:
    """Why there is nothing to ask, whatever the rest of the course does; empty where there is."""
    if visit.status != Session.Status.PLANNED:
        state = visit.get_status_display().lower()
        return f"Only a planned visit can be changed; this one is {state}."
    if wanted.want is Want.MISS and visit.starts_at > now:
        return "A visit that lies ahead cannot have been missed."
    if wanted.starts_at == visit.starts_at and not wanted.group:
        return "The visit is at that time already."
    return ""


class _Teller:
    """Telling the ways of one wish; everything is read once for all of them."""

    def __init__(
        self,
        visit: Session,
        wanted: Wanted,
        member: Membership,
        now: datetime,
        book: Mapping[str, int],
        frame: Frame | None,
        found: Ways,
    ) -> None:
        self.visit, self.wanted, self.member, self.now = visit, wanted, member, now
        self.book, self.frame, self.found = book, frame, found
        self.definition: ProtocolDefinition = definition_of(visit.course.protocol_version)
        self.before = _booked(visit)
        self.names = _names(self.before.values(), found.ways)

    def refusals(self) -> list[str]:
        """Why there is no way to move it, or to plan it anew."""
        if self.frame is None and self.wanted.want is Want.MOVE:
            return [NO_PLACE[0].upper() + NO_PLACE[1:] + "."]
        said = [REASONS[self.found.reason]] if self.found.reason in REASONS else []
        said += [self.found.capped] if self.found.capped else []
        if late := self.found.interrupting:
            said.append(f"{late_in_words(self.definition, late)} {INSTEAD}")
        if self.frame and self.found.refusals and self.wanted.starts_at:
            said += self._why_not(self.frame, self.wanted.starts_at)
        if self.frame and self.frame.seat:
            said += self.frame.seat.refusals(self.visit, self.now)
        return said

    def _why_not(self, frame: Frame, start: datetime) -> list[str]:
        asked = Asked(
            beside_fixed(
                frame.in_group(frame.loose(Grade.CLINICIAN)),
                frame.course_id,
                frame.wish,
                frame.fixed,
            ),
            frame.course_id,
            frame.key,
            start,
            self.definition.min_gap_days,
        )
        found, site = self.found.refusals, self.visit.site
        return refusals_in_words(asked, found, site=site, label=frame.label)

    def story(self, way: Way) -> WayStory:
        """One way, with its lines, letters and warnings."""
        lines = self._lines(way)
        letters = self._letters(lines)
        return WayStory(
            how=way.how,
            grade=way.grade,
            title=title_of(way, self.wanted.want),
            lines=lines,
            amber=self._left(way, Grade.AMBER),
            beyond=self._left(way, Grade.CLINICIAN),
            lapses=[late_in_words(self.definition, one) for one in way.late],
            letters=letters,
            uncovered=self._uncovered(way),
            ended_on=_last_day(self.visit, (line.before for line in lines)),
            ends_on=_last_day(self.visit, (line.after for line in lines)),
            answer=self._answer(way, letters),
        )

    def _answer(self, way: Way, letters: Sequence[Foretold]) -> str:
        return sign(
            visit=self.visit,
            member=self.member,
            wanted=self.wanted,
            way=way,
            book=self.book,
            is_told=_gets_letters(self.visit) and any(letter.at is None for letter in letters),
        )

    def _left(self, way: Way, grade: Grade) -> list[str]:
        if self.frame is None:
            return []
        return [left_in_words(self.frame, one) for one in way.left if one.grade is grade]

    def _lines(self, way: Way) -> list[Line]:
        after = {(one.kind, one.seq): one for one in way.changes}
        gone = self._gone(way)
        lines = []
        for key, booked in self.before.items():
            spot = self._spot(booked)
            now = self._spot(after[key]) if key in after else spot
            is_asked = key == (self.visit.kind, self.visit.seq)
            label = place_label(self.definition, *key)
            lines.append(Line(key[0], label, spot, None if key in gone else now, is_asked))
        return lines

    def _gone(self, way: Way) -> set[tuple[str, int]]:
        """What does not take place when the visit's place is left open."""
        if way.how is not How.OPEN:
            return set()
        own = {(self.visit.kind, self.visit.seq)}
        is_dose = self.visit.kind == Session.Kind.DOSING
        talk = (Session.Kind.INTEGRATION.value, self.visit.seq)
        is_planned = talk in self.before and self.before[talk].visit_status == "PLANNED"
        return own | ({talk} if is_dose and is_planned else set())

    def _spot(self, one: "Change | _Booked") -> Spot:
        room = self.names.rooms.get(one.room_id, "")
        crew = self.names.crew(one.staff)
        return Spot(one.starts_at, one.ends_at, room, crew, in_group=bool(one.group))

    def _letters(self, lines: Sequence[Line]) -> list[Foretold]:
        if self.visit.is_provisional:
            return []
        is_anew = self.wanted.want is not Want.MOVE
        changed = [line for line in lines if line.after and line.what == "new time"]
        booked = [line for line in changed if is_anew and line.is_asked]
        is_said = self.wanted.want is Want.CANCEL
        return foretold(
            self.visit.organization_id,
            self.visit.site.zone,
            moved=[line.after.starts_at for line in changed if line not in booked and line.after],
            booked=[line.after.starts_at for line in booked if line.after],
            cancelled=[
                line.before.starts_at
                for line in lines
                if line.before and line.after is None and (is_said or not line.is_asked)
            ],
            now=self.now,
        )

    def _uncovered(self, way: Way) -> list[str]:
        doses = [one for one in way.changes if one.kind == Session.Kind.DOSING]
        days = {one.seq: local_day(self.visit, one.starts_at) for one in doses}
        replaced = [(one.visit or self.visit).pk for one in doses]
        found = uncovered_by_change(self.visit.course, days, without=replaced)
        return [one.text for one in found]


@dataclass(frozen=True, slots=True)
class _Booked:
    """A visit as it is booked."""

    starts_at: datetime
    ends_at: datetime
    room_id: str
    staff: Mapping[str, str]
    visit_status: str
    group: str


def _booked(visit: Session) -> dict[tuple[str, int], _Booked]:
    """The course's live visits in order of time, in two queries."""
    held = Reservation.objects.filter(session__course=visit.course_id)
    rows = held.select_related("session", "group").order_by("session__starts_at", "pk")
    staff = crews(StaffClaim.objects.filter(reservation__session__course=visit.course_id))
    return {
        (row.visit.kind, row.visit.seq): _Booked(
            row.visit.starts_at,
            row.visit.ends_at,
            str(row.room_id),
            crew_of(row, staff),
            row.visit.status,
            str(row.group_id or ""),
        )
        for row in rows
    }


def _names(before: Iterable[_Booked], ways: Iterable[Way]) -> Names:
    spots: list[Change | _Booked] = [*before, *(one for way in ways for one in way.changes)]
    people = {who for one in spots for who in one.staff.values()}
    return names_for({one.room_id for one in spots}, people)


def _last_day(visit: Session, spots: Iterable[Spot | None]) -> date | None:
    days = (local_day(visit, spot.starts_at) for spot in spots if spot)
    return max(days, default=None)
