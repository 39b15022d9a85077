"""What the demo's patients were found to be when they were screened: most of them eligible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from clinic.models import Membership
from courses.checks.catalogue import shipped
from courses.models import CheckResult, Course, Diagnosis, MedicationTrial, Screening
from courses.screening import catalogue
from courses.screening.facts import Sheet
from courses.screening.services import (
    Answer,
    NewCondition,
    Terms,
    begin_screening,
    override_finding,
    record_diagnosis,
    record_trial,
    save_answers,
    save_terms,
)
from scheduling.demo.founding import Demo
from scheduling.demo.tables import PatientRow
from scheduling.services.candidacy import decide_screening

Class, Stopped = MedicationTrial.Class, MedicationTrial.Stopped
PRESCRIBERS = {"harbor": "Dr. Iris Vale", "elm": "Dr. Zara Malik"}
# Booked while somebody still evaluates them: their doses wait.
STILL_SCREENED = {"Quentin Dogwood", "Stefan Fern", "Ines Briar"}
DEFERRED = {"Karla Camellia"}
# Nobody has begun to screen them.
NOT_YET = {"Jonas Bryony", "Leo Cedar", "Mara Cherry", "Nils Chestnut", "Olga Clover"}
WHY_GO_ON = "Takes it at night only; asked to leave it out on the day before each dose."
# Name, class, highest dose, least effective dose, weeks, per cent better, why stopped.
TRIALS: Sequence[tuple[str, str, int, int, int, int, str]] = (
    ("Sertraline", Class.SSRI, 150, 50, 10, 20, Stopped.NO_RESPONSE),
    ("Venlafaxine", Class.SNRI, 225, 75, 12, 25, Stopped.PARTIAL),
    ("Bupropion", Class.BUPROPION, 300, 150, 8, 10, Stopped.NO_RESPONSE),
    ("Escitalopram", Class.SSRI, 20, 10, 9, 30, Stopped.PARTIAL),
    ("Mirtazapine", Class.MIRTAZAPINE, 30, 15, 3, 0, Stopped.INTOLERANCE),
    ("Lithium", Class.AUGMENTATION, 900, 600, 8, 15, Stopped.NO_RESPONSE),
)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """One patient's screening at a moment, by a prescriber of the site."""

    screening: Screening
    course: Course
    by: Membership
    at: datetime
    # Some number of the person's own, so that each demo has the same people in the same state.
    number: int

    @property
    def today(self) -> date:
        """The site's date."""
        return self.at.astimezone(self.course.site.zone).date()

    def gather(self) -> None:
        """What is treated, what was tried, what was measured."""
        total = Decimal(15 + self.number % 10)
        terms = Terms("IN_TRD", "", "PHQ9", total, self.today)
        save_terms(screening=self.screening, terms=terms, now=self.at)
        record_diagnosis(
            patient=self.course.patient,
            system=Diagnosis.System.ICD10,
            code="F33.2",
            label="Major depressive disorder, recurrent, severe",
            is_primary=True,
            by=self.by,
            now=self.at,
        )
        for place in range(2 + self.number % 3):
            self._tried(place)
        kinds = (check.kind for check in shipped().checks)
        CheckResult.objects.bulk_create(self._measured(kind) for kind in kinds if self._has(kind))

    def _tried(self, place: int) -> None:
        at = (self.number + place) % len(TRIALS) if place > 1 else place
        name, kind, most, least, weeks, better, stopped = TRIALS[at]
        began = self.today - timedelta(days=900 - 200 * place)
        record_trial(
            patient=self.course.patient,
            by=self.by,
            now=self.at,
            name=name,
            kind=kind,
            max_daily_mg=Decimal(most),
            min_effective_mg=Decimal(least),
            started_on=began,
            ended_on=began + timedelta(weeks=weeks + 2),
            weeks_at_dose=Decimal(weeks),
            was_taken_as_prescribed=True,
            improvement_percent=better,
            stopped=stopped,
            is_current_episode=True,
        )

    def _has(self, kind: str) -> bool:
        return (kind, self.number % 9) != ("COGNITION", 4)

    def _measured(self, kind: str) -> CheckResult:
        """A result in order, from which nothing follows."""
        return CheckResult(
            organization_id=self.by.organization_id,
            patient=self.course.patient,
            kind=kind,
            on=self.today,
            result=CheckResult.Result.NORMAL,
            recorded_at=self.at,
            recorded_by=self.by,
        )

    def answer(self) -> None:
        """The checklist: nearly all of it no."""
        yes = {"IN_CONSENT_CAPACITY", "IN_SUPPORT", "IN_REALISTIC"}
        if self.number % 8 == 3:
            yes.add("DI_BENZO")
        codes = [one.code for one in [*catalogue.answered(), *catalogue.questions()]]
        answers = [Answer(code, "YES" if code in yes else "NO") for code in codes]
        save = partial(save_answers, screening=self.screening, by=self.by, now=self.at)
        save(answers=answers)
        if "DI_BENZO" in yes:
            override_finding(
                screening=self.screening,
                code="DI_BENZO",
                reason=WHY_GO_ON,
                until=self.today + timedelta(days=180),
                by=self.by,
                now=self.at,
            )

    def decide(self, outcome: str = "") -> None:
        """What the facts come to, or stricter."""
        found = outcome or Sheet(self.screening, self.course, self.at).result.outcome
        conditions = []
        if found == Screening.Status.ELIGIBLE_CONDITIONAL:
            due = self.today + timedelta(days=120)
            conditions = [NewCondition("Brief cognition check is done", due)]
        decide_screening(
            screening=self.screening,
            outcome=str(found),
            note="",
            conditions=conditions,
            by=self.by,
            now=self.at,
        )


def screen(demo: Demo, course: Course, row: PatientRow, *, at: datetime) -> None:
    """Screen the patient as far as the table above says."""
    name = f"{row.given_name} {row.family_name}"
    if name in NOT_YET:
        return
    by = demo.people[PRESCRIBERS[row.site]]
    screening = begin_screening(course=course, by=by, now=at)
    screening.course = course
    one = _Evaluation(screening, course, by, at, sum(map(ord, name)))
    one.gather()
    if name in DEFERRED:
        one.decide(Screening.Status.DEFERRED)
    elif name not in STILL_SCREENED:
        one.answer()
        one.decide()
