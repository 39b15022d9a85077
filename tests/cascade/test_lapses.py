"""Doses that come late: the table of the protocol grades a way, and says what becomes of the course
(DOMAIN 2.7)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from clinic.rights import RightMissing
from courses.doses.services import record_dose
from courses.models import Hold
from scheduling.cascade.story import consequences
from scheduling.cascade.ties import Grade
from scheduling.cascade.ways import How
from scheduling.cascade.wish import Want, Wanted
from sessions.models import Session
from tests.cascade.asking import done, to
from tests.factories import make_version, small_definition
from tests.scheduling.test_proposing import accepted

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TABLE = json.loads(Path("courses/protocols/files/IV_2W3.json").read_text())["missed"]
WHY = "The patient was abroad; the mood held."


@pytest.fixture
def course(clinic):
    clinic.version = make_version(clinic.organization, small_definition(doses=4, missed=TABLE))
    return accepted(clinic)


@pytest.fixture
def last(clinic, course):
    """The fourth dose, with three given; and the moment after the third."""
    third = course.visits.get(kind="dosing", seq=3)
    now = third.ends_at + timedelta(hours=1)
    over = course.visits.planned().filter(ends_at__lte=now)
    given = list(over.filter(kind="dosing").order_by("seq"))
    over.filter(kind="dosing").update(status="DONE", begun_at=F("starts_at"))
    over.update(status="DONE")
    for visit in given:
        record_dose(
            course=course, visit_id=visit.pk, seq=visit.seq, on=visit.local_date,
            given_at=visit.starts_at, by=clinic.nurse, now=visit.ends_at,
        )  # fmt: skip
    fourth = Session.objects.select_related("patient", "site", "course").get(
        course=course, kind="dosing", seq=4
    )
    return fourth, third.local_date, now


def after(last, days):
    fourth, third, _ = last
    return to(fourth.starts_at + (third + days * DAY - fourth.local_date))


def told(clinic, last, days):
    return consequences(last[0], after(last, days), member=clinic.desk, now=last[2])


def test_2_7_seven_days_are_a_note_and_eight_a_clinicians_decision_that_holds_doses(clinic, last):
    (seven,) = told(clinic, last, 7).ways
    assert (seven.grade, seven.lapses) == (Grade.AMBER, [])
    (way,) = told(clinic, last, 8).ways
    assert way.grade is Grade.CLINICIAN
    (said,) = way.lapses
    assert "comes 8 days after the last dose: doses are then held until a clinician" in said
    assert "a complete score since the last dose" in said
    meant = {"now": last[2], "is_amber_meant": True, "decision": WHY}
    with pytest.raises(RightMissing):
        done(clinic, last[0], after(last, 8), **meant)
    done(clinic, last[0], after(last, 8), by=clinic.prescriber, **meant)
    assert Hold.objects.open().get(course=last[0].course).kind == Hold.Kind.MISSED_DOSE


def test_2_7_no_way_interrupts_a_course(clinic, last):
    found = told(clinic, last, 29)
    assert not found.ways
    (said,) = found.refusals
    assert "comes 29 days after the last dose: the course becomes interrupted" in said
    assert "decide on the course’s page" in said
    wanted = Wanted(Want.CANCEL, not_before=last[1] + 29 * DAY)
    found = consequences(last[0], wanted, member=clinic.desk, now=last[2])
    assert [way.how for way in found.ways] == [How.OPEN]


def test_2_7_a_dose_that_is_late_after_one_to_come_tells_of_it_too(clinic, course):
    third, fourth = (course.visits.get(kind="dosing", seq=seq) for seq in (3, 4))
    wanted = to(fourth.starts_at + (third.local_date + 8 * DAY - fourth.local_date))
    now = course.visits.earliest("starts_at").starts_at - DAY
    way = consequences(fourth, wanted, member=clinic.desk, now=now).ways[-1]
    assert way.grade is Grade.CLINICIAN
    assert "once that is given, doses are then held" in way.lapses[0]
