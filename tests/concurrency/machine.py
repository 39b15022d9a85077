"""A clinic's book under several hands at once, which asks after each step whether a promise broke.

A step is up to three deeds that start at the same moment, each in a thread with a database
connection of its own. What a deed wants may be sensible or not: a refusal is an answer of the
product (DomainError); anything else that it raises is a fault.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from clinic.availability.rosters import add_leave
from clinic.availability.services import close_site
from clinic.errors import DomainError
from courses.holds.services import release_hold
from courses.lapses.services import take_up_course
from courses.models import Course, Hold
from scheduling.models import Proposal, RepairWay
from scheduling.repairs.accepting import accept_way
from scheduling.repairs.working import request_repair, work_on_repair
from scheduling.services import (
    accept_proposal,
    book_visit,
    cancel_visit,
    halt_course,
    hold_course,
    miss_visit,
    move_visit,
    request_proposal,
    work_on_proposal,
)
from sessions.models import Session
from tests.cascade.asking import done, to
from tests.factories import NOW, make_clinic, make_patient, make_version, small_definition
from tests.race import race
from tests.scheduling.test_proposing import proposed

COURSES, DOSES = 4, 3
WHY = "By chance."
# What was done, and what was refused, in all lives.
done_in_all: Counter[str] = Counter()
refused_in_all: Counter[str] = Counter()

Deed = tuple[str, dict[str, st.SearchStrategy[int]]]
DEEDS: list[Deed] = []
ANY = st.integers(0, 11)
DAYS = st.integers(0, 13)


def deed(weight: int = 1, **drawn: st.SearchStrategy[int]) -> Callable[[Any], Any]:
    """What somebody may do at any time, with what it takes; more weight, more often."""

    def keep(method: Any) -> Any:
        DEEDS.extend([(method.__name__, drawn)] * weight)
        return method

    return keep


class Book(RuleBasedStateMachine):
    """One chair, one nurse, four courses, and whoever has an idea."""

    deeds = DEEDS

    @initialize()
    def open_the_clinic(self) -> None:
        """Courses with a proposal each; the first is booked."""
        self.clinic = make_clinic()
        self.clinic.version = make_version(self.clinic.organization, small_definition(doses=DOSES))
        proposals = [
            proposed(self.clinic, patient=make_patient(self.clinic.site)) for _ in range(COURSES)
        ]
        self.courses = [proposal.course_id for proposal in proposals]
        accept_proposal(proposal=proposals[0], by=self.clinic.desk, now=NOW)

    @rule(data=st.data())
    def several_at_once(self, data: st.DataObject) -> None:
        """Deeds drawn by weight, begun together."""
        chosen = data.draw(st.lists(st.sampled_from(self.deeds), min_size=1, max_size=3))
        jobs = [
            (name, {key: data.draw(one) for key, one in drawn.items()}) for name, drawn in chosen
        ]
        outcomes = race(lambda n: getattr(self, jobs[n][0])(**jobs[n][1]), rivals=len(jobs))
        for (name, _), outcome in zip(jobs, outcomes, strict=True):
            if isinstance(outcome, DomainError):
                refused_in_all[name] += 1
            elif isinstance(outcome, Exception):
                raise outcome
            elif outcome is not None:
                done_in_all[name] += 1

    @invariant()
    def every_promise_holds(self) -> None:
        """As `manage.py check_invariants` asks."""
        call_command("check_invariants", verbosity=0, stdout=_Nowhere())

    def course(self, which: int) -> Course:
        """One of the courses, as it is now."""
        rows = Course.objects.select_related("site", "patient", "organization", "protocol_version")
        return rows.get(pk=self.courses[which % COURSES])

    def visit(self, which: int) -> Session | None:
        """One of the visits that are planned."""
        rows = Session.objects.filter(course__in=self.courses, status="PLANNED")
        found = list(
            rows.select_related("site", "course__site", "organization").order_by("starts_at", "pk")
        )
        return found[which % len(found)] if found else None

    @deed(2, which=ANY, minutes=st.sampled_from([0, 30, 60, 150]))
    def book(self, which: int, minutes: int) -> Any:
        """The course's next open visit, this week or the next."""
        starts_at = NOW + timedelta(days=which % 10, minutes=minutes)
        return book_visit(
            course=self.course(which), starts_at=starts_at, by=self.clinic.desk, now=NOW
        )

    @deed(2, which=ANY)
    def propose(self, which: int) -> Any:
        """A fresh proposal for a whole course."""
        course = self.course(which)
        proposal = request_proposal(course=course, by=self.clinic.desk, now=NOW)
        return work_on_proposal(
            organization_id=course.organization_id, proposal_id=proposal.pk, now=NOW
        )

    @deed(7, which=ANY)
    def plan(self, which: int) -> Any:
        """A fresh proposal, and it is accepted."""
        self.propose(which)
        return self.accept(which)

    @deed(2, which=ANY)
    def accept(self, which: int) -> Any:
        """The newest proposal of a course."""
        rows = Proposal.objects.select_related("course__site").filter(course=self.course(which))
        newest = rows.order_by("-pk").first()
        return newest and accept_proposal(proposal=newest, by=self.clinic.desk, now=NOW)

    @deed(6, which=ANY, days=st.integers(-2, 4), minutes=st.sampled_from([-90, 0, 30, 150]))
    def move(self, which: int, days: int, minutes: int) -> Any:
        """One visit, to about another time."""
        visit = self.visit(which)
        if visit is None:
            return None
        starts_at = visit.starts_at + timedelta(days=days, minutes=minutes)
        return move_visit(
            visit=visit, starts_at=starts_at, by=self.clinic.desk, reason=WHY, now=NOW
        )

    @deed(4, which=ANY, days=st.integers(-1, 3))
    def move_with_what_follows(self, which: int, days: int) -> Any:
        """One visit, and what must move with it."""
        visit = self.visit(which)
        if visit is None:
            return None
        wanted = to(visit.starts_at + timedelta(days=days))
        try:
            return done(self.clinic, visit, wanted, by=self.clinic.prescriber)
        except StopIteration:
            return None

    @deed(3, which=ANY)
    def cancel(self, which: int) -> Any:
        """One visit."""
        visit = self.visit(which)
        return visit and cancel_visit(visit=visit, by=self.clinic.desk, reason=WHY, now=NOW)

    @deed(which=ANY)
    def miss(self, which: int) -> Any:
        """Nobody came."""
        visit = self.visit(which)
        late = timedelta(hours=1)
        return visit and miss_visit(
            visit=visit, by=self.clinic.desk, reason=WHY, now=visit.starts_at + late
        )

    @deed(which=ANY, days=st.integers(1, 9))
    def pause(self, which: int, days: int) -> Any:
        """A course; what is booked is called off."""
        until = NOW.date() + timedelta(days=days)
        return halt_course(
            course=self.course(which), until=until, by=self.clinic.prescriber, reason=WHY, now=NOW
        )

    @deed(2, which=ANY)
    def resume(self, which: int) -> Any:
        """A paused course."""
        return [
            take_up_course(course=self.course(which), by=self.clinic.prescriber, reason="", now=NOW)
        ]

    @deed(which=ANY, calls_off=st.integers(0, 1))
    def hold(self, which: int, calls_off: int) -> Any:
        """A course, for a clinical reason; what is booked may be called off."""
        return hold_course(
            course=self.course(which),
            kind=Hold.Kind.CLINICIAN,
            by=self.clinic.prescriber,
            reason=WHY,
            now=NOW,
            calls_off=bool(calls_off),
        )

    @deed(2, which=ANY)
    def release(self, which: int) -> Any:
        """The hold on a course."""
        found = Hold.objects.open().filter(course=self.course(which)).first()
        return found and release_hold(hold=found, by=self.clinic.prescriber, reason=WHY, now=NOW)

    @deed(days=DAYS)
    def close(self, days: int) -> Any:
        """The site, on one day."""
        on = NOW.date() + timedelta(days=days)
        return close_site(site=self.clinic.site, on=on, reason=WHY, now=NOW)

    @deed(days=DAYS)
    def fall_ill(self, days: int) -> Any:
        """The only nurse, for a day."""
        starts_at = NOW + timedelta(days=days, hours=-6)
        return add_leave(
            member=self.clinic.nurse, starts_at=starts_at, ends_at=starts_at + timedelta(hours=20)
        )

    @deed(3)
    def mend(self) -> Any:
        """What closures and leave hit in these two weeks, in the way with the fewest moves."""
        repair = request_repair(
            site=self.clinic.site,
            first_on=NOW.date(),
            last_on=NOW.date() + timedelta(days=13),
            by=self.clinic.desk,
            now=NOW,
        )
        work_on_repair(organization_id=repair.organization_id, repair_id=repair.pk, now=NOW)
        way = RepairWay.objects.filter(repair=repair).order_by("pk").first()
        return way and accept_way(way=way, parts=None, by=self.clinic.desk, now=NOW)


class _Nowhere:
    """Where a command's good news goes."""

    def write(self, text: str) -> None:
        """Keep nothing."""
