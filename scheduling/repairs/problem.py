"""Many courses of a site as one planning problem, in a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.models import Course
from scheduling.keeping.reading import Asker
from scheduling.patient_reading import PatientTime, read_patients
from scheduling.planner import model as planner
from scheduling.planner.mending import Name
from scheduling.planner.rules import ONE_DAY, Rulebook
from scheduling.planner.rules import Key as Planned
from scheduling.problem import _always, _near_doses, _past, _VisitKinds, _with_work
from scheduling.reading import Reader, Stretch, read_site
from scheduling.repairs.chains import Chain, KeyOf, Limits, chain_of
from scheduling.repairs.hits import Hits, kinds_of
from scheduling.repairs.stretches import CAN_BE_PLANNED, Booked, Chart, Key

# How many days after the last hit one a visit may go to; a course's own rules are narrower.
REACH = timedelta(days=14)
# Nothing is moved to sooner: accepting takes a moment, and the patient has to come.
NOTICE = timedelta(hours=1)
WEIGHTS = planner.Weights(start_day=0)


@dataclass(frozen=True, slots=True)
class Mending:
    """The problem, and which of its visits are which rows."""

    problem: planner.Problem
    visits: Mapping[Name, Booked]
    chains: Mapping[str, Chain]
    hit: frozenset[Name]
    # Visits that no plan can take up: somebody settles them by hand.
    by_hand: tuple[Booked, ...]

    @property
    def days_zone(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.problem.clinic.tz)

    def locked_but(self, movable: Collection[Name]) -> planner.Problem:
        """The problem in which these visits alone may move."""
        return replace(
            self.problem,
            courses=tuple(
                replace(
                    course,
                    previous=tuple(
                        replace(item, locked=(course.id, (item.kind, item.seq)) not in movable)
                        for item in course.previous
                    ),
                )
                for course in self.problem.courses
            ),
        )


def mending_problem(found: Hits, *, now: datetime, rest: bool = True) -> Mending:
    """What has to be solved for these visits: five queries, however many visits and courses.

    Of the courses that are hit, and of those with visits on the same days, the visits on these
    days may move; with `rest`, the later ones of courses that are hit as well.
    """
    return _Reading(found, now, rest).mending()


class _Reading:
    def __init__(self, found: Hits, now: datetime, rest: bool) -> None:
        self.found, self.days, self.now = found, found.days, now
        self.today = now.astimezone(self.days.site.zone).date()
        self.kinds: _VisitKinds = found.kinds or kinds_of(self.days)
        self.by_hand: list[Booked] = []
        self.movable = {pk: self._movable(chart, rest) for pk, chart in self.days.charts.items()}
        self.chains = {
            pk: chain
            for pk, chart in self.days.charts.items()
            if (chain := self._chain(pk, chart)) is not None
        }

    def _movable(self, chart: Chart, rest: bool) -> set[Key]:
        """The visits of these days that may move; those that cannot be planned are noted."""
        hits = [one for one in chart.live.values() if one.visit.pk in self.found.ids]
        keys = {one.key for one in chart.live.values() if self.days.holds(one)}
        if rest and hits:
            first = min(one.visit.starts_at for one in hits)
            keys |= {one.key for one in chart.live.values() if self._is_later(one, first)}
        stuck = {key for key in keys if self._is_stuck(chart.course, chart.live[key])}
        self.by_hand += [one for one in hits if one.key in stuck]
        return keys - stuck

    def _is_later(self, one: Booked, first: datetime) -> bool:
        visit = one.visit
        until = self.days.last + REACH
        is_ahead = visit.status == "PLANNED" and visit.starts_at >= max(first, self.now)
        return is_ahead and visit.site_id == self.days.site.pk and one.day <= until

    def _is_stuck(self, course: Course, one: Booked) -> bool:
        """Members of a group move with it, and an override holds for its time alone."""
        is_planned = course.status in CAN_BE_PLANNED and course.site_id == self.days.site.pk
        return one.is_of_group or one.is_overridden or not is_planned

    def _chain(self, pk: UUID, chart: Chart) -> Chain | None:
        course = chart.course
        limits = Limits(self.today, course.earliest_on, course.latest_first_on)
        movable = self.movable[pk]
        name = KeyOf(str(course.protocol_version_id))
        chain = chain_of(chart.definition, chart.live, movable, limits, name)
        if chain is None:
            self.by_hand += [
                chart.live[key] for key in movable if chart.live[key].visit.pk in self.found.ids
            ]
        return chain

    def mending(self) -> Mending:
        """The whole, read from the database."""
        stretch = self._stretch()
        in_chain = {
            one.visit.pk: one.visit.reservation.pk
            for pk, chain in self.chains.items()
            for key, one in self.days.charts[pk].live.items()
            if key in chain.numbers
        }
        reader = Reader(
            kept=in_chain,
            asker=Asker(UUID(int=0), self.now),
            learn=self.kinds.learn,
            key=self.kinds.of,
            since=self.today,
        )
        here, book, _ = read_site(stretch, reader)
        charts = [self.days.charts[pk] for pk in self.chains]
        gaps = {c.course: timedelta(days=c.definition.min_gap_days) for c in charts}
        times = read_patients(gaps, stretch)
        problem = planner.Problem(
            id=str(self.days.site.pk),
            clinic=here.clinic,
            rooms=here.rooms,
            staff=tuple(_with_work(person, book.busy) for person in here.staff),
            visits=self._types(),
            protocols={str(pk): chain.protocol for pk, chain in self.chains.items()},
            courses=tuple(self._course(c, times[str(c.course.pk)], stretch) for c in charts),
            bookings=book.bookings,
            weights=WEIGHTS,
        )
        return self._settled(problem)

    def _types(self) -> Mapping[str, planner.VisitType]:
        for chart in self.days.charts.values():
            for one in chart.live.values():
                self.kinds.of(chart.course.protocol_version_id, one.visit.visit_type)
        return self.kinds.types

    def _stretch(self) -> Stretch:
        last = self.days.last + REACH
        dates = [
            self.days.charts[pk].live[key].day
            for pk, chain in self.chains.items()
            for key in chain.numbers
        ]
        return Stretch(self.days.site, self.today, max([last, *dates]) + ONE_DAY)

    def _course(self, chart: Chart, time: PatientTime, stretch: Stretch) -> planner.Course:
        course, pk = chart.course, chart.course.pk
        chain, gap = self.chains[pk], timedelta(days=chart.definition.min_gap_days)
        therapist = course.lead_therapist_id
        return planner.Course(
            id=str(pk),
            patient_id=str(course.patient.person_id),
            protocol=str(pk),
            earliest=chain.earliest,
            latest_first=chain.latest_first,
            windows=time.windows or _always(),
            preferred=time.preferred or None,
            unavailable=tuple(time.unavailable),
            therapist_id=str(therapist) if therapist else None,
            previous=tuple(self._previous(chart, chain)),
            barred=(*_past(self.now + NOTICE, stretch), *time.visits),
            barred_dosing=tuple(_near_doses(time, stretch, gap)),
        )

    def _previous(self, chart: Chart, chain: Chain) -> list[planner.Previous]:
        movable = self.movable[chart.course.pk]
        return [
            planner.Previous(
                kind=planned[0],
                seq=planned[1],
                start=chart.live[key].visit.starts_at,
                room_id=chart.live[key].room_id,
                staff=chart.live[key].staff,
                locked=key not in movable,
            )
            for key, planned in chain.numbers.items()
        ]

    def _settled(self, problem: planner.Problem) -> Mending:
        """Who breaks a rule for a cause of their own stays: that is not this repair's business."""
        visits: dict[Name, Booked] = {}
        hit: set[Name] = set()
        free: set[Name] = set()
        for course in problem.courses:
            chart = self.days.charts[UUID(course.id)]
            book = Rulebook(problem, course)
            for key, planned in self.chains[chart.course.pk].numbers.items():
                one, name = chart.live[key], (course.id, planned)
                visits[name] = one
                if key not in self.movable[chart.course.pk]:
                    continue
                if one.visit.pk in self.found.ids:
                    hit.add(name)
                elif self._breaks(book, problem, planned, one):
                    continue
                free.add(name)
        chains = {str(pk): chain for pk, chain in self.chains.items()}
        known = Mending(problem, visits, chains, frozenset(hit), tuple(self.by_hand))
        return replace(known, problem=known.locked_but(free))

    def _breaks(
        self, book: Rulebook, problem: planner.Problem, planned: Planned, one: Booked
    ) -> bool:
        version = one.visit.course.protocol_version_id
        kind = problem.visits[self.kinds.of(version, one.visit.visit_type)]
        return any(book.time_faults(planned, kind, one.visit.starts_at))
