"""Integration that nobody has seen to, on the caseload, the course's page and in the API."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic.models import Patient
from courses.models import Course, Dose
from scheduling.models import Reservation
from sessions.models import Session
from tests.caseload.following import followed
from tests.factories import NOW, make_version, make_visit, small_definition
from tests.pages.conftest import clock, desk, queries_of, stranger

pytestmark = pytest.mark.django_db
__all__ = ["clock", "desk", "stranger"]
RULE = {
    "visit": "integration", "after": "each", "days": [1, 3],
    "book_within_days": 1, "amber_after_days": 4, "red_after_days": 8,
}  # fmt: skip


@pytest.fixture
def version(clinic):
    mark = {"path": "/integration", "authority": "dd", "note": "Nobody stands for it."}
    content = small_definition(doses=6, integration=RULE, sources=[mark])
    return make_version(clinic.organization, content)


@pytest.fixture
def prescriber(clinic, sign_in):
    return sign_in(clinic.prescriber)


def treated(clinic, version, days, *, name="Ada Alder", seq=1, **fields):
    """A course whose dose was given so many days ago."""
    course = followed(clinic, name=name, version=version, doses=0, baseline=None, **fields)
    at = NOW - timedelta(days=days)
    Dose.objects.create(
        organization_id=course.organization_id, patient=course.patient, course=course,
        source=Dose.Source.HERE, on=at.astimezone(course.site.zone).date(), given_at=at, seq=seq,
        visit_id=uuid4(), drug="ketamine", route="IV", recorded_at=NOW, recorded_by=clinic.nurse,
    )  # fmt: skip
    return course


def talk(clinic, course, days, **fields):
    """The integration visit after its dose, so many days from now."""
    said = {"kind": "integration", "visit_type": "integration", **fields}
    visit = make_visit(course, clinic.office, NOW + timedelta(days=days), **said)
    if visit.status in ("MISSED", "CANCELLED"):
        Reservation.objects.filter(session=visit).delete()
    return visit


def search(browser, clinic, **said):
    body = {"site": str(clinic.site.pk), **said}
    found = browser.post("/api/v1/caseload/search", body, content_type="application/json").json()
    return [(line["name"], [flag["text"] for flag in line["flags"]]) for line in found["results"]]


def piece(course):
    return reverse("treatment_sessions:integration_of_course", args=[course.pk])


def test_the_longest_overdue_comes_first_with_its_reason(clinic, version, prescriber):
    treated(clinic, version, 2, name="Tia Task")
    treated(clinic, version, 9, name="Rob Red")
    treated(clinic, version, 5, name="Amy Amber")
    treated(clinic, version, 0, name="Fay Fresh")
    found = search(prescriber, clinic, flag="INTEGRATION")
    assert [name for name, _ in found] == ["Red, Rob", "Amber, Amy", "Task, Tia"]
    assert "No integration after dose 1 for 9 days" in found[0][1]
    assert search(prescriber, clinic, flag="INTEGRATION_AMBER")[0][0] == "Amber, Amy"
    html = prescriber.get(f"/caseload/?who={clinic.site.pk}").content.decode()
    tones = re.findall(r'data-tone="(\w*)">[^N]*No integration after dose 1 for', html)
    assert tones == ["late", "loud", ""]
    assert re.search(r"Integration not booked <span class=.num.>3<", html)


@pytest.mark.parametrize(
    ("days", "fields", "is_open"),
    [
        (1, {}, False),
        (-1, {}, True),
        (-1, {"status": "DONE"}, False),
        (-1, {"status": "MISSED"}, True),
        (1, {"status": "CANCELLED", "cancelled_at": NOW}, True),
        (0, {"status": "IN_PROGRESS"}, False),
    ],
    ids=["to come", "day over", "done", "missed", "cancelled", "under way"],
)
def test_a_talk_that_is_booked_or_done_ends_it(clinic, version, prescriber, days, fields, is_open):
    course = treated(clinic, version, 5)
    talk(clinic, course, days, **fields)
    found = search(prescriber, clinic)
    assert any("No integration" in text for _, texts in found for text in texts) is is_open
    assert ("No integration" in prescriber.get(piece(course)).content.decode()) is is_open


def test_the_page_says_how_late_and_that_nobody_stands_for_the_numbers(
    clinic, version, prescriber, desk
):
    for days, level in ((2, "TASK"), (5, "AMBER"), (9, "RED")):
        course = treated(clinic, version, days, name=f"Ada {level.title()}")
        html = desk.get(piece(course)).content.decode()
        assert f'data-level="{level}"' in html
        assert f"No integration after dose 1 for {days} days" in html
        assert "a task after 1 day, amber from day 4, red from day 8." in html
        assert "Default without authority" in html
    assert (
        piece(course)
        in prescriber.get(reverse("courses:course", args=[course.pk])).content.decode()
    )


def test_with_the_course_its_tasks_end(clinic, version, prescriber):
    course = treated(clinic, version, 9)
    Course.objects.filter(pk=course.pk).update(status="STOPPED", stop_reason="PATIENT_WISH")
    assert prescriber.get(piece(course)).content.decode().strip() == ""
    assert not search(prescriber, clinic, flag="INTEGRATION")


def test_a_dose_of_another_clinic_is_talked_about_there(clinic, version, prescriber):
    course = followed(clinic, name="Ellen Elsewhere", version=version, doses=3)
    assert prescriber.get(piece(course)).content.decode().strip() == ""


def test_a_restricted_chart_tells_nothing(clinic, version, prescriber, stranger):
    course = treated(clinic, version, 9)
    assert stranger.get(piece(course)).status_code == 404
    Patient.objects.filter(pk=course.patient_id).update(is_restricted=True)
    assert "No integration" not in prescriber.get(piece(course)).content.decode()
    assert not search(prescriber, clinic)


def test_the_number_of_queries_does_not_grow(clinic, version, prescriber):
    address = f"/caseload/?who={clinic.site.pk}"
    prescriber.get(address)
    counts = []
    for number in range(12):
        course = treated(clinic, version, 9, name=f"Ada P{number}")
        talk(clinic, course, 1 + number, seq=2)
        if number in (0, 11):
            counts.append(queries_of(prescriber, address))
    assert counts[0] == counts[1], counts
    assert Session.objects.count() == 12
