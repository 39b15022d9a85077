"""The places of a course: every visit that its protocol calls for, taken or still open.

The planner numbers doses 1, 2, … without holes. A dose that was missed and lies behind a later
dose leaves a hole in the course's own numbers, so both numberings are kept here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from django.db.models import QuerySet

from clinic.prepared import Prepared
from courses.models import Course
from courses.models import Dose as GivenDose
from courses.protocols import Dose, Gap, ProtocolDefinition
from courses.protocols.evaluation import EVALUATION
from courses.response.pacing import paced_doses
from scheduling.crew import crew_of, crews
from scheduling.models import StaffClaim
from scheduling.planner import model as planner
from sessions.models import Session

Key = tuple[str, int]
# An evaluation comes before all preparation, however long before.
EVALUATION_PLACE: Key = ("prep", 0)
LONG_BEFORE = 400


@dataclass(frozen=True, slots=True)
class Kept:
    """A visit that stays where it is."""

    visit: Session
    day: date
    room_id: str
    staff: dict[str, str]


@dataclass(frozen=True, slots=True)
class Places:
    """What the course calls for, in the course's numbers, without the places that lapsed."""

    definition: ProtocolDefinition
    preparation: tuple[int, ...]
    doses: tuple[Dose, ...]
    integration: tuple[int, ...]
    kept: dict[Key, Kept] = field(default_factory=dict)
    # The dose that can no longer come in time after the one before it, and the days since that.
    late: tuple[int, int] | None = None

    def kept_ids(self) -> list[UUID]:
        """The visits that stay."""
        return [kept.visit.pk for kept in self.kept.values()]

    def visit_type(self, kind: str, seq: int) -> str:
        """Which visit type of the protocol the place takes."""
        rule = self.definition
        if (kind, seq) == EVALUATION_PLACE:
            return EVALUATION
        if kind == "prep":
            return rule.preparation[seq - 1].visit
        if kind == "integration":
            return rule.integration.visit if rule.integration else ""
        return next(dose.visit for dose in self.doses if dose.seq == seq)

    def open(self) -> list[Key]:
        """The places without a visit, by kind and number."""
        every = [("prep", n) for n in self.preparation]
        every += [("dosing", dose.seq) for dose in self.doses]
        every += [("integration", n) for n in self.integration]
        return [key for key in every if key not in self.kept]

    def kept_dates(self) -> list[date]:
        """The local dates of the visits that stay."""
        return [kept.day for kept in self.kept.values()]

    def most_days(self) -> int:
        """The most days that open doses take after the first or the last kept one, and talk."""
        gaps = (self._gap(dose) for dose in self.doses if ("dosing", dose.seq) not in self.kept)
        after = self.definition.integration.days[1] if self.definition.integration else 0
        return sum(gap.max_days for gap in gaps if gap) + after

    def protocol(self, key: Callable[[str], str]) -> planner.Protocol:
        """The planner's protocol; `key` names its visit types."""
        rule = self.definition
        after = rule.integration
        numbers = {dose.seq: n for n, dose in enumerate(self.doses, 1)}
        return planner.Protocol(
            prep=tuple(_prep_rule(rule, n, key) for n in self.preparation),
            dosing=tuple(
                _dose_rule(n, dose.visit, self._gap(dose), key)
                for n, dose in enumerate(self.doses, 1)
            ),
            spans=tuple(
                planner.SpanRule(numbers[span.to_dose], span.max_days + self._days_lost())
                for span in rule.spans
                if span.to_dose in numbers
            ),
            integration=tuple(
                planner.IntegrationRule(numbers[n], key(after.visit), after.days)
                for n in self.integration
                if after
            ),
        )

    def _gap(self, dose: Dose) -> Gap | None:
        """The gap before a dose: wider where it is late, and then as soon as it can be; what is
        given after such a lapse, a clinician decides (DOMAIN 2.7, 8.8)."""
        if dose.gap is None or self.late is None or dose.seq != self.late[0]:
            return dose.gap
        days = self.late[1]
        return dose.gap.model_copy(
            update={
                "target_days": days,
                "max_days": days + dose.gap.max_days,
                "hard_max_days": None,
            }
        )

    def _days_lost(self) -> int:
        """How much longer the course takes by what is late."""
        return self.late[1] if self.late else 0

    def previous(self) -> Iterator[planner.Previous]:
        """The visits that stay, in the planner's numbers."""
        for key, number in self._planner_numbers().items():
            if kept := self.kept.get(key):
                yield planner.Previous(
                    kind=key[0],  # type: ignore[arg-type]
                    seq=number,
                    start=kept.visit.starts_at,
                    room_id=kept.room_id,
                    staff=kept.staff,
                    locked=True,
                )

    def _planner_numbers(self) -> dict[Key, int]:
        doses = {dose.seq: n for n, dose in enumerate(self.doses, 1)}
        numbers: dict[Key, int] = {("prep", seq): n for n, seq in enumerate(self.preparation, 1)}
        numbers |= {("dosing", seq): n for seq, n in doses.items()}
        return numbers | {("integration", seq): doses[seq] for seq in self.integration}

    def has(self, kind: str, seq: int) -> bool:
        """Whether the course calls for it, booked or open."""
        return (kind, seq) in self._planner_numbers()

    def planner_number(self, kind: str, seq: int) -> int:
        """The planner's number of a place; KeyError when the place lapsed."""
        return self._planner_numbers()[kind, seq]

    def course_number(self, kind: str, number: int) -> int:
        """The course's number of a place that the planner numbered."""
        return next(
            seq for (of, seq), n in self._planner_numbers().items() if of == kind and n == number
        )


def _prep_rule(
    definition: ProtocolDefinition, number: int, key: Callable[[str], str]
) -> planner.PrepRule:
    if number == EVALUATION_PLACE[1]:
        return planner.PrepRule(key(EVALUATION), (0, LONG_BEFORE))
    prep = definition.preparation[number - 1]
    return planner.PrepRule(key(prep.visit), prep.days_before_first)


def with_evaluation(places: Places) -> Places:
    """The places with one for an evaluation before them all."""
    return replace(places, preparation=(EVALUATION_PLACE[1], *places.preparation))


def _dose_rule(
    number: int, visit: str, gap: Gap | None, key: Callable[[str], str]
) -> planner.DoseRule:
    if number == 1 or gap is None:
        return planner.DoseRule(key(visit))
    return planner.DoseRule(key(visit), (gap.min_days, gap.max_days), round(gap.target_days * 2))


def places_of(
    course: Course, definition: ProtocolDefinition, *, today: date, extra_doses: int = 0
) -> Places:
    """The course's places as they stand: kept visits, and which open ones have lapsed.

    A live visit without a place (the talk after a dose that lapsed) is not among the kept: it
    takes its room and people as anybody's visit does.
    """
    live = {(one.visit.kind, one.visit.seq): one for one in _live_visits(course)}
    given = [seq for (kind, seq), one in live.items() if kind == "dosing" and one.day < today]
    behind = max([*given, *_given_elsewhere(course)], default=0)
    wanted = definition.doses(course.dose_count + extra_doses)
    booked = {seq for kind, seq in live if kind == "dosing"}
    doses = tuple(
        dose
        for dose in paced_doses(course, definition, wanted, booked=booked)
        if dose.seq > behind or ("dosing", dose.seq) in live
    )
    line = _Line(definition, doses, live, today)
    preparation, integration = line.preparation(), line.integration()
    has_place = {
        *(("prep", n) for n in preparation),
        *(("dosing", dose.seq) for dose in doses),
        *(("integration", n) for n in integration),
    }
    return Places(
        definition=definition,
        preparation=preparation,
        doses=doses,
        integration=integration,
        kept={key: one for key, one in live.items() if key in has_place},
        late=_late(doses, live, today),
    )


def _late(doses: tuple[Dose, ...], live: dict[Key, Kept], today: date) -> tuple[int, int] | None:
    """The first open dose after a given one, if its latest day has come; with the days until now.

    One more day: nothing is sure to be free yet today.
    """
    for before, dose in pairwise(doses):
        one = live.get(("dosing", before.seq))
        if one is None or ("dosing", dose.seq) in live or dose.gap is None:
            continue
        days = (today - one.day).days + 1
        return (dose.seq, days) if days > dose.gap.max_days else None
    return None


def _given_elsewhere(course: Course) -> list[int]:
    """The numbers of doses that another clinic gave (DOMAIN 8.20)."""
    return [dose.seq for dose in _ELSEWHERE(course=course.pk) if dose.seq]


def _doses_elsewhere(course: UUID) -> QuerySet[GivenDose]:
    rows = GivenDose.objects.filter(course=course, source="OUTSIDE", withdrawn_at__isnull=True)
    return rows.only("seq")


_ELSEWHERE = Prepared(_doses_elsewhere, course=uuid4())


def _live_visits(course: Course) -> Iterator[Kept]:
    visits = _LIVE(course=course.pk)
    held = [visit.reservation.pk for visit in visits]
    staff = crews(StaffClaim.objects.filter(reservation__in=held)) if held else {}
    for visit in visits:
        visit.course = course
        claim = visit.reservation
        day = visit.starts_at.astimezone(course.site.zone).date()
        yield Kept(visit, day, str(claim.room_id), crew_of(claim, staff))


def _live(course: UUID) -> QuerySet[Session]:
    rows = Session.objects.live().filter(course=course).select_related("reservation__group")
    return rows.order_by("starts_at", "pk")


_LIVE = Prepared(_live, course=uuid4())


@dataclass(frozen=True, slots=True)
class _Line:
    """A course's doses with their visits, and which talks before and after are still possible."""

    definition: ProtocolDefinition
    doses: tuple[Dose, ...]
    live: dict[Key, Kept]
    today: date

    def preparation(self) -> tuple[int, ...]:
        """Preparation that is booked, or can still come before the first booked dose."""
        days = [
            self.live["dosing", d.seq].day for d in self.doses if ("dosing", d.seq) in self.live
        ]
        first = min(days, default=None)
        evaluation = (EVALUATION_PLACE[1],) if EVALUATION_PLACE in self.live else ()
        return evaluation + tuple(
            n
            for n, rule in enumerate(self.definition.preparation, 1)
            if ("prep", n) in self.live
            or first is None
            or first - timedelta(days=rule.days_before_first[0]) >= self.today
        )

    def integration(self) -> tuple[int, ...]:
        """Integration that is booked, or whose days after its dose are not over."""
        wanted = set(self.definition.integrations(max((d.seq for d in self.doses), default=0)))
        return tuple(
            dose.seq
            for dose in self.doses
            if dose.seq in wanted
            and (("integration", dose.seq) in self.live or self._can_follow(dose.seq))
        )

    def _can_follow(self, seq: int) -> bool:
        rule, dose = self.definition.integration, self.live.get(("dosing", seq))
        if rule is None or dose is None:
            return rule is not None
        later = [one.day for (kind, _), one in self.live.items() if kind == "dosing"]
        after = [day - timedelta(days=1) for day in later if day > dose.day]
        soonest, latest = (dose.day + timedelta(days=days) for days in rule.days)
        return min([latest, *after]) >= max(self.today, soonest)
