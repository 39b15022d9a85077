"""What tests of linked charts share: visits to come, doses that were given, what is broken."""

from datetime import timedelta

from django.db import connection

from clinic.models import Patient
from courses.doses.services import record_dose
from courses.models import Course
from scheduling.invariants import INVARIANTS
from sessions.models import Session
from tests.factories import NOW, make_course, make_room, make_visit

DAY = timedelta(days=1)
# Those that rows made for a test can keep.
OF_PERSONS = [one for one in INVARIANTS if not one.name.startswith("visit_has")]
WHY = "The same passport was shown at both sites."


def course_on(clinic, chart, **fields):
    return make_course(chart, clinic.version, clinic.desk, **fields)


def dose(clinic, chart, at, **fields):
    """A visit to come, booked in the chart's open course: its first dose, if nothing else."""
    courses = Course.objects.filter(patient=chart).order_by("pk")
    course = courses.last() or course_on(clinic, chart)
    seq = course.visits.count() + 1
    return make_visit(course, make_room(clinic.site), at, seq=seq, **fields)


def given(clinic, chart, at):
    """A dose that was given, in a course of its own."""
    course = course_on(clinic, chart)
    visit = make_visit(course, make_room(clinic.site), at, status=Session.Status.DONE)
    said = {"course": course, "visit_id": visit.pk, "seq": 1, "by": clinic.nurse}
    return record_dose(on=visit.local_date, given_at=at, now=max(at, NOW), **said)


def refused_by(excinfo):
    return excinfo.value.__cause__.diag.constraint_name


def principals(*charts):
    found = dict(Patient.objects.values_list("pk", "principal_id"))
    return [found[chart.pk] for chart in charts]


def broken():
    with connection.cursor() as cursor:
        found = []
        for one in OF_PERSONS:
            cursor.execute(one.sql)
            found += [one.name for _ in cursor.fetchall()]
    return found
