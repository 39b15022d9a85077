"""Results of checks between screenings: recording them, and doses that a clinician confirms."""

from datetime import timedelta

import pytest
from django.urls import reverse

from courses.checks.confirming import awaits_confirmation, confirm_dose
from courses.checks.services import record_check
from courses.models import CheckResult, Hold
from courses.readiness import blockers
from tests.factories import NOW, make_patient
from tests.screening.conftest import TODAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def browser(clinic, sign_in):
    return sign_in(clinic.prescriber)


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_8_70_a_dose_is_confirmed_by_a_clinician_for_a_reason(cleared, browser, sign_in):
    CheckResult.objects.filter(kind="URINALYSIS").update(on=TODAY - timedelta(days=1))
    dose = cleared.doses()[0]
    record_check(
        patient=cleared.course.patient, kind="URINARY_SYMPTOMS", on=TODAY, result="POSITIVE",
        by=cleared.by, now=NOW,
    )  # fmt: skip
    confirm = reverse("scheduling:course_confirm", args=[cleared.course.pk])
    said = {"on": dose.local_date, "reason": "Burning for a day; a lab stick was clear."}

    def asked():
        found = blockers(course=cleared.course, on=dose.local_date, now=NOW)
        return [one.text for one in found if one.code == "CONFIRM"]

    assert "no urinalysis since" in asked()[0]
    assert sign_in(cleared.clinic.nurse).post(confirm, said).status_code == 403
    assert browser.post(confirm, {**said, "reason": "Fine"}).status_code == 422
    other_day = {**said, "on": dose.local_date + timedelta(days=3)}
    assert browser.post(confirm, other_day).status_code == 302
    assert asked()
    assert browser.post(confirm, said).status_code == 302
    assert asked() == []
    visit = text_of(browser.get(reverse("scheduling:visit", args=[dose.pk])))
    assert f"Confirmed by {cleared.by.name}" in visit
    assert "a lab stick was clear" in visit
    desk = text_of(sign_in(cleared.clinic.desk).get(reverse("scheduling:visit", args=[dose.pk])))
    assert "lab stick" not in desk


def test_8_70_what_was_confirmed_before_a_result_of_the_same_day_counts_for_nothing(cleared):
    CheckResult.objects.filter(kind="URINALYSIS").update(on=TODAY - timedelta(days=1))
    course, dose = cleared.course, cleared.doses()[0]
    positive = {"kind": "URINARY_SYMPTOMS", "on": TODAY, "result": "POSITIVE", "by": cleared.by}
    record_check(patient=course.patient, now=NOW, **positive)
    confirm_dose(
        course=course, on=dose.local_date, by=cleared.by, now=NOW + HOUR,
        reason="Burning for a day; a lab stick was clear.",
    )  # fmt: skip
    assert awaits_confirmation(course, dose.local_date) == []
    record_check(patient=course.patient, now=NOW + 2 * HOUR, **positive)
    assert "no urinalysis since" in awaits_confirmation(course, dose.local_date)[0]


def test_8_70_where_no_result_asks_for_it_nothing_is_confirmed(cleared, browser):
    confirm = reverse("scheduling:course_confirm", args=[cleared.course.pk])
    said = {"on": TODAY, "reason": "Because it is right here, as they say."}
    answer = browser.post(confirm, said)
    assert answer.status_code == 422
    assert "Nothing asks for a confirmation" in text_of(answer)


def page(patient):
    return reverse("scheduling:checks", args=[patient.pk])


def record(patient):
    return reverse("scheduling:check_record", args=[patient.pk])


def test_a_result_between_screenings_is_recorded_and_listed(cleared, browser):
    patient = cleared.course.patient
    said = {
        "kind": "ECG",
        "on": "2026-01-05",
        "result": "NORMAL",
        "document": "File 12",
        "note": "",
    }
    assert browser.post(record(patient), said)["Location"] == page(patient)
    text = text_of(browser.get(page(patient)))
    assert "File 12" in text
    row = CheckResult.objects.get(document="File 12")
    assert (row.kind, row.on, row.recorded_by) == ("ECG", TODAY, cleared.clinic.prescriber)
    withdraw = reverse("scheduling:check_withdraw", args=[row.pk])
    assert "Withdrawn" in text_of(browser.post(withdraw, follow=True))
    assert "File 12" not in text_of(browser.get(page(patient)))
    assert "withdrawn already" in text_of(browser.post(withdraw, follow=True))


def test_8_25_one_that_excludes_holds_doses_at_once(cleared, browser):
    said = {"kind": "PREGNANCY", "on": "2026-01-05", "result": "POSITIVE"}
    answer = browser.post(record(cleared.course.patient), said, follow=True)
    assert "Doses are held" in text_of(answer)
    assert Hold.objects.open().get(course=cleared.course).kind == "PREGNANCY"


def test_a_bad_result_is_said_beside_its_field_and_stays(cleared, browser):
    said = {"kind": "LIVER", "on": "2031-01-01", "result": "NORMAL", "note": "Kept as typed"}
    before = CheckResult.objects.count()
    answer = browser.post(record(cleared.course.patient), said)
    text = text_of(answer)
    assert answer.status_code == 422
    assert "in the future" in text.split('name="on"')[1].split('name="result"')[0]
    assert 'value="Kept as typed"' in text
    assert '<option value="LIVER" selected>' in text
    assert CheckResult.objects.count() == before


def test_what_a_course_needs_stands_beside_what_is_due_first(cleared, browser):
    CheckResult.objects.filter(kind="LIVER").delete()
    text = text_of(browser.get(page(cleared.course.patient)))
    assert "?kind=LIVER#record-title" in text
    chosen = text_of(browser.get(f"{page(cleared.course.patient)}?kind=LIVER"))
    assert '<option value="LIVER" selected>' in chosen


def test_a_patient_without_a_result_or_a_course_has_an_empty_page(clinic, browser):
    text = text_of(browser.get(page(make_patient(clinic.site))))
    assert "No result yet" in text


def test_who_may_see_and_who_may_record(cleared, client, sign_in, other_clinic):
    patient, clinic = cleared.course.patient, cleared.clinic
    said = {"kind": "ECG", "on": "2026-01-05", "result": "NORMAL"}
    told = {
        who: (
            browser.get(page(patient)).status_code,
            browser.post(record(patient), said).status_code,
        )
        for who, browser in (
            ("anonymous", client),
            ("stranger", sign_in(other_clinic.nurse)),
            ("desk", sign_in(clinic.desk)),
            ("nurse", sign_in(clinic.nurse)),
        )
    }
    assert told == {
        "anonymous": (302, 302),
        "stranger": (404, 404),
        "desk": (403, 403),
        "nurse": (200, 302),
    }


@pytest.mark.parametrize("number", [1, 20])
def test_the_page_costs_the_same_for_one_and_for_twenty(
    cleared, browser, number, django_assert_max_num_queries
):
    for back in range(number):
        record_check(
            patient=cleared.course.patient, kind="PDMP", on=TODAY - timedelta(days=back),
            result="DONE", by=cleared.by, now=NOW,
        )  # fmt: skip
    browser.get(page(cleared.course.patient))
    with django_assert_max_num_queries(30):
        browser.get(page(cleared.course.patient))
