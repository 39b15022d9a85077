"""A patient's way through a whole course, day by day, by the services that pages and workers use.

The clock moves from visit to visit: scores are taken when they are due, reviews are decided when
they are asked for, workers look in before each visit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from clinic.consents.selectors import text_in_use
from clinic.consents.services import Scope, Signature, install_texts, record_consent
from clinic.models import (
    ConsentKind,
    ConsentRecord,
    Membership,
    OpeningHours,
    Patient,
    Role,
    Shift,
)
from courses.assessments.services import Entry, enter_scores
from courses.checks.catalogue import shipped as shipped_checks
from courses.models import (
    Assessment,
    AssessmentDue,
    CheckResult,
    Course,
    Diagnosis,
    MedicationTrial,
    Protocol,
    ProtocolVersion,
    Review,
    Screening,
)
from courses.protocols import ProtocolDefinition
from courses.response.services import Answer, decide_review, watch_courses
from courses.screening import catalogue
from courses.screening.services import Answer as Found
from courses.screening.services import (
    Terms,
    begin_screening,
    record_diagnosis,
    record_trial,
    save_answers,
    save_terms,
)
from courses.selectors import definition_of
from courses.services import change_terms, install_protocols
from scheduling.models import Proposal
from scheduling.services import (
    accept_proposal,
    finish_course,
    plan_more_doses,
    plan_new_course,
    work_on_proposal,
)
from scheduling.services.candidacy import decide_screening
from scheduling.services.happenings import note_check
from sessions.models import Session
from sessions.services import change_status
from tests.carried.answers import safe_answers
from tests.factories import NOW, Clinic, make_clinic, make_member, make_patient, make_room

YES = {"IN_CONSENT_CAPACITY", "IN_SUPPORT", "IN_REALISTIC"}
STEPS = ("ARRIVED", "IN_PROGRESS", "OBSERVING", "DONE")
# What is decided where nobody says otherwise; any other review: go on.
USUAL = {Review.Kind.INTERVAL: "ACCEPT", Review.Kind.BOOSTER: "WAIT"}
# What a patient scores who gets well: so much of the way from the worst answer to the best.
Curve = Callable[[int], float]


def wide_clinic() -> Clinic:
    """A clinic with room and people for whatever a protocol asks for, open all week."""
    clinic = make_clinic(chairs=2)
    kinds = ("infusion", "monitoring", "consulting")
    for name in kinds:
        make_room(clinic.site, *kinds, name=f"Wide {name}")
    clinic.nurse.capacity = 12
    clinic.nurse.save(update_fields=["capacity"])
    make_member(clinic.site, Role.THERAPIST)
    own = {"organization_id": clinic.organization.pk, "site": clinic.site}
    weekend = {"starts": time(8), "ends": time(18)}
    OpeningHours.objects.bulk_create(OpeningHours(weekday=d, **weekend, **own) for d in (5, 6))
    people = Membership.objects.filter(organization=clinic.organization)
    Shift.objects.bulk_create(
        Shift(weekday=d, membership=one, **weekend, **own) for one in people for d in (5, 6)
    )
    install_protocols(organization=clinic.organization, now=NOW)
    install_texts(organization=clinic.organization, now=NOW)
    return clinic


def steady(_dose: int) -> float:
    """Scores that never change much: no response."""
    return 0.75


def recovering(dose: int) -> float:
    """Scores that fall by half after the third dose, and stay."""
    return 0.75 if dose < 3 else 0.2


@dataclass
class Journey:
    """One course on its way; `at` is the clock."""

    clinic: Clinic
    version: ProtocolVersion
    curve: Curve = recovering
    at: datetime = NOW
    patient: Patient = field(init=False)
    course: Course = field(init=False)
    doses: list[date] = field(default_factory=list)

    @classmethod
    def of(cls, clinic: Clinic, code: str, **more: Any) -> "Journey":
        """A new patient under a protocol that the clinic was given; it is in use from now on."""
        Protocol.objects.filter(organization=clinic.organization, code=code).update(is_in_use=True)
        rows = ProtocolVersion.objects.filter(
            protocol__organization=clinic.organization, protocol__code=code
        )
        journey = cls(clinic, rows.select_related("protocol").get(), **more)
        journey.patient = make_patient(clinic.site)
        return journey

    @property
    def definition(self) -> ProtocolDefinition:
        """What the protocol says."""
        return definition_of(self.version)

    @property
    def today(self) -> date:
        """The site's date."""
        return self.at.astimezone(self.clinic.site.zone).date()

    def begin(self, **more: Any) -> None:
        """The desk plans and books the course; a prescriber screens the patient."""
        start = self.today + timedelta(days=1)
        proposal = plan_new_course(
            patient=self.patient,
            site=self.clinic.site,
            protocol_version=self.version,
            earliest_on=start,
            latest_first_on=start + timedelta(days=28),
            lead_therapist=None,
            by=self.clinic.desk,
            now=self.at,
        )
        self.course = proposal.course
        indication = self.definition.indications[0]
        change_terms(
            course=self.course, indication=indication, by=self.clinic.prescriber, now=self.at
        )
        self._book(proposal)
        assert self._planned(Session.Kind.DOSING)[0].is_provisional
        self.screen(indication)
        assert not any(visit.is_provisional for visit in self._planned())

    def _book(self, proposal: Proposal) -> None:
        ids = {"organization_id": proposal.organization_id, "proposal_id": proposal.pk}
        work_on_proposal(**ids, now=self.at)
        proposal.refresh_from_db()
        assert proposal.status == Proposal.Status.READY, proposal.reason
        accept_proposal(proposal=proposal, by=self.clinic.desk, now=self.at)
        self.course.refresh_from_db()

    def _planned(self, *kinds: str) -> list[Session]:
        rows = Session.objects.planned().filter(course=self.course)
        rows = rows.filter(kind__in=kinds) if kinds else rows
        return list(rows.select_related("site", "course__site", "patient").order_by("starts_at"))

    def screen(self, indication: str) -> None:
        """Everything that candidacy asks for, found in order, and decided."""
        by, now = self.clinic.prescriber, self.at
        self._consent()
        screening = begin_screening(course=self.course, by=by, now=now)
        terms = Terms(indication, "", "PHQ9", Decimal(20), self.today)
        save_terms(screening=screening, terms=terms, now=now)
        record_diagnosis(
            patient=self.patient,
            system=Diagnosis.System.ICD10,
            code="F33.2",
            label="Major depressive disorder, recurrent, severe",
            is_primary=True,
            by=by,
            now=now,
        )
        for kind in (MedicationTrial.Class.SSRI, MedicationTrial.Class.SNRI):
            self._tried(kind)
        for check in shipped_checks().checks:
            result = CheckResult.Result.NORMAL
            note_check(
                patient=self.patient, kind=check.kind, on=self.today, result=result, by=by, now=now
            )
        codes = [one.code for one in [*catalogue.answered(), *catalogue.questions()]]
        answers = [Found(code, "YES" if code in YES else "NO") for code in codes]
        save_answers(screening=screening, answers=answers, by=by, now=now)
        decide_screening(
            screening=screening,
            outcome=Screening.Status.ELIGIBLE,
            note="",
            conditions=[],
            by=by,
            now=now,
        )

    def _consent(self) -> None:
        text = text_in_use(self.patient.organization_id, ConsentKind.TREATMENT, "en")
        assert text is not None
        record_consent(
            patient=self.patient,
            text=text,
            signature=Signature(self.at - timedelta(minutes=5), ConsentRecord.How.PAPER),
            scope=Scope(self.definition.drug, self.definition.route),
            by=self.clinic.nurse,
            now=self.at,
        )

    def _tried(self, kind: str) -> None:
        began = self.today - timedelta(days=400)
        record_trial(
            patient=self.patient,
            by=self.clinic.prescriber,
            now=self.at,
            name=f"Medicine of class {kind}",
            kind=kind,
            max_daily_mg=Decimal(150),
            min_effective_mg=Decimal(50),
            started_on=began,
            ended_on=began + timedelta(weeks=10),
            weeks_at_dose=Decimal(8),
            was_taken_as_prescribed=True,
            improvement_percent=10,
            stopped=MedicationTrial.Stopped.NO_RESPONSE,
            is_current_episode=True,
        )

    def treat(self) -> None:
        """Every booked visit takes place, in turn."""
        while planned := self._planned():
            visit = planned[0]
            self._wait_until(visit.starts_at - timedelta(minutes=30))
            self._attend(visit)
            if visit.kind == Session.Kind.DOSING:
                self.doses.append(visit.local_date)
                self.decide()
            self.course.refresh_from_db()

    def _attend(self, visit: Session) -> None:
        by = self.clinic.nurse
        steps = STEPS if visit.kind == Session.Kind.DOSING else ("ARRIVED", "IN_PROGRESS", "DONE")
        for number, step in enumerate(steps):
            self.at = max(self.at, visit.starts_at + timedelta(minutes=15 * (number - 1)))
            change_status(visit=visit, to=step, by=by, now=self.at)

    def _settle_terms(self, indication: str) -> None:
        by = self.clinic.prescriber
        change_terms(course=self.course, indication=indication, by=by, now=self.at)

    def _wait_until(self, moment: datetime) -> None:
        """Days pass, those on which something is due with what belongs to them."""
        while (day := self._next_due()) and self.at + (day - self.today) < moment:
            self.at += day - self.today
            self.look_in()
        self.at = max(self.at, moment)
        self.look_in()

    def _next_due(self) -> date | None:
        """The next day on which scores fall due."""
        ahead = self._dues().filter(due_from__gt=self.today)
        return ahead.order_by("due_from").values_list("due_from", flat=True).first()

    def _dues(self) -> QuerySet[AssessmentDue]:
        open_ones = AssessmentDue.Status.OPEN
        return AssessmentDue.objects.filter(course=self.course, status=open_ones, is_optional=False)

    def look_in(self) -> None:
        """What a day asks of workers and staff: windows are watched, scores due are taken."""
        watch_courses(now=self.at)
        due = self._dues().filter(due_from__lte=self.today)
        for code in sorted(set(due.values_list("instrument", flat=True))):
            self.score(code)

    def score(self, code: str, level: float | None = None) -> Assessment:
        """One instrument is answered; nothing in it is unsafe."""
        level = self.curve(len(self.doses)) if level is None else level
        self.at += timedelta(minutes=1)
        return enter_scores(
            patient=self.patient,
            code=code,
            entry=Entry(answers=safe_answers(code, level)),
            by=self.clinic.nurse,
            now=self.at,
            course=self.course,
        )

    def decide(self, **decisions: str) -> None:
        """A prescriber decides what is asked for: go on, or as said for the kind of review."""
        rows = Review.objects.filter(course=self.course, decision="").select_related("course__site")
        for review in rows.order_by("raised_at"):
            self.at += timedelta(minutes=1)
            asked = review.proposal or {}
            said = Answer(
                decision=decisions.get(review.kind, USUAL.get(review.kind, "CONTINUE")),
                reason="Decided with the patient.",
                seen=self.course.maintenance_steps.count(),
                days=asked.get("to_days"),
            )
            decide_review(review=review, answer=said, by=self.clinic.prescriber, now=self.at)

    def go_on(self, doses: int = 1) -> None:
        """So many doses more are planned, booked and given."""
        proposal = plan_more_doses(
            course=self.course,
            doses=doses,
            by=self.clinic.prescriber,
            reason="It still helps.",
            now=self.at,
        )
        self._book(proposal)
        self.treat()

    def complete(self) -> None:
        """The last scores are taken, and the course is over."""
        self._wait_until(self.at + timedelta(days=4))
        finish_course(course=self.course, by=self.clinic.prescriber, reason="Done.", now=self.at)
        self.course.refresh_from_db()

    def gaps(self) -> list[int]:
        """Days between doses."""
        return [(b - a).days for a, b in zip(self.doses, self.doses[1:], strict=False)]

    def week(self) -> int:
        """The week in which the last dose was given (DOMAIN 2.1)."""
        return (self.doses[-1] - self.doses[0]).days // 7 + 1

    def interval(self) -> int | None:
        """The interval of maintenance in force."""
        steps = self.course.maintenance_steps.order_by("-number")
        return steps.values_list("interval_days", flat=True).first()
