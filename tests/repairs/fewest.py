"""The fewest moves, worked out anew from the rows of the database by a programme of its own.

It knows nothing of the planner: per visit, start and nurse one variable; nobody carries too much,
no room is used twice, and every dose keeps its gap to the other one of its course.
"""

from collections import defaultdict
from datetime import timedelta
from itertools import product

import highspy

from scheduling.models import Reservation, StaffClaim
from sessions.models import Session
from tests.factories import NEW_YORK
from tests.repairs.clinics import MONDAY, Ward, at

STEP = timedelta(minutes=15)
# Minutes from the start: the infusion loads six units, the observation three.
LOADS = {**dict.fromkeys(range(1, 4), 6), **dict.fromkeys(range(4, 8), 3)}
CELLS_IN_ROOM = 9
GAP = (2, 5)


def fewest_moves(ward: Ward) -> int:
    """How many of Monday's first doses have to move at least, none of them being lost."""
    return _Programme(ward).solved()


class _Programme:
    def __init__(self, ward: Ward) -> None:
        self.ward, self.highs = ward, highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self.rooms = ward.site.rooms.filter(kinds__contains=["infusion"]).count()
        self.load, self.use = defaultdict(list), defaultdict(list)
        first = Session.objects.filter(site=ward.site, seq=1).order_by("pk")
        self.movable = list(first.select_related("course"))
        held = Reservation.objects.filter(site=ward.site, session__seq=2).select_related("session")
        self.standing = {row.session.course_id: row.session for row in held}
        self.crew = dict(StaffClaim.objects.values_list("reservation__session", "membership"))
        self.moves = []

    def solved(self) -> int:
        for visit in self.movable:
            columns = []
            for start, nurse in product(self.starts(visit), self.nurses()):
                if self.works(nurse, start):
                    columns.append(self.column(visit.starts_at != start, start, nurse))
            self.highs.addConstr(sum(columns) == 1)
        for visit in self.standing.values():
            taken = self.column(False, visit.starts_at, self.crew[visit.pk])
            self.highs.addConstr(taken == 1)
        for (nurse, _), loads in self.load.items():
            self.highs.addConstr(sum(load * x for x, load in loads) <= self.capacity(nurse))
        for uses in self.use.values():
            self.highs.addConstr(sum(uses) <= self.rooms)
        self.highs.minimize(sum(self.moves))
        assert self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return round(self.highs.getObjectiveValue())

    def column(self, is_move, start, nurse):
        x = self.highs.addBinary()
        for cell, load in LOADS.items():
            self.load[nurse, start + cell * STEP].append((x, load))
        for cell in range(CELLS_IN_ROOM):
            self.use[start + cell * STEP].append(x)
        if is_move:
            self.moves.append(x)
        return x

    def starts(self, visit):
        """Every quarter of an hour on the days that the other dose allows, from now on."""
        other = self.standing.get(visit.course_id)
        for day in range(-6, 8):
            date = (MONDAY + timedelta(days=day)).date()
            if date.weekday() > 4 or date < visit.course.earliest_on:
                continue
            if date > visit.course.latest_first_on:
                continue
            if other:
                apart = (other.starts_at.astimezone(NEW_YORK).date() - date).days
                if not GAP[0] <= apart <= GAP[1]:
                    continue
            yield from (at(8 + n / 4, MONDAY + timedelta(days=day)) for n in range(33))

    def nurses(self):
        return [self.ward.ill.pk, self.ward.well.pk, self.ward.late.pk]

    def works(self, nurse, start):
        local = start.astimezone(NEW_YORK)
        if nurse == self.ward.ill.pk:
            return local.date() != MONDAY.date()
        # The nurse who comes at eleven is not needed before the infusion begins.
        return nurse != self.ward.late.pk or local + STEP >= local.replace(hour=11, minute=0)

    def capacity(self, nurse):
        return {self.ward.ill.pk: 18, self.ward.well.pk: 9, self.ward.late.pk: 6}[nurse]
