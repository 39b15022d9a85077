"""“No dose until cleared” goes with the patient into whatever course comes next (DOMAIN 5.7)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from courses.holds.services import OF_THE_PATIENT, open_hold, open_holds, release_hold
from courses.models import Course, Hold
from courses.readiness import blockers
from courses.services import begin_following_course, start_course
from tests.factories import NOW, make_patient
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
