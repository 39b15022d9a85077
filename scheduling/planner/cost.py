"""The objective of one course, computed from its appointments alone, and what it says in words."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from scheduling.planner.fixed import dosing_per_day, everyone_else, previous_of
from scheduling.planner.model import (
    RN,
    THERAPIST,
    Appointment,
    CostTerms,
    Course,
    Kind,
    Placed,
    Previous,
    Problem,
)
from scheduling.planner.wall import Wall

Key = tuple[Kind, int]

TIME_OF_DAY_MAX_GAP = 10
"""Across longer gaps nobody minds another time of day."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The cost of a plan as counts that a receptionist can read out; locked visits aside."""

    visits_kept: int
    days_after_earliest: int | None
    """None where dose 1 is locked."""
    visits_outside_preferred: int
    gaps_off_target: int
    nurse_changes: int
    integration_days_late: int
    visits_not_with_lead: int
    visits_moved: int


class Tally:
    """One course's appointments, and the facts on which its cost rests."""

    def __init__(
        self,
        problem: Problem,
        course: Course,
        appointments: Sequence[Appointment],
        aside: Collection[Key] = (),
    ) -> None:
        """`aside` names appointments that do not count."""
        self.problem = problem
        self.course = course
        self.appointments = [a for a in appointments if (a.kind, a.seq) not in aside]
        self.wall = Wall(problem.clinic.tz)
        self.protocol = problem.protocol_of(course)
        doses = [a for a in appointments if a.kind == "dosing"]
        self.doses = sorted(doses, key=lambda dose: dose.seq)
        self.dose_days = [self.wall.day(dose.start) for dose in self.doses]
        rules = self.protocol.dosing[1:]
        pairs = zip(rules, pairwise(self.doses), pairwise(self.dose_days), strict=True)
        self.pairs = [
            pair for pair in pairs if any((dose.kind, dose.seq) not in aside for dose in pair[1])
        ]

    def days_after_earliest(self) -> int:
        """Days from the earliest date to dose 1."""
        return (self.dose_days[0] - self.course.earliest).days

    def half_days_off(self) -> list[int]:
        """Per pair of doses, how far the gap is from its target."""
        return [abs(2 * (b - a).days - rule.target2) for rule, _, (a, b) in self.pairs]

    def outside_preferred(self) -> int:
        """Visits outside the preferred times."""
        preferred = self.course.preferred
        return sum(
            preferred is not None and not self.wall.inside(preferred, (a.start, a.end))
            for a in self.appointments
        )

    def integration_days_late(self) -> int:
        """Days by which integration visits come after their first possible day."""
        soonest = {rule.after: rule.days[0] for rule in self.protocol.integration}
        return sum(
            (self.wall.day(a.start) - self.dose_days[a.seq - 1]).days - soonest[a.seq]
            for a in self.appointments
            if a.kind == "integration"
        )

    def not_with(self, lead: str | None) -> int:
        """Preparation and integration visits that somebody else than the lead serves."""
        talks = [a for a in self.appointments if a.kind != "dosing"]
        return sum(a.staff.get(THERAPIST) != lead for a in talks)

    def nurse_changes(self) -> int:
        """Consecutive doses under different nurses."""
        return sum(a.staff.get(RN) != b.staff.get(RN) for _, (a, b), _ in self.pairs)

    def time_of_day(self, per_5_minutes: int) -> int:
        """The price of doses at another time of day than the dose before."""
        return sum(
            per_5_minutes * abs(self.wall.minute(a.start) - self.wall.minute(b.start)) // 5
            for rule, (a, b), _ in self.pairs
            if rule.gap is not None and rule.gap[1] <= TIME_OF_DAY_MAX_GAP
        )

    def over_soft_limit(self, dosing_before: Mapping[date, int]) -> int:
        """Dosing visits beyond what their day takes without cost."""
        soft = self.problem.clinic.soft_dosing_per_day
        own = Counter(
            self.wall.day(a.start) for a in self.appointments if self.problem.visits[a.visit].dosing
        )
        over = 0
        for day, count in own.items():
            spare = soft.get(day.weekday(), count + dosing_before.get(day, 0))
            spare -= dosing_before.get(day, 0)
            over += max(0, count - max(0, spare))
        return over

    def disturbances(self) -> list[int]:
        """What each change of an earlier appointment costs."""
        earlier = previous_of(self.course)
        return [
            self._disturbance(earlier[a.kind, a.seq], a)
            for a in self.appointments
            if (a.kind, a.seq) in earlier
        ]

    def _disturbance(self, before: Previous, now: Appointment) -> int:
        weights = self.problem.weights
        if self.wall.day(before.start) != self.wall.day(now.start):
            return weights.moved_day
        if before.start != now.start:
            return weights.moved_time
        swapped = any(now.staff.get(role) != who for role, who in before.staff.items())
        return weights.swapped if swapped else 0


def cost_terms(
    problem: Problem,
    course: Course,
    appointments: Sequence[Appointment],
    lead: str | None,
    dosing_before: Mapping[date, int],
) -> CostTerms:
    """O1 to O9 of a complete course; `dosing_before` counts everybody else's dosing visits."""
    weights, tally = problem.weights, Tally(problem, course, appointments)
    return CostTerms(
        start_day=weights.start_day * tally.days_after_earliest(),
        gaps=weights.gap_halfday * sum(tally.half_days_off()),
        preference=weights.pref * tally.outside_preferred(),
        integration_delay=weights.integ_day * tally.integration_days_late(),
        therapist_changes=weights.therapist * tally.not_with(lead),
        nurse_changes=weights.rn_change * tally.nurse_changes(),
        time_of_day=tally.time_of_day(weights.tod_5min),
        balance=weights.balance * tally.over_soft_limit(dosing_before),
        disturbance=sum(tally.disturbances()),
    )


def cost_of(
    problem: Problem, course_id: str, appointments: Sequence[Appointment], lead: str | None
) -> CostTerms:
    """O1 to O9 of a complete course beside everything that stands."""
    before = dosing_per_day(problem, everyone_else(problem, course_id))
    return cost_terms(problem, problem.course(course_id), appointments, lead, before)


def explain(problem: Problem, course_id: str, placed: Placed) -> Explanation:
    """The counts behind the cost of a placed course."""
    course = problem.course(course_id)
    locked = {key for key, item in previous_of(course).items() if item.locked}
    tally = Tally(problem, course, placed.appointments, aside=locked)
    return Explanation(
        visits_kept=len(placed.appointments) - len(tally.appointments),
        days_after_earliest=None if ("dosing", 1) in locked else tally.days_after_earliest(),
        visits_outside_preferred=tally.outside_preferred(),
        # A target on a half day is met as well as can be by either neighbour.
        gaps_off_target=sum(off > 1 for off in tally.half_days_off()),
        nurse_changes=tally.nurse_changes(),
        integration_days_late=tally.integration_days_late(),
        visits_not_with_lead=tally.not_with(placed.lead_therapist),
        visits_moved=len([price for price in tally.disturbances() if price]),
    )
