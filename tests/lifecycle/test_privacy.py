"""What the front desk learns of holds, stops and findings: that doses wait, and never why."""

import pytest
from django.urls import reverse

from courses.holds.services import open_hold, release_hold
from courses.models import Hold
from scheduling.services import end_course, halt_course, hold_course
from sessions.readiness import blockers_for
from sessions.services import DoseBlocked, change_status
from tests.api.conftest import Caller
from tests.factories import NOW
from tests.lifecycle.lives import dose_of

pytestmark = pytest.mark.django_db
CLINICAL = (Hold.Kind.PREGNANCY, Hold.Kind.SUICIDE_RISK, Hold.Kind.DRUG_SCREEN,
            Hold.Kind.PSYCHIATRIC)  # fmt: skip
WHY = "Canaries sang at night"
ASK = "Doses are held: ask a clinician"


def pages(course, visit):
    return [
        reverse("courses:state_of_course", args=[course.pk]),
        reverse("courses:course", args=[course.pk]),
        reverse("scheduling:timeline", args=[course.pk]),
        reverse("scheduling:visit", args=[visit.pk]),
        f"{reverse('scheduling:today')}?day={visit.local_date}&site={visit.site_id}",
    ]


def calls(course, visit):
    return [
        f"/courses/{course.pk}/state",
        f"/courses/{course.pk}",
        f"/patients/{course.patient_id}/courses",
        f"/visits/{visit.pk}",
    ]


def said_on_pages(client, course, visit):
    answers = [client.get(page) for page in pages(course, visit)]
    assert {answer.status_code for answer in answers} == {200}
    return " ".join(answer.content.decode() for answer in answers)


def said_by_api(member, course, visit):
    answers = [Caller(member).get(call) for call in calls(course, visit)]
    assert {answer.status_code for answer in answers} == {200}
    return " ".join(answer.content.decode() for answer in answers)


@pytest.fixture
def words(clinic, sign_in, course):
    """Everything that somebody reads about the course and its first dose."""
    visit = dose_of(course, 1)

    def read(member):
        return said_on_pages(sign_in(member), course, visit) + said_by_api(member, course, visit)

    return read


@pytest.mark.parametrize("kind", CLINICAL)
class TestHolds:
    def test_the_desk_reads_that_doses_are_held_and_not_why(self, clinic, course, words, kind):
        by = clinic.prescriber
        hold_course(course=course, kind=kind, by=by, reason=WHY, now=NOW, calls_off=False)
        found = words(clinic.desk)
        assert found.count(ASK) >= 2
        for secret in (WHY, kind.value, kind.label, kind.label.lower()):
            assert secret not in found

    def test_nor_afterwards(self, clinic, course, words, kind):
        by = clinic.prescriber
        hold = open_hold(course=course, kind=kind, by=by, reason=WHY, now=NOW)
        release_hold(hold=hold, by=by, reason=f"{WHY} no more", now=NOW)
        found = words(clinic.desk)
        assert "Doses held" in found
        assert WHY not in found
        assert kind.label not in found

    def test_a_nurse_reads_why(self, clinic, course, words, kind):
        open_hold(course=course, kind=kind, by=clinic.prescriber, reason=WHY, now=NOW)
        found = words(clinic.nurse)
        assert (kind.label in found, WHY in found, ASK in found) == (True, True, False)

    def test_a_dose_that_is_refused_says_as_much_as_its_reader_may_know(self, clinic, course, kind):
        open_hold(course=course, kind=kind, by=clinic.prescriber, reason=WHY, now=NOW)
        visit = dose_of(course, 1)
        now = visit.starts_at
        assert [one.code for one in blockers_for(clinic.desk, visit, now=now)] == ["HELD"]
        change_status(visit=visit, to="ARRIVED", by=clinic.desk, now=now)
        for member, is_told in ((clinic.desk, False), (clinic.nurse, True)):
            with pytest.raises(DoseBlocked) as refused:
                change_status(visit=visit, to="IN_PROGRESS", by=member, now=now)
            told = f"{refused.value} {refused.value.details}"
            assert (kind.label.lower() in told, kind.value in told) == (is_told, is_told)


@pytest.mark.parametrize("code", ["MEDICAL", "ADVERSE_EVENT", "NO_RESPONSE"])
def test_why_a_course_was_stopped_stays_with_clinicians(clinic, course, words, code):
    end_course(course=course, code=code, by=clinic.prescriber, reason=WHY, now=NOW)
    course.refresh_from_db()
    found = words(clinic.desk)
    assert "Stopped" in found
    for secret in (WHY, code, course.get_stop_reason_display()):
        assert secret not in found
    found = words(clinic.nurse)
    assert WHY in found
    assert course.get_stop_reason_display() in found


def test_why_a_course_is_paused_stays_with_clinicians(clinic, course, words):
    until = NOW.date().replace(day=28)
    halt_course(course=course, until=until, by=clinic.prescriber, reason=WHY, now=NOW)
    found = words(clinic.desk)
    assert WHY not in found
    assert "The course is paused." in found
    assert WHY in words(clinic.nurse)
