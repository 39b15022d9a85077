"""What PostgreSQL itself refuses about doses that begin, whoever writes (DOMAIN 3, 8.46)."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from courses.models import Screening
from sessions.models import Session
from tests.factories import NOW, make_course, make_patient, make_visit

pytestmark = pytest.mark.django_db
BEGUN = ["IN_PROGRESS", "OBSERVING", "DONE"]
UNCLEARED, MINOR = "session_firm_only_when_cleared", "session_no_dose_for_a_minor"


def refused(work):
    """The constraint that refuses it."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        work()
    return refusal.value.__cause__.diag.constraint_name


def course_of(clinic, **fields):
    born = fields.pop("born", date(1980, 1, 1))
    patient = make_patient(clinic.site, birth_date=born)
    return make_course(patient, clinic.version, clinic.desk, status="ACTIVE", **fields)


def begin(visit, status):
    return lambda: Session.objects.filter(pk=visit.pk).update(
        status=status, begun_at=NOW, is_provisional=False
    )


@pytest.mark.parametrize("status", BEGUN)
def test_no_dose_begins_in_a_course_that_nobody_cleared(clinic, status):
    course = course_of(clinic, cleared=False)
    visit = make_visit(course, clinic.chair, NOW, is_provisional=True)
    assert refused(begin(visit, status)) == UNCLEARED


def test_nobody_arrives_for_a_firm_dose_there(clinic):
    course = course_of(clinic, cleared=False)
    visit = make_visit(course, clinic.chair, NOW, is_provisional=True)
    rows = Session.objects.filter(pk=visit.pk)
    assert refused(lambda: rows.update(status="ARRIVED", is_provisional=False)) == UNCLEARED
    rows.update(status="ARRIVED")


@pytest.mark.parametrize("status", BEGUN)
@pytest.mark.parametrize(
    ("who", "why"), [({"cleared": False}, UNCLEARED), ({"born": date(2015, 6, 1)}, MINOR)]
)
def test_none_is_written_down_as_begun(clinic, status, who, why):
    course = course_of(clinic, **who)
    assert refused(lambda: make_visit(course, clinic.chair, NOW, status=status)) == why


@pytest.mark.parametrize("status", BEGUN)
def test_none_begins_for_a_minor(clinic, status):
    course = course_of(clinic, born=date(2015, 6, 1))
    visit = make_visit(course, clinic.chair, NOW, is_provisional=True)
    assert refused(begin(visit, status)) == MINOR


def test_what_has_begun_is_finished_though_the_screening_ends(clinic):
    course = course_of(clinic)
    visit = make_visit(course, clinic.chair, NOW, status="IN_PROGRESS")
    Screening.objects.filter(course=course).update(
        status=Screening.Status.EXPIRED, ended_at=NOW, ended_why="LAPSE"
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for status in BEGUN[1:]:
        assert Session.objects.filter(pk=visit.pk).update(status=status)
