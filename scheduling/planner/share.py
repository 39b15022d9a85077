"""The share that one visit has in the objective through the other visits of its course."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from scheduling.planner.check import key_of
from scheduling.planner.cost import TIME_OF_DAY_MAX_GAP
from scheduling.planner.model import RN, THERAPIST, Appointment, Course, DoseRule
from scheduling.planner.options import Options
from scheduling.planner.rules import Key
from scheduling.planner.tables import FloatArray, IntArray, Tables


def share_of_neighbours(
    tables: Tables, course: Course, key: Key, others: Sequence[Appointment], options: Options
) -> FloatArray:
    """[team, start]: what each choice costs beside the others, over its own cost."""
    share = _Share(tables, course, {key_of(item): item for item in others}, options)
    kind, seq = key
    if kind == "dosing":
        return share.of_dose(seq)
    cost = share.of_people_talking()
    return cost + share.of_waiting(seq) if kind == "integration" else cost


class _Share:
    def __init__(
        self,
        tables: Tables,
        course: Course,
        others: Mapping[Key, Appointment],
        options: Options,
    ) -> None:
        self.tables, self.course, self.others, self.options = tables, course, others, options
        self.weights = tables.problem.weights
        self.protocol = tables.problem.protocol_of(course)

    def _day_of(self, item: Appointment) -> int:
        return self.tables.day_of(self.tables.wall.day(item.start))

    def of_dose(self, seq: int) -> FloatArray:
        """Late start, both neighbouring doses, and the wait of the visit that follows."""
        cost = np.zeros_like(self.options.cost)
        if seq == 1:
            earliest = self.tables.day_of(self.course.earliest)
            cost += self.weights.start_day * (self.options.day - earliest)
        for other, later in ((seq - 1, seq), (seq + 1, seq + 1)):
            item = self.others.get(("dosing", other))
            if item is not None:
                cost += self._of_pair(item, self.protocol.dosing[later - 1])
        follow_up = self.others.get(("integration", seq))
        if follow_up is not None:
            cost += self._wait(seq, self._day_of(follow_up) - self.options.day)
        return cost

    def _of_pair(self, item: Appointment, rule: DoseRule) -> FloatArray:
        weights, options = self.weights, self.options
        days: IntArray = abs(options.day - self._day_of(item))
        cost = np.asarray(abs(2 * days - rule.target2) * weights.gap_halfday)
        if rule.gap is not None and rule.gap[1] <= TIME_OF_DAY_MAX_GAP:
            shift = abs(options.minute - self.tables.wall.minute(item.start))
            cost = cost + weights.tod_5min * shift // 5
        changed = [team.people.get(RN) != item.staff.get(RN) for team in options.teams]
        return np.asarray(cost + np.array(changed, float)[:, None] * weights.rn_change)

    def of_waiting(self, seq: int) -> FloatArray:
        """The wait of an integration visit after its dose."""
        dose = self.others.get(("dosing", seq))
        if dose is None:
            return np.zeros(len(self.options.day))
        return self._wait(seq, self.options.day - self._day_of(dose))

    def _wait(self, seq: int, days: IntArray) -> FloatArray:
        soonest = {rule.after: rule.days[0] for rule in self.protocol.integration}[seq]
        return np.asarray((days - soonest) * float(self.weights.integ_day))

    def of_people_talking(self) -> FloatArray:
        """[team, 1]: whether the visit is one more that the lead does not serve."""
        if not self.tables.problem.needs_lead(self.course):
            return np.zeros((len(self.options.teams), 1))
        served = Counter(
            item.staff.get(THERAPIST) for item in self.others.values() if item.kind != "dosing"
        )
        costs = [self._off_lead(served, team.people.get(THERAPIST)) for team in self.options.teams]
        return np.array(costs, float)[:, None] * self.weights.therapist

    def _off_lead(self, served: Counter[str | None], therapist: str | None) -> int:
        if self.course.therapist_id is not None:
            return int(therapist != self.course.therapist_id)
        before = max((n for who, n in served.items() if who), default=0)
        now = served + Counter([therapist])
        return 1 + before - max((n for who, n in now.items() if who), default=0)
