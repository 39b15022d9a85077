"""What tests of screenings share: a fixed clock, and a patient who is being screened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from clinic.consents.services import Scope, Signature, record_consent
from clinic.models import ConsentKind, ConsentText, Membership, Role
from courses.checks.services import record_check
from courses.models import Course, Screening
from courses.screening import catalogue
from courses.screening.services import (
    Answer,
    NewCondition,
    Terms,
    begin_screening,
    record_diagnosis,
    record_trial,
    save_answers,
    save_terms,
)
from scheduling.services.candidacy import Decided, decide_screening
from sessions.models import Session
from tests.factories import NOW, Clinic, make_course, make_patient, make_visit
from tests.standing import as_of_now, stands

DAY = timedelta(days=1)
TODAY = date(2026, 1, 5)
YES = {"IN_CONSENT_CAPACITY", "IN_SUPPORT", "IN_REALISTIC"}
WHY = "Takes it at night only; left out on the day before."


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The time is NOW until a test sets it."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


@dataclass
class Case:
    """A course whose patient is screened."""

    clinic: Clinic
    course: Course
    screening: Screening

    @property
    def by(self) -> Membership:
        return self.clinic.prescriber

    def answer(self, **answers: str) -> None:
        """Answer these; a further word after a blank is the day of onset."""
        save_answers(
            screening=self.screening,
            answers=[Answer(code, said) for code, said in answers.items()],
            by=self.by,
            now=NOW,
        )

    def decide(
        self,
        outcome: str = "ELIGIBLE",
        *,
        now: datetime = NOW,
        by: Membership | None = None,
        due: date | None = None,
        keep_open: bool = False,
    ) -> Decided:
        conditions = [NewCondition("Liver function", due)] if due else []
        return decide_screening(
            screening=self.screening,
            outcome=outcome,
            note="",
            conditions=conditions,
            by=by or self.by,
            now=now,
            keep_open=keep_open,
        )

    def doses(self, **fields: Any) -> list[Session]:
        """The course's doses, in order."""
        rows = Session.objects.filter(course=self.course, kind="dosing", **fields)
        return list(rows.order_by("starts_at"))

    def again(self, *, now: datetime = NOW) -> Screening:
        """Another screening in the place of this one."""
        self.screening = begin_screening(course=self.course, by=self.by, now=now)
        self.screening.course = self.course
        return self.screening


def answers_of(**other: str) -> list[Answer]:
    """Every question answered as for somebody who may be treated, but these."""
    codes = [one.code for one in [*catalogue.answered(), *catalogue.questions()]]
    said = {code: "YES" if code in YES else "NO" for code in codes} | other
    return [Answer(code, answer) for code, answer in said.items()]


def gather(case: Case, **other: str) -> None:
    """Everything on record that makes somebody eligible, but these answers."""
    patient, by = case.course.patient, case.by
    record_diagnosis(
        patient=patient, system="ICD10", code="F33.2", label="Depression", by=by, now=NOW
    )
    for kind in ("SSRI", "SNRI"):
        tried(case, kind)
    for kind in ("HISTORY", "SUBSTANCE", "LIVER", "RENAL", "URINALYSIS", "URINARY_SYMPTOMS",
                 "DRUG_SCREEN", "STOP_BANG", "COGNITION", "PDMP", "MISUSE"):  # fmt: skip
        record_check(patient=patient, kind=kind, on=TODAY, result="NORMAL", by=by, now=NOW)
    consent(case)
    terms = Terms("IN_TRD", "", "PHQ9", Decimal(20), TODAY)
    save_terms(screening=case.screening, terms=terms, now=NOW)
    save_answers(screening=case.screening, answers=answers_of(**other), by=by, now=NOW)


def tried(case: Case, kind: str = "SSRI", **other: Any) -> None:
    """An adequate trial that failed, but for what is said."""
    said: dict[str, Any] = {
        "name": kind, "kind": kind, "max_daily_mg": Decimal(100),
        "min_effective_mg": Decimal(50), "weeks_at_dose": Decimal(8),
        "was_taken_as_prescribed": True, "improvement_percent": 10, "stopped": "NO_RESPONSE",
        **other,
    }  # fmt: skip
    record_trial(patient=case.course.patient, by=case.by, now=NOW, **said)


def consent(case: Case) -> None:
    """The patient signs a consent to any treatment."""
    text, _ = ConsentText.objects.get_or_create(
        organization=case.clinic.organization,
        kind=ConsentKind.TREATMENT,
        language="en",
        number=1,
        defaults={
            "title": "Consent", "body": "Words.", "created_at": NOW, "published_at": NOW,
        },
    )  # fmt: skip
    signature = Signature(NOW - timedelta(minutes=5), "PAPER")
    record_consent(
        patient=case.course.patient,
        text=text,
        signature=signature,
        scope=Scope(),
        by=case.clinic.desk,
        now=NOW,
    )


def screened(clinic: Clinic, *, status: str = "ACTIVE", **patient: Any) -> Case:
    """A course whose screening has begun; nothing is recorded yet."""
    person = make_patient(clinic.site, **patient)
    course = make_course(person, clinic.version, clinic.desk, cleared=False, status=status)
    found = begin_screening(course=course, by=clinic.prescriber, now=NOW)
    found.course = course
    return Case(clinic, course, found)


@stands
def case_begun(small_clinic: Clinic) -> Case:
    """A screening in progress, of a course under way, nothing recorded."""
    with as_of_now():
        return screened(small_clinic)


@stands
def case_ready(case_begun: Case) -> Case:
    """A screening by which the patient can be found eligible."""
    with as_of_now():
        gather(case_begun)
    return case_begun


@stands
def case_booked(case_ready: Case) -> Case:
    """… whose doses are booked already, as provisional."""
    with as_of_now():
        for number, days in ((1, 1), (2, 4)):
            at, chair = NOW + days * DAY, case_ready.clinic.chair
            make_visit(case_ready.course, chair, at, seq=number, is_provisional=True)
    return case_ready


@pytest.fixture
def case(case_begun: Case) -> Case:
    """That screening in progress."""
    return case_begun


@pytest.fixture
def ready(case_ready: Case) -> Case:
    """That which can be decided."""
    return case_ready


@pytest.fixture
def booked(case_booked: Case) -> Case:
    """That whose doses are booked."""
    return case_booked


@pytest.fixture
def cleared(booked: Case) -> Case:
    """… and who was found eligible."""
    booked.decide()
    return booked


@pytest.fixture
def director(clinic: Clinic) -> Membership:
    """The medical director."""
    return clinic.person(Role.MEDICAL_DIRECTOR)
