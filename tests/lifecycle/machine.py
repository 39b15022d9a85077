"""A random life of a course on the real database, which asks after each step whether a rule broke.

Each step is what somebody or a rule may do at any time, sensible or not; refusals are answers of
the product (DomainError). After each step every rule below is checked, with its DOMAIN place.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import DatabaseError, transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from clinic.errors import DomainError
from clinic.invariants import breaches
from courses.assessments.services import Entry, enter_scores
from courses.caps.rules import Taken, excesses
from courses.doses.selectors import doses_of_patient
from courses.holds.services import open_hold, release_hold
from courses.invariants import INVARIANTS
from courses.lapses.services import take_up_course
from courses.models import Course, CourseEvent, Dose, Hold, LapseDecision, Screening
from courses.screening.selectors import clearance
from courses.screening.services import end_decision
from courses.selectors import definition_of
from courses.services import activate_course, extend_course
from scheduling.services import (
    end_course,
    finish_course,
    halt_course,
    hold_course,
    record_dose_elsewhere,
    settle_lapse,
)
from scheduling.services.halting import interrupt_if_lapsed
from sessions.models import Session
from sessions.services import change_status
from tests.assessments.making import phq9
from tests.factories import (
    NOW,
    clear,
    make_clinic,
    make_course,
    make_patient,
    make_version,
    make_visit,
)
from tests.lifecycle.lives import WHY, definition_with_rules, sign

# What ends a life comes late in most of them.
RARELY = st.sampled_from([False, False, False, False, False, True])
# What happened in all lives: a machine in which nothing does would prove nothing.
happened: Counter[str] = Counter()
FINAL = {"COMPLETED", "STOPPED"}
SECONDS = timedelta(seconds=1)
ENDED = Screening.Ended.values[0]


@contextmanager
def tried() -> Iterator[None]:
    """A refusal is an answer, and leaves nothing behind."""
    with suppress(DomainError), transaction.atomic():
        yield


Deed = tuple[str, dict[str, st.SearchStrategy[Any]]]
DEEDS: list[Deed] = []


def deed(weight: int = 1, **drawn: st.SearchStrategy[Any]) -> Any:
    """What may happen at any time; one of more weight happens more often.

    Rules of the machine's own are all alike, and it leaves some out of whole lives.
    """

    def keep(method: Any) -> Any:
        DEEDS.extend([(method.__name__, drawn)] * weight)
        return method

    return keep


class Life(RuleBasedStateMachine):
    """One course from its draft to wherever chance leads it."""

    refusals: tuple[type[Exception], ...] = (DomainError,)

    @initialize(is_begun=st.sampled_from([True, True, True, False]))
    def begin(self, is_begun: bool) -> None:
        self.clinic = make_clinic()
        content = definition_with_rules(integration=None, preparation=[])
        version = make_version(self.clinic.organization, content)
        patient = make_patient(self.clinic.site)
        self.course = make_course(patient, version, self.clinic.desk, dose_count=6)
        self.course.events.create(
            organization=self.clinic.organization, kind="STARTED", at=NOW, by=self.clinic.desk
        )
        sign(self.course, self.clinic, NOW)
        self.now, self.states = NOW, ["DRAFT"]
        self.uncleared_at: datetime | None = None
        if is_begun:
            self.activate()
            self.states = ["ACTIVE"]

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One deed, drawn by weight, with what it takes."""
        name, drawn = data.draw(st.sampled_from(DEEDS))
        getattr(self, name)(**{key: data.draw(one) for key, one in drawn.items()})

    def attempt(self, service: Any, **said: Any) -> None:
        """Do it as a page does: with the course as it is read at that moment."""
        self.now += SECONDS
        rows = Course.objects.select_related("site", "patient", "organization", "protocol_version")
        course = rows.get(pk=self.course.pk)
        with suppress(*self.refusals), transaction.atomic():
            service(course=course, now=self.now, **said)

    @property
    def by(self) -> Any:
        return self.clinic.prescriber

    # Most of a life is doses; the simplest life is nothing else.
    @deed(5, first=st.integers(3, 4), second=st.integers(3, 4))
    def good_week(self, first: int, second: int) -> None:
        """Whatever stands before a dose is put right, then two are given."""
        self.put_right()
        self.give(days=first)
        self.give(days=second)

    @deed(3, days=st.integers(2, 5))
    def good_day(self, days: int) -> None:
        """One dose at a good distance after everything was put right."""
        self.put_right()
        self.give(days=days)

    def put_right(self) -> None:
        """As a clinic does that wants to go on: resume, score, decide, screen again, release."""
        self.resume()
        self.score()
        for option in ("CONTINUE", "RESUME"):
            self.decide(option=option, days=3)
        self.screen_again()
        while Hold.objects.open().filter(course=self.course).exists():
            self.release()

    def screen_again(self) -> None:
        """A decision that clears, where none holds any more and the course goes on."""
        self.course.refresh_from_db()
        if self.course.status in FINAL or clearance(self.course, self.now.date()).is_cleared:
            return
        self.now += SECONDS
        end_decision(course=self.course, why=ENDED, now=self.now)
        clear(self.course, self.by, decided_at=self.now)
        self.uncleared_at = None

    @deed(days=st.integers(0, 12))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @deed()
    def activate(self) -> None:
        self.attempt(activate_course, by=self.by)

    @deed(5, days=st.integers(-1, 50))
    def pause(self, days: int) -> None:
        until = self.now.date() + timedelta(days=days)
        self.attempt(halt_course, until=until, by=self.by, reason=WHY)

    @deed()
    def resume(self) -> None:
        self.attempt(take_up_course, by=self.by, reason="")

    @deed(3, kind=st.sampled_from(["PREGNANCY", "CLINICIAN", "SUICIDE_RISK"]), calls=st.booleans())
    def hold(self, kind: str, calls: bool) -> None:
        self.attempt(hold_course, kind=kind, by=self.by, reason=WHY, calls_off=calls)

    @deed(is_sure=RARELY)
    def hold_by_rule(self, is_sure: bool) -> None:
        if is_sure:
            self.attempt(open_hold, kind=Hold.Kind.REVIEW, by=None)

    @deed()
    def release(self) -> None:
        hold = Hold.objects.open().filter(course=self.course).first()
        if hold:
            self.now += SECONDS
            with suppress(*self.refusals), transaction.atomic():
                release_hold(hold=hold, by=self.by, reason=WHY, now=self.now)

    @deed()
    def watch(self) -> None:
        self.attempt(interrupt_if_lapsed, on=self.now.date())

    @deed()
    def score(self) -> None:
        """A lapse of up to two weeks asks for one before it is decided."""

        def enter(course: Course, **said: Any) -> None:
            entry = Entry(answers=phq9(), taken_at=self.now)
            enter_scores(patient=course.patient, course=course, code="PHQ9", entry=entry, **said)

        self.attempt(enter, by=self.by)

    @deed(
        3,
        days=st.sampled_from([8, 11, 14, 20, 31]),
        is_scored=st.booleans(),
        option=st.sampled_from(["CONTINUE", "CONTINUE", "ADD_1", "RESUME", "RESCREEN"]),
    )
    def stay_away(self, days: int, is_scored: bool, option: str) -> None:
        """Nobody comes for so long; the worker looks at it, and a clinician decides."""
        self.now += timedelta(days=days)
        self.watch()
        if is_scored:
            self.score()
        self.decide(option=option, days=0)

    @deed(option=st.sampled_from(LapseDecision.Option.values), days=st.integers(0, 5))
    def decide(self, option: str, days: int) -> None:
        on = self.now.date() + timedelta(days=days)
        self.attempt(settle_lapse, on=on, option=option, by=self.by, reason=WHY)

    @deed(doses=st.integers(0, 3))
    def extend(self, doses: int) -> None:
        self.attempt(extend_course, doses=doses, by=self.by, reason=WHY)

    @deed(back=st.integers(-1, 9))
    def dose_elsewhere(self, back: int) -> None:
        def record(course: Course, **said: Any) -> None:
            record_dose_elsewhere(
                patient=course.patient, course=course, drug="canary-drug", route="IV",
                amount_mg=None, **said,
            )  # fmt: skip

        self.attempt(record, on=self.now.date() - timedelta(days=back), by=self.by)

    @deed(
        code=st.sampled_from(["PATIENT_WISH", "OTHER", "NO_RESPONSE"]),
        words=st.booleans(),
        is_sure=RARELY,
    )
    def stop(self, code: str, words: bool, is_sure: bool) -> None:
        if not is_sure:
            return
        self.attempt(end_course, code=code, by=self.by, reason=WHY if words else "")

    @deed(is_sure=RARELY)
    def complete(self, is_sure: bool) -> None:
        if not is_sure:
            return
        self.attempt(finish_course, by=self.by, reason="")

    @deed(is_sure=RARELY)
    def lose_screening(self, is_sure: bool) -> None:
        if not is_sure:
            return
        self.now += SECONDS
        in_force = Screening.objects.in_force().filter(course=self.course)
        if in_force.update(status="EXPIRED", ended_at=self.now, ended_why=ENDED):
            self.uncleared_at = self.now

    @deed(2, days=st.integers(0, 6))
    def give(self, days: int) -> None:
        """Book a dose after so many days and take it through its steps, if that is allowed."""
        self.now += timedelta(days=days)
        seqs = self.course.visits.live().filter(kind="dosing").values_list("seq", flat=True)
        seq = max(seqs, default=0) + 1
        self.now += SECONDS
        steps = ("ARRIVED", "IN_PROGRESS", "OBSERVING", "DONE")
        with suppress(*self.refusals, DatabaseError), transaction.atomic():
            course = Course.objects.get(pk=self.course.pk)
            if course.status == "DRAFT" or seq > course.dose_count:
                return
            visit = make_visit(course, self.clinic.chair, self.now, seq=seq, scheduled_at=self.now)
            self.take_through(visit, steps)

    def take_through(self, visit: Session, steps: tuple[str, ...]) -> None:
        for step in steps:
            change_status(visit=visit, to=step, by=self.clinic.nurse, now=self.now)

    @invariant()
    def rules_hold(self) -> None:
        if not hasattr(self, "course"):
            return
        self.course.refresh_from_db()
        self._final_states_stay()
        self._gaps_and_caps()
        self._numbers()
        assert not list(breaches(INVARIANTS))

    def teardown(self) -> None:
        """Count what happened in this life."""
        happened["doses"] += Dose.objects.filter(source=Dose.Source.HERE).count()
        happened["holds"] += Hold.objects.count()
        happened["lapses"] += LapseDecision.objects.count()
        happened["pauses"] += CourseEvent.objects.filter(kind=CourseEvent.Kind.PAUSED).count()

    def _final_states_stay(self) -> None:
        """Contract of states: completed and stopped are final."""
        if self.states[-1] in FINAL:
            assert self.course.status == self.states[-1]
        self.states.append(self.course.status)

    def _gaps_and_caps(self) -> None:
        """2.1 and 8.21: the minimum gap, over the union; 2.10: at most three in seven days."""
        definition = definition_of(self.course.protocol_version)
        doses = list(doses_of_patient(self.course.patient))
        for before, after in pairwise(doses):
            facts = {before.source, after.source} == {Dose.Source.OUTSIDE}
            was_known = before.recorded_at < after.recorded_at
            if not facts and was_known and after.source == Dose.Source.HERE:
                assert (after.on - before.on).days >= definition.min_gap_days
        for dose in doses:
            if dose.source == Dose.Source.HERE:
                others = [
                    Taken(one.on)
                    for one in doses
                    if one.pk != dose.pk and one.recorded_at < dose.recorded_at
                ]
                assert not excesses(
                    definition, block="induction", dose=Taken(dose.on), others=others
                )

    def _numbers(self) -> None:
        """2.1: never more doses than the protocol has; 2.7: an open lapse is held."""
        definition = definition_of(self.course.protocol_version)
        assert self.course.dose_count <= (definition.most_doses or 99)
        for dose in self.course.doses.filter(source="HERE"):
            held = Hold.objects.filter(course=self.course, opened_at__lt=dose.given_at)
            assert not held.exclude(released_at__lte=dose.given_at).exists()
            ends = self.course.events.filter(kind__in=["STOPPED", "SWITCHED", "COMPLETED"])
            assert not ends.filter(at__lt=dose.given_at).exists()
            assert not (self.uncleared_at and dose.given_at > self.uncleared_at)
