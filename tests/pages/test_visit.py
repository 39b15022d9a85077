"""One visit: reading, taking it on, moving, cancelling, missing."""

import pytest
from django.urls import reverse

from courses.models import CourseEvent
from scheduling.selectors import slot_days
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def dose(course):
    return course.visits.get(kind="dosing", seq=2)


@pytest.fixture
def desk_on_the_day(clinic, dose, clock, sign_in):
    """The front desk's browser when the dose begins; the session of days ago has lapsed."""
    clock(dose.starts_at)
    return sign_in(clinic.desk)


def page(visit, name="visit"):
    return reverse(f"scheduling:{name}", args=[visit.pk])


def local(visit):
    return visit.starts_at.astimezone(visit.site.zone)


def test_the_page_tells_when_where_who_and_how_it_goes(clinic, desk, dose):
    html = desk.get(page(dose)).content.decode()
    for words in ("Infusion 2 of 2", "Ada Lovelace", clinic.chair.name, clinic.nurse.name):
        assert words in html
    assert f"{local(dose):%H:%M}" in html
    assert " EST" in html
    assert "Observation" in html
    assert reverse("reminders:of_visit", args=[dose.pk]) in html


def test_free_times_come_by_day_with_one_best(desk, dose):
    html = desk.get(page(dose, "visit_slots")).content.decode()
    days = slot_days(dose, now=NOW)
    assert html.count('name="slot"') == sum(len(day.slots) for day in days)
    assert html.count("best-mark") == 1
    assert "<html" not in html


def test_a_chosen_time_moves_the_visit(desk, dose):
    slot = slot_days(dose, now=NOW)[-1].slots[0]
    answer = desk.post(
        page(dose, "visit_move"), {"slot": slot.starts_at.isoformat(), "reason": "Car trouble"}
    )
    dose.refresh_from_db()
    assert answer["Location"] == page(dose)
    assert dose.starts_at == slot.starts_at
    assert CourseEvent.objects.get(kind="VISIT_MOVED").reason == "Car trouble"
    assert "The visit is now on" in desk.get(page(dose)).content.decode()


def test_a_typed_time_is_read_by_the_sites_clock(desk, dose):
    slot = slot_days(dose, now=NOW)[-1].slots[0]
    there = slot.starts_at.astimezone(dose.site.zone)
    desk.post(page(dose, "visit_move"), {"on": f"{there:%Y-%m-%d}", "at": f"{there:%H:%M}"})
    dose.refresh_from_db()
    assert dose.starts_at == slot.starts_at


def test_a_time_against_the_rules_is_refused_with_its_reasons(desk, dose):
    before = dose.starts_at
    answer = desk.post(
        page(dose, "visit_move"), {"on": "2026-01-11", "at": "10:00", "reason": "Typed words"}
    )
    html = answer.content.decode()
    dose.refresh_from_db()
    assert answer.status_code == 422
    assert "opening hours" in html
    assert 'value="2026-01-11"' in html
    assert 'value="Typed words"' in html
    assert dose.starts_at == before


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose one of the free times, or type a date and a time."),
        ({"on": "2026-01-12"}, "Give both the date and the time."),
        ({"at": "10:00"}, "Give both the date and the time."),
        ({"on": "soon", "at": "10:00"}, "Enter a valid date."),
        ({"slot": "nonsense"}, "Enter a valid date/time."),
    ],
)
def test_half_a_time_is_no_time(desk, dose, typed, said):
    answer = desk.post(page(dose, "visit_move"), typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    "odd",
    [
        {"on": "9999-12-31", "at": "23:59"},
        {"on": "0001-01-01", "at": "00:00"},
        {"slot": "0001-01-01T00:00:00+14:00"},
        {"slot": "9999-12-31T23:00:00-14:00"},
    ],
)
def test_a_day_at_the_ends_of_the_calendar_is_refused(desk, dose, odd):
    before = dose.starts_at
    answer = desk.post(page(dose, "visit_move"), odd)
    assert answer.status_code == 422
    assert "Check the year." in answer.content.decode()
    assert desk.post(page(dose, "visit_check"), odd).status_code == 200
    dose.refresh_from_db()
    assert dose.starts_at == before


def test_a_time_that_is_refused_leads_to_what_would_have_to_move(desk, dose):
    typed = {"on": "2026-01-11", "at": "10:00"}
    link = page(dose, "visit_change") + "?to=2026-01-11T10%3A00%3A00-05%3A00"
    assert link in desk.post(page(dose, "visit_check"), typed).content.decode()
    assert link in desk.post(page(dose, "visit_move"), typed).content.decode()


def test_a_time_is_checked_while_it_is_typed(desk, dose):
    check = page(dose, "visit_check")
    slot = slot_days(dose, now=NOW)[-1].slots[0].starts_at.astimezone(dose.site.zone)
    good = desk.post(check, {"on": f"{slot:%Y-%m-%d}", "at": f"{slot:%H:%M}"}).content.decode()
    bad = desk.post(check, {"on": "2026-01-11", "at": "10:00"}).content.decode()
    half = desk.post(check, {"on": "2026-01-11", "at": ""}).content.decode()
    assert "is free." in good
    assert "opening hours" in bad
    assert not half.strip()
    dose.refresh_from_db()
    assert dose.version == 0


def test_cancelling_needs_a_reason(desk, dose):
    answer = desk.post(page(dose, "visit_cancel"), {"code": "", "cancelled_by": "PATIENT"})
    dose.refresh_from_db()
    assert answer.status_code == 422
    assert "Choose why the visit falls through." in answer.content.decode()
    assert dose.status == "PLANNED"


ILL = {"code": "PATIENT_ILL", "cancelled_by": "PATIENT"}


def test_cancelling_frees_the_place_and_leads_to_the_course(desk, dose):
    answer = desk.post(page(dose, "visit_cancel"), {**ILL, "reason": "Fever"})
    dose.refresh_from_db()
    assert answer["Location"] == reverse("courses:course", args=[dose.course_id])
    # The front desk has no field for clinical words.
    assert (dose.status, dose.cancel_code, dose.cancel_reason) == ("CANCELLED", "PATIENT_ILL", "")
    html = desk.get(page(dose)).content.decode()
    assert "Patient unwell" in html
    assert "by the patient" in html
    assert "Move the visit" not in html


def test_a_clinician_may_note_more_than_the_code(clinic, sign_in, dose):
    prescriber = sign_in(clinic.prescriber)
    prescriber.post(page(dose, "visit_cancel"), {**ILL, "reason": "Fever"})
    dose.refresh_from_db()
    assert dose.cancel_reason == "Fever"


def test_a_visit_that_began_meanwhile_is_not_cancelled(desk, dose):
    type(dose).objects.filter(pk=dose.pk).update(status="ARRIVED")
    answer = desk.post(page(dose, "visit_cancel"), ILL)
    dose.refresh_from_db()
    assert answer.status_code == 409
    assert dose.status == "ARRIVED"


def test_before_its_time_nobody_can_have_come_or_stayed_away(desk, dose):
    step = reverse("treatment_sessions:step", args=[dose.pk])
    html = desk.get(page(dose)).content.decode()
    assert step not in html
    assert "did not come" not in html
    assert desk.post(page(dose, "visit_miss"), {"code": "NO_WORD"}).status_code == 409


def test_who_did_not_come_is_noted(desk_on_the_day, dose):
    assert "The patient did not come" in desk_on_the_day.get(page(dose)).content.decode()
    desk_on_the_day.post(page(dose, "visit_miss"), {"code": "NO_WORD"})
    dose.refresh_from_db()
    assert dose.status == "MISSED"


def test_a_visit_is_taken_on_step_by_step_on_its_day(clinic, desk_on_the_day, sign_in, dose):
    step, nurse = reverse("treatment_sessions:step", args=[dose.pk]), sign_in(clinic.nurse)
    for state in ("ARRIVED", "IN_PROGRESS", "OBSERVING", "DONE"):
        browser = desk_on_the_day if state == "ARRIVED" else nurse
        assert f'value="{state}"' in browser.get(page(dose)).content.decode()
        assert browser.post(step, {"to": state})["Location"] == page(dose)
        dose.refresh_from_db()
        assert dose.status == state
        assert step not in desk_on_the_day.get(page(dose)).content.decode()
    assert step not in nurse.get(page(dose)).content.decode()


@pytest.mark.parametrize("to", ["DONE", "nonsense", ""])
def test_a_step_out_of_turn_is_refused_in_words(clinic, desk_on_the_day, sign_in, dose, to):
    nurse = sign_in(clinic.nurse)
    nurse.post(reverse("treatment_sessions:step", args=[dose.pk]), {"to": to})
    dose.refresh_from_db()
    assert dose.status == "PLANNED"
    assert 'role="alert"' in nurse.get(page(dose)).content.decode()


def test_a_patient_without_an_address_is_to_be_called(desk, dose):
    dose.patient.email = ""
    dose.patient.save()
    desk.post(page(dose, "visit_cancel"), ILL)
    assert "No e-mail goes out: please call." in desk.get("/patients/").content.decode()
