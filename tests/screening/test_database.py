"""What the database refuses, whoever writes: each rule of a screening is tried with plain SQL."""

from contextlib import contextmanager
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from clinic.identifiers import uuid7
from clinic.models import Role
from courses.models import Condition, Course, Finding, Screening
from courses.screening.services import deciding
from scheduling.services import candidacy
from tests.factories import NOW, clear, make_course, make_patient, make_visit
from tests.race import race
from tests.screening.conftest import TODAY, WHY, Case, gather, screened

pytestmark = pytest.mark.django_db


def refused(work):
    """The constraint that refuses it."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        at_once(work)
    return refusal.value.__cause__.diag.constraint_name


def at_once(work):
    """Do it, and let every check look at it now."""
    work()
    execute("SET CONSTRAINTS ALL IMMEDIATE")


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def finding(case, **changes):
    """Write a finding past every service."""
    said = {
        "organization_id": case.clinic.organization.pk, "screening": case.screening,
        "code": "DI_BENZO", "answer": "YES", "weight": "REL", "recorded_at": NOW,
        "recorded_by": case.by, **changes,
    }  # fmt: skip
    return lambda: Finding.objects.create(id=uuid7(), **said)


OVERRIDE = {"override_reason": WHY, "override_until": TODAY}


def test_an_absolute_finding_cannot_be_overridden(case):
    work = finding(case, code="CI_AVM", weight="ABS", override_by=case.by, **OVERRIDE)
    assert refused(work) == "finding_only_relative_is_overridden"


def test_nor_called_relative(case):
    work = finding(case, code="CI_AVM", weight="REL", override_by=case.by, **OVERRIDE)
    assert refused(work) == "finding_absolute_stays_absolute"


def test_an_override_says_why_in_twenty_characters(case):
    said = OVERRIDE | {"override_reason": "x" * 19 + "   "}
    assert refused(finding(case, override_by=case.by, **said)) == "finding_override_says_why"


def test_an_override_has_an_end(case):
    said = OVERRIDE | {"override_until": None}
    work = finding(case, override_by=case.by, **said)
    assert refused(work) == "finding_only_relative_is_overridden"


def test_only_a_prescriber_overrides(case):
    work = finding(case, override_by=case.clinic.nurse, **OVERRIDE)
    assert refused(work) == "finding_override_by_prescriber"
    finding(case, override_by=case.by, **OVERRIDE)()


def test_an_absolute_finding_is_not_taken_back(case, director):
    case.answer(CI_AVM="YES")
    said = {"code": "CI_AVM", "weight": "ABS", "answer": "NO",
            "recorded_at": NOW + timedelta(minutes=1)}  # fmt: skip
    assert refused(finding(case, **said)) == "finding_absolute_is_kept"
    said |= {"in_error_reason": WHY}
    work = finding(case, in_error_by=case.by, **said)
    assert refused(work) == "finding_in_error_by_director"
    work = finding(case, in_error_by=director, **(said | {"in_error_reason": "short"}))
    assert refused(work) == "finding_in_error_says_why"
    finding(case, in_error_by=director, **said)()


def test_findings_are_only_added(case):
    """The application's role may neither change nor delete them."""
    case.answer(DI_BENZO="YES")
    for statement in ("UPDATE courses_finding SET answer = 'NO'", "DELETE FROM courses_finding"):
        with pytest.raises(ProgrammingError), transaction.atomic():
            execute(f"SET LOCAL ROLE courseline_app; {statement}")


def test_a_decided_screening_takes_no_more_findings_and_conditions(cleared):
    assert refused(finding(cleared)) == "finding_while_in_progress"

    def add():
        Condition.objects.create(
            organization_id=cleared.clinic.organization.pk, screening=cleared.screening,
            text="Late", due_on=TODAY, recorded_at=NOW, recorded_by=cleared.by,
        )  # fmt: skip

    assert refused(add) == "condition_while_in_progress"


def test_nobody_is_eligible_over_a_finding(ready):
    for code, weight in (("CI_AVM", "ABS"), ("CI_MANIA", "TEMP"), ("DI_BENZO", "REL")):
        with transaction.atomic():
            later = NOW + timedelta(minutes=1)
            finding(ready, code=code, weight=weight, recorded_at=later)()
            assert refused(lambda: decided(ready)) == "screening_nothing_against_it"
            transaction.set_rollback(True)
    decided(ready)


def decided(case, status="ELIGIBLE"):
    Screening.objects.filter(pk=case.screening.pk).update(
        status=status, decided_at=NOW, evaluator=case.by, evaluator_role=Role.PRESCRIBER,
        expires_on=TODAY,
    )  # fmt: skip


def test_a_decision_names_who_and_until_when(ready):
    rows = Screening.objects.filter(pk=ready.screening.pk)
    assert refused(lambda: rows.update(status="DEFERRED")) == "screening_decided_by_somebody"
    said = {"decided_at": NOW, "evaluator": ready.by, "evaluator_role": Role.PRESCRIBER}
    assert refused(lambda: rows.update(status="ELIGIBLE", **said)) == "screening_eligible_until"


@pytest.mark.parametrize(
    ("before", "after"),
    [("ELIGIBLE", "IN_PROGRESS"), ("ELIGIBLE", "NOT_ELIGIBLE"), ("NOT_ELIGIBLE", "ELIGIBLE"),
     ("DEFERRED", "ELIGIBLE"), ("DEFERRED", "EXPIRED")],
)  # fmt: skip
def test_a_screening_goes_no_other_way(ready, before, after):
    decided(ready, before)
    work = "UPDATE courses_screening SET status = %s"
    assert refused(lambda: execute(work, after)) in {
        "screening_step", "screening_decided_by_somebody", "screening_over_says_why",
    }  # fmt: skip


def test_a_screening_begins_in_progress(case):
    def begin():
        Screening.objects.create(
            organization_id=case.clinic.organization.pk, course=case.course, status="ELIGIBLE",
            started_at=NOW, started_by=case.by, decided_at=NOW, evaluator=case.by,
            evaluator_role=Role.PRESCRIBER, expires_on=TODAY,
        )  # fmt: skip

    assert refused(begin) == "screening_begins_open"


def test_what_was_decided_stays(ready):
    decided(ready)
    rows = Screening.objects.all()
    for change in ({"expires_on": TODAY + timedelta(days=9)}, {"decision_note": "x"}):
        assert refused(lambda said=change: rows.update(**said)) == "screening_decision_stays"


def test_one_is_in_progress_and_one_stands(cleared):
    cleared.again()

    def second():
        Screening.objects.create(
            organization_id=cleared.clinic.organization.pk, course=cleared.course,
            started_at=NOW, started_by=cleared.by,
        )  # fmt: skip

    assert refused(second) == "screening_one_in_progress"
    assert refused(lambda: decided(cleared)) == "screening_one_standing"


def test_a_condition_is_met_once(booked):
    booked.decide("ELIGIBLE_CONDITIONAL", due=TODAY)
    execute("UPDATE courses_condition SET met_at = recorded_at, met_by_id = recorded_by_id")
    work = "UPDATE courses_condition SET met_note = 'again'"
    assert refused(lambda: execute(work)) == "condition_stays"


def test_no_dose_is_firm_without_clearance(booked):
    work = "UPDATE treatment_sessions_session SET is_provisional = false"
    assert refused(lambda: execute(work)) == "session_firm_only_when_cleared"


def test_no_firm_dose_is_written_without_clearance(clinic):
    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk, cleared=False)
    work = lambda: make_visit(course, clinic.chair, NOW)  # noqa: E731 - what is refused, by name
    assert refused(work) == "session_firm_only_when_cleared"
    clear(course, clinic.prescriber)
    work()


def test_no_clearance_ends_while_a_dose_is_firm(cleared):
    work = """UPDATE courses_screening SET status = 'EXPIRED', ended_at = now(),
              ended_why = 'LAPSE'"""
    assert refused(lambda: execute(work)) == "screening_leaves_no_firm_dose"


def test_a_provisional_dose_does_not_begin(booked):
    work = "UPDATE treatment_sessions_session SET status = 'IN_PROGRESS', begun_at = now()"
    assert refused(lambda: execute(work)) == "session_provisional_gives_no_dose"


def test_preparation_is_never_provisional(clinic):
    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    work = lambda: make_visit(  # noqa: E731 - what is refused, by name
        course, clinic.office, NOW, kind="prep", visit_type="preparation", is_provisional=True
    )
    assert refused(work) == "session_provisional_gives_no_dose"


@pytest.mark.parametrize(
    ("born", "is_of_age"),
    [(date(2008, 1, 6), False), (date(2008, 1, 5), True), (date(2008, 2, 29), False)],
)
def test_8_46_no_firm_dose_for_a_minor(clinic, born, is_of_age):
    patient = make_patient(clinic.site, birth_date=born)
    course = make_course(patient, clinic.version, clinic.desk)
    work = lambda: make_visit(course, clinic.chair, NOW)  # noqa: E731 - what is refused, by name
    if is_of_age:
        work()
    else:
        assert refused(work) == "session_no_dose_for_a_minor"


def test_8_48_the_database_counts_leap_days_as_the_rules_do(clinic):
    patient = make_patient(clinic.site, birth_date=date(2008, 2, 29))
    course = make_course(patient, clinic.version, clinic.desk)
    for days, is_refused in ((54, True), (55, False)):
        at = NOW + timedelta(days=days)
        work = lambda at=at: make_visit(course, clinic.chair, at)  # noqa: E731 - what is refused, by name
        if is_refused:
            assert (at.date(), refused(work)) == (date(2026, 2, 28), "session_no_dose_for_a_minor")
        else:
            work()


def rival_decision(case, wanted):
    """What one of several who decide at once does, with rows of their own."""
    mine = Screening.objects.select_related("course__site").get(pk=case.screening.pk)
    return Case(case.clinic, mine.course, mine).decide(wanted)


@contextmanager
def without_trigger():
    """The database's own guard of the steps of a screening is off meanwhile."""
    execute("ALTER TABLE courses_screening DISABLE TRIGGER step")
    try:
        yield
    finally:
        execute("ALTER TABLE courses_screening ENABLE TRIGGER step")


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def rivals(self, clinic):
        """A screening that is ready for its decision, and one dose that waits for it."""
        case = screened(clinic)
        gather(case)
        make_visit(case.course, clinic.chair, NOW + timedelta(days=1), is_provisional=True)
        return case

    def test_of_two_who_decide_at_once_one_does(self, rivals):
        wanted = ("ELIGIBLE", "NOT_ELIGIBLE")
        outcomes = race(lambda number: rival_decision(rivals, wanted[number % 2]), rivals=4)
        kinds = [type(outcome).__name__ for outcome in outcomes]
        assert (kinds.count("Decided"), kinds.count("ScreeningDecided")) == (1, 3)
        assert rivals.course.events.filter(kind="SCREENED").count() == 1
        visit = rivals.course.visits.get()
        won = Screening.objects.get().status
        assert (visit.status, visit.is_provisional) == {
            "ELIGIBLE": ("PLANNED", False), "NOT_ELIGIBLE": ("CANCELLED", True),
        }[won]  # fmt: skip

    def test_control_without_the_guards_both_decisions_stand(self, rivals, monkeypatch):
        """The decision as it is, but for its locks: each rival looked before the other wrote."""
        looked = Barrier(2, timeout=20)

        def look(screening):
            assert Screening.objects.get(pk=screening.pk).is_open
            looked.wait()

        monkeypatch.setattr(deciding, "lock_open", look)
        monkeypatch.setattr(candidacy, "lock_course", _course_unlocked)
        # It would take the rival's decision for an earlier one, and the row for one that is over.
        monkeypatch.setattr(deciding, "_supersede", lambda course, now: None)
        with without_trigger():
            outcomes = race(
                lambda number: rival_decision(rivals, "DEFERRED"),
                rivals=2,
            )
        assert [type(outcome).__name__ for outcome in outcomes] == ["Decided", "Decided"]
        assert rivals.course.events.filter(kind="SCREENED").count() == 2

    def test_without_the_locks_the_database_still_refuses_the_second(self, rivals, monkeypatch):
        looked = Barrier(2, timeout=20)
        monkeypatch.setattr(deciding, "lock_open", lambda screening: looked.wait())
        monkeypatch.setattr(candidacy, "lock_course", _course_unlocked)
        # A rival that wrote a moment earlier would be taken for an earlier decision.
        monkeypatch.setattr(deciding, "_supersede", lambda course, now: None)
        # Two that say the same would be one decision to the database.
        wanted = ["DEFERRED", "NOT_ELIGIBLE"]
        outcomes = race(lambda number: rival_decision(rivals, wanted[number]), rivals=2)
        kinds = sorted(type(outcome).__name__ for outcome in outcomes)
        assert kinds == ["Decided", "IntegrityError"]


def _course_unlocked(course_id):
    rows = Course.objects.select_related("organization", "patient", "site")
    return rows.select_related("protocol_version__protocol").get(pk=course_id)


def test_the_constraints_are_integrity_errors(case):
    with pytest.raises(IntegrityError), transaction.atomic():
        finding(case, answer="PERHAPS")()
