"""Recording authorisations and agreements; what is used and left by the doses given."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic.errors import DomainError
from clinic.tenancy import tenant
from courses.authorizations.rules import State
from courses.authorizations.selectors import (
    renewals_due,
    standing_of,
    standings_of_course,
    standings_of_patient,
)
from courses.authorizations.services import (
    AuthorizationEnded,
    Terms,
    agree_self_pay,
    change_authorization,
    end_authorization,
    end_self_pay,
    keep_payer,
)
from courses.doses.services import record_outside_dose
from courses.models import Authorization, Course, CourseEvent, CoverageWarning, SelfPayAgreement
from tests.application import as_application
from tests.authorizations.granting import esketamine_course, given, granted, make_payer
from tests.factories import NOW, Clinic, make_patient
from tests.race import race

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 5)


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


def test_8_61_the_doses_given_leave_one_device_of_23(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    one = granted(clinic, course.patient, course=course, units_granted=23)
    for seq, mg in enumerate(["56", "56", *["84"] * 6], start=1):
        given(clinic, course, seq, on(3 * seq), mg)
    standing = standing_of(one, today=on(30))
    assert (standing.spent.units, standing.units_left) == (22, 1)
    assert standing.visits_left is None


def test_a_dose_whose_amount_nobody_noted_counts_as_the_most_it_can_be(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    one = granted(clinic, course.patient, course=course, units_granted=23)
    given(clinic, course, 1, on(0), None)
    given(clinic, course, 2, on(3), None)
    assert standing_of(one, today=on(4)).spent.units == 2 + 3


def test_doses_given_elsewhere_use_nothing(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    one = granted(clinic, course.patient, course=course, visits_granted=8)
    record_outside_dose(
        patient=course.patient, course=course, on=FIRST, drug="esketamine", route="nasal",
        amount_mg=None, by=clinic.nurse, now=NOW,
    )  # fmt: skip
    assert standing_of(one, today=on(4)).visits_left == 8


def test_recording_is_on_the_courses_timeline(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    one = granted(clinic, course.patient, course=course, visits_granted=8)
    event = CourseEvent.objects.get(course=course, kind=CourseEvent.Kind.AUTHORIZED)
    assert event.detail == {"authorization": str(one.pk)}


def test_renewal_days_are_those_of_the_thresholds_where_nothing_is_said(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    assert granted(clinic, course.patient, course=course, visits_granted=8).renewal_days == 30


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_on": date(2025, 12, 31)}, "ends_on"),
        ({"visits_granted": None}, "visits_granted"),
        ({"course": None}, "course"),
        ({"drug": "esketamine"}, "course"),
    ],
)
def test_terms_that_do_not_fit_are_refused(
    clinic: Clinic, change: dict[str, Any], field: str
) -> None:
    course = esketamine_course(clinic)
    said = {"course": course, "visits_granted": 8, **change}
    with pytest.raises(DomainError) as refusal:
        granted(clinic, course.patient, **said)
    assert refusal.value.field == field


def test_another_patients_course_and_another_organisations_payer_are_refused(
    clinic: Clinic, other_clinic: Clinic
) -> None:
    course = esketamine_course(clinic)
    for said, field in [
        ({"course": esketamine_course(clinic)}, "course"),
        ({"course": course, "payer": make_payer(other_clinic)}, "payer"),
    ]:
        with pytest.raises(DomainError) as refusal:
            granted(clinic, course.patient, visits_granted=8, **said)
        assert refusal.value.field == field


def test_an_ended_one_covers_nothing_and_is_not_changed(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    one = granted(clinic, course.patient, course=course, visits_granted=8)
    end_authorization(authorization=one, by=clinic.desk, reason="Payer withdrew it.", now=NOW)
    assert standing_of(one, today=on(1)).state == State.ENDED
    terms = Terms(
        payer=one.payer, reference="PA-2", starts_on=one.starts_on, ends_on=one.ends_on,
        visits_granted=9, course=course,
    )  # fmt: skip
    with pytest.raises(AuthorizationEnded):
        change_authorization(authorization=one, terms=terms, by=clinic.desk)
    with pytest.raises(AuthorizationEnded):
        end_authorization(authorization=one, by=clinic.desk, reason="Again.", now=NOW)


def test_one_for_the_drug_belongs_to_every_course_of_it(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    other = esketamine_course(clinic, course.patient)
    granted(clinic, course.patient, drug="esketamine", visits_granted=8)
    granted(clinic, course.patient, course=other, visits_granted=2, reference="PA-2")
    seen = [one.authorization.reference for one in standings_of_course(course, today=on(1))]
    assert seen == ["PA-1"]
    assert len(standings_of_course(other, today=on(1))) == 2
    assert len(standings_of_patient(course.patient, today=on(1))) == 2


def due_at(clinic: Clinic, day: date, hour: int = 12) -> list[str]:
    now = datetime.combine(day, time(hour), clinic.site.zone)
    lines = renewals_due(clinic.desk, now=now)
    return [line.standing.authorization.reference for line in lines]


def test_renewal_is_due_from_its_day_until_a_later_one_is_recorded(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    granted(clinic, course.patient, course=course, visits_granted=8)
    assert due_at(clinic, date(2026, 2, 28), hour=23) == [], "in New York it is not March yet"
    assert due_at(clinic, date(2026, 3, 1)) == ["PA-1"]
    assert due_at(clinic, date(2026, 4, 2)) == ["PA-1"]
    granted(
        clinic, course.patient, course=course, visits_granted=8, reference="PA-2",
        starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30),
    )  # fmt: skip
    assert due_at(clinic, date(2026, 3, 1)) == []


def test_what_is_used_up_is_due_at_once(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    granted(clinic, course.patient, course=course, visits_granted=1)
    given(clinic, course, 1, on(0))
    assert due_at(clinic, on(1)) == ["PA-1"]


def test_nothing_is_due_for_a_course_that_has_ended(clinic: Clinic) -> None:
    course = esketamine_course(clinic, status=Course.Status.STOPPED, stop_reason="PATIENT_WISH")
    granted(clinic, course.patient, course=course, visits_granted=1)
    assert due_at(clinic, date(2026, 3, 15)) == []


@pytest.mark.parametrize("many", [1, 20])
def test_the_due_list_asks_a_fixed_number_of_queries(
    clinic: Clinic, many: int, django_assert_num_queries: Any
) -> None:
    for _ in range(many):
        course = esketamine_course(clinic)
        granted(clinic, course.patient, course=course, visits_granted=8)
    with django_assert_num_queries(4):
        assert len(renewals_due(clinic.desk, now=NOW + timedelta(days=69))) == many


def test_a_payers_name_is_kept_once(clinic: Clinic) -> None:
    make_payer(clinic)
    with pytest.raises(DomainError) as refusal:
        keep_payer(name=" Elm Health ", profile="", is_active=True, by=clinic.desk)
    assert refusal.value.field == "name"


def test_self_pay_is_agreed_once_and_ended_once(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    first = agree_self_pay(course=course, signed_on=FIRST, by=clinic.desk, now=NOW)
    assert agree_self_pay(course=course, signed_on=FIRST, by=clinic.desk, now=NOW) == first
    end_self_pay(agreement=first, by=clinic.desk, now=NOW)
    with pytest.raises(AuthorizationEnded):
        end_self_pay(agreement=first, by=clinic.desk, now=NOW)
    with pytest.raises(DomainError) as refusal:
        agree_self_pay(course=course, signed_on=on(1), by=clinic.desk, now=NOW)
    assert refusal.value.field == "signed_on"


@pytest.mark.django_db(transaction=True)
def test_of_rivals_one_agreement_comes(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    outcomes = race(
        lambda _n: agree_self_pay(course=course, signed_on=FIRST, by=clinic.desk, now=NOW),
        rivals=4,
    )
    assert {outcome.pk for outcome in outcomes} == {SelfPayAgreement.objects.get().pk}


@pytest.mark.parametrize(
    "change",
    [
        {"ends_on": date(2025, 1, 1)},
        {"visits_granted": None, "units_granted": None},
        {"course": None},
        {"drug": "esketamine"},
        {"ended_at": NOW},
        {"ended_by": "desk"},
        {"end_reason": "Because."},
    ],
)
def test_the_database_keeps_an_authorisation_whole(clinic: Clinic, change: dict[str, Any]) -> None:
    course = esketamine_course(clinic)
    one = granted(clinic, course.patient, course=course, visits_granted=8)
    values = {key: clinic.desk if value == "desk" else value for key, value in change.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Authorization.objects.filter(pk=one.pk).update(**values)


def test_a_warning_that_was_kept_stays(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    CoverageWarning.objects.create(
        organization=clinic.organization, course=course, visit_id=uuid4(), on=FIRST,
        code="OUTSIDE_DATES", self_pay=False, at=NOW, by=clinic.desk,
    )  # fmt: skip
    for statement in (
        "UPDATE courses_coveragewarning SET code = 'NO_UNITS_LEFT'",
        "DELETE FROM courses_coveragewarning",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_application_deletes_no_authorisation(clinic: Clinic) -> None:
    patient = make_patient(clinic.site)
    granted(clinic, patient, drug="esketamine", visits_granted=1)
    with (
        as_application(),
        tenant(clinic.organization.pk),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        Authorization.objects.all().delete()
