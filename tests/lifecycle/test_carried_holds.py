"""“No dose until cleared” goes with the patient into whatever course comes next (DOMAIN 5.7)."""

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from django.apps import apps

from courses.holds.services import OF_THE_PATIENT, open_hold, open_holds, release_hold
from courses.models import Course, Hold
from courses.readiness import blockers
from courses.services import begin_following_course, start_course
from tests.factories import NOW, make_course, make_patient
from tests.lifecycle.lives import WHY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SOURCE = uuid4()


def held(clinic, course, kind, source=SOURCE):
    said = {"by": clinic.prescriber, "now": NOW + HOUR, "reason": "Not before it is settled"}
    return open_hold(course=course, kind=kind, source_id=source, **said)


def another(clinic, patient, hours=2):
    return start_course(
        patient=patient,
        site=clinic.site,
        protocol_version=clinic.version,
        earliest_on=NOW.date(),
        latest_first_on=NOW.date() + timedelta(days=14),
        lead_therapist=None,
        by=clinic.prescriber,
        now=NOW + hours * HOUR,
    )


def kinds(course):
    return [(hold.kind, hold.source_id) for hold in open_holds([course]).get(course.pk, [])]


@pytest.mark.parametrize("kind", sorted(OF_THE_PATIENT))
@pytest.mark.parametrize("relation", Course.Relation.values)
def test_what_holds_the_patient_holds_the_course_that_follows(clinic, course, kind, relation):
    held(clinic, course, kind)
    follower = begin_following_course(
        course=course,
        relation=relation,
        protocol_version=clinic.version,
        earliest_on=NOW.date(),
        latest_first_on=NOW.date() + timedelta(days=14),
        by=clinic.prescriber,
        reason=WHY,
        now=NOW + 2 * HOUR,
    )
    assert kinds(follower) == [(kind, SOURCE)]
    found = blockers(course=follower, on=NOW.date(), now=NOW + 2 * HOUR)
    assert f"HOLD_{kind}" in [one.code for one in found]
    assert follower.events.filter(kind="HELD").count() == 1


def test_a_new_course_of_the_patient_is_held_too(clinic, course):
    held(clinic, course, Hold.Kind.SUICIDE_RISK)
    held(clinic, course, Hold.Kind.PREGNANCY, source=None)
    new = another(clinic, course.patient)
    assert set(kinds(new)) == {(Hold.Kind.SUICIDE_RISK, SOURCE), (Hold.Kind.PREGNANCY, None)}


@pytest.mark.parametrize("kind", sorted(set(Hold.Kind.values) - OF_THE_PATIENT))
def test_what_holds_one_course_alone_stays_with_it(clinic, course, kind):
    held(clinic, course, kind)
    assert kinds(another(clinic, course.patient)) == []


def test_neither_what_was_released_nor_another_patients_is_carried_over(clinic, course):
    hold = held(clinic, course, Hold.Kind.HOSPITAL)
    assert kinds(another(clinic, make_patient(clinic.site))) == []
    release_hold(hold=hold, by=clinic.prescriber, reason=WHY, now=NOW + 2 * HOUR)
    assert kinds(another(clinic, course.patient, hours=3)) == []


def test_what_was_released_in_the_course_that_took_it_over_does_not_come_back(clinic, course):
    held(clinic, course, Hold.Kind.HOSPITAL, source=None)
    second = another(clinic, course.patient)
    (hold,) = open_holds([second])[second.pk]
    release_hold(hold=hold, by=clinic.prescriber, reason=WHY, now=NOW + 3 * HOUR)
    assert kinds(another(clinic, course.patient, hours=4)) == []


def beside(clinic, course):
    """Another open course of the patient, booked before anything happens."""
    return make_course(course.patient, clinic.version, clinic.prescriber, status="ACTIVE")


@pytest.mark.parametrize("kind", Hold.Kind.values)
def test_what_is_about_the_patient_holds_every_open_course_at_once(clinic, course, kind):
    other = beside(clinic, course)
    over = make_course(course.patient, clinic.version, clinic.prescriber, status="COMPLETED")
    held(clinic, course, kind)
    assert kinds(course) == [(kind, SOURCE)]
    assert kinds(other) == ([(kind, SOURCE)] if kind in OF_THE_PATIENT else [])
    assert kinds(over) == []


def test_a_course_that_is_released_stays_so_while_another_is_held(clinic, course):
    other = beside(clinic, course)
    held(clinic, course, Hold.Kind.HOSPITAL)
    (hold,) = open_holds([other])[other.pk]
    release_hold(hold=hold, by=clinic.prescriber, reason=WHY, now=NOW + 2 * HOUR)
    held(clinic, course, Hold.Kind.HOSPITAL)
    assert kinds(other) == []


def opened_before(course, kind, hours, **more):
    """As a hold was opened before it was carried to other courses."""
    return Hold.objects.create(
        organization=course.organization, course=course, kind=kind, source_id=SOURCE,
        opened_at=NOW + hours * HOUR, **more,
    )  # fmt: skip


def test_holds_from_before_are_carried_to_the_other_open_courses(clinic, course):
    carry = import_module("courses.migrations.0024_holds_of_the_patient").carry
    other, settled = beside(clinic, course), beside(clinic, course)
    opened_before(course, Hold.Kind.URINARY, 1, reason="Twice in a row")
    opened_before(course, Hold.Kind.CLINICIAN, 1)
    opened_before(
        settled, Hold.Kind.URINARY, 1, released_at=NOW + 2 * HOUR,
        released_by=clinic.prescriber, release_reason=WHY,
    )  # fmt: skip
    stranger = beside(clinic, make_course(make_patient(clinic.site), clinic.version, clinic.desk))
    for _twice in range(2):
        carry(apps, None)
    assert kinds(other) == [(Hold.Kind.URINARY, SOURCE)]
    assert Hold.objects.get(course=other).reason == "Twice in a row"
    assert other.events.filter(kind="HELD").count() == 1
    assert (kinds(settled), kinds(stranger)) == ([], [])
