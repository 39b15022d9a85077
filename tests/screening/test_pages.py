"""The pages of a screening: who sees what, each section saved by itself, refusals beside fields."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from clinic.models import Role
from courses.models import CheckResult, Diagnosis, Finding, MedicationTrial, Screening
from courses.screening.services import add_rescreen_reason
from tests.factories import NOW
from tests.pages.conftest import queries_of
from tests.screening.conftest import TODAY, WHY, gather, tried

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def at(name, case, *more):
    return reverse(name, args=[case.screening.pk, *more])


@pytest.fixture
def browser(clinic, sign_in):
    return sign_in(clinic.prescriber)


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_working_page_has_every_section(case, browser):
    said = text_of(browser.get(at("courses:screening", case)))
    for section in ("terms", "trials", "checklist", "checks", "decision"):
        assert f'id="{section}"' in said
    assert "0 of 46 answered" in said
    assert "No diagnosis yet" in said


def test_the_page_takes_as_many_queries_with_twenty_trials_as_with_one(
    case, browser, django_assert_num_queries
):
    tried(case)
    browser.get(at("courses:screening", case))
    few = queries_of(browser, at("courses:screening", case))
    for _ in range(19):
        tried(case)
    assert queries_of(browser, at("courses:screening", case)) == few


def test_the_result_page_says_why(cleared, browser):
    said = text_of(browser.get(at("courses:screening", cleared)))
    assert 'data-state="ELIGIBLE"' in said
    assert "Has the capacity to consent" not in said, "as it should be"
    assert "Nothing stood against treatment." in said


def test_the_front_desk_sees_cleared_or_not_and_no_more(case, clinic, sign_in):
    desk = sign_in(clinic.desk)
    piece = reverse("courses:screening_of_course", args=[case.course.pk])
    said = text_of(desk.get(piece))
    assert "Not cleared" in said
    assert "under way" not in said
    assert desk.get(at("courses:screening", case)).status_code == 403
    assert desk.get(reverse("courses:screenings", args=[case.course.pk])).status_code == 403
    api = desk.get(f"/api/v1/courses/{case.course.pk}/screening").json()
    assert api == {
        "is_cleared": False, "code": "", "text": "Not cleared for treatment.",
        "screening": None, "in_progress": None,
    }  # fmt: skip


def test_a_clinician_sees_how_it_stands(cleared, browser):
    said = text_of(browser.get(reverse("courses:screening_of_course", args=[cleared.course.pk])))
    assert "Cleared" in said
    assert "Screen again" in said


def test_a_stranger_and_a_passer_by_see_nothing(case, other_clinic, sign_in, client):
    page = at("courses:screening", case)
    assert sign_in(other_clinic.prescriber).get(page).status_code == 404
    assert client.get(page).status_code == 302


def test_beginning_leads_to_the_page(case, browser):
    answer = browser.post(reverse("courses:screening_begin", args=[case.course.pk]))
    assert answer["Location"] == at("courses:screening", case)


def test_a_section_is_saved_and_drawn_by_itself(case, browser):
    said = {"code": "F33.2", "system": "ICD10", "label": "Depression"}
    answer = browser.post(at("scheduling:diagnosis_add", case), said, headers=HTMX)
    assert answer.status_code == 200
    assert 'id="result" hx-swap-oob' in text_of(answer)
    assert "F33.2" in text_of(answer)
    assert 'id="trials"' not in text_of(answer)
    assert Diagnosis.objects.get().label == "Depression"


def test_without_script_saving_leads_back_to_the_section(case, browser):
    said = {"indication": "IN_TRD", "severity_instrument": "", "payer_profile": "CIGNA"}
    answer = browser.post(at("courses:screening_terms", case), said)
    assert answer["Location"] == at("courses:screening", case) + "#terms"
    case.screening.refresh_from_db()
    assert (case.screening.indication, case.screening.payer_profile) == ("IN_TRD", "CIGNA")


def test_a_score_without_its_day_is_refused_and_kept(case, browser):
    said = {"indication": "IN_TRD", "severity_instrument": "PHQ9", "severity_total": "21"}
    answer = browser.post(at("courses:screening_terms", case), said, headers=HTMX)
    assert answer.status_code == 422
    assert "needs its instrument, its total and its day" in text_of(answer)
    assert 'value="21"' in text_of(answer)


def test_a_trial_shows_how_it_counts_by_each_profile(case, browser):
    said = {
        "name": "Sertraline", "kind": "SSRI", "stopped": "NO_RESPONSE", "max_daily_mg": "150",
        "min_effective_mg": "50", "weeks_at_dose": "5", "was_taken_as_prescribed": "true",
        "improvement_percent": "20",
    }  # fmt: skip
    answer = browser.get(at("courses:trial_preview", case), said)
    assert "5 weeks at dose, 6 asked" in text_of(answer)
    assert "counts: adequate and failed" in text_of(answer)  # by who asks for four weeks
    assert not MedicationTrial.objects.exists()
    answer = browser.post(at("courses:trial_add", case), said, headers=HTMX)
    assert "Sertraline" in text_of(answer)
    assert MedicationTrial.objects.get().weeks_at_dose == 5


def test_a_bad_trial_says_what_is_wrong_and_keeps_what_was_typed(case, browser):
    said = {"name": "Sertraline", "kind": "SSRI", "stopped": "OTHER",
            "started_on": "2025-05-01", "ended_on": "2025-04-01"}  # fmt: skip
    answer = browser.post(at("courses:trial_add", case), said, headers=HTMX)
    assert answer.status_code == 422
    assert "The end is before the start." in text_of(answer)
    assert 'value="Sertraline"' in text_of(answer)


def test_a_trial_is_changed_and_withdrawn(case, browser):
    tried(case)
    trial = MedicationTrial.objects.get()
    said = {"name": "Other", "kind": "SNRI", "stopped": "PARTIAL"}
    browser.post(at("courses:trial_change", case, trial.pk), said, headers=HTMX)
    trial.refresh_from_db()
    assert (trial.name, trial.kind) == ("Other", "SNRI")
    browser.post(at("courses:trial_withdraw", case, trial.pk), headers=HTMX)
    trial.refresh_from_db()
    assert trial.withdrawn_by.name == case.by.name


def test_answers_are_saved_in_one_go(case, browser):
    said = {"CI_AVM": "NO", "DI_BENZO": "YES", "DI_BENZO_note": "At night", "CI_ICH": ""}
    answer = browser.post(at("scheduling:screening_answers", case), said, headers=HTMX)
    assert "2 of 46 answered" in text_of(answer)
    assert set(Finding.objects.values_list("code", "answer", "note")) == {
        ("CI_AVM", "NO", ""),
        ("DI_BENZO", "YES", "At night"),
    }


def test_an_absolute_finding_is_not_answered_away(case, browser):
    case.answer(CI_AVM="YES")
    address = at("scheduling:screening_answers", case)
    answer = browser.post(address, {"CI_AVM": "NO", "CI_ICH": "NO"}, headers=HTMX)
    assert answer.status_code == 422
    assert "only a medical director marks it" in text_of(answer)
    assert Finding.objects.count() == 1


def test_a_caution_is_decided_against_for_a_reason(case, browser):
    case.answer(DI_BENZO="YES")
    said = {"code": "DI_BENZO", "reason": "Short", "until": "2026-03-01"}
    answer = browser.post(at("courses:screening_override", case), said, headers=HTMX)
    assert answer.status_code == 422
    assert "at least 20 characters" in text_of(answer)
    assert "Short" in text_of(answer)
    answer = browser.post(
        at("courses:screening_override", case), said | {"reason": WHY}, headers=HTMX
    )
    assert answer.status_code == 200
    assert WHY in text_of(answer)


def test_only_a_prescriber_overrides_and_only_a_director_marks_in_error(case, clinic, sign_in):
    case.answer(DI_BENZO="YES", CI_AVM="YES")
    nurse, director = sign_in(clinic.nurse), sign_in(clinic.person(Role.MEDICAL_DIRECTOR))
    override, in_error = (
        at("courses:screening_override", case),
        at("courses:screening_in_error", case),
    )
    said = {"code": "CI_AVM", "reason": "The letter was another patient’s."}
    assert nurse.post(override, {"code": "DI_BENZO", "reason": WHY}).status_code == 403
    assert nurse.post(in_error, said).status_code == 403
    assert director.post(in_error, said, headers=HTMX).status_code == 200
    assert Finding.objects.latest("recorded_at", "pk").in_error_by.name == (
        clinic.person(Role.MEDICAL_DIRECTOR).name
    )


def test_a_result_of_a_check_is_recorded(case, browser):
    said = {"kind": "LIVER", "on": "2026-01-05", "result": "NORMAL", "document": "Lab file 7"}
    answer = browser.post(at("scheduling:check_add", case), said, headers=HTMX)
    assert answer.status_code == 200
    assert CheckResult.objects.get().document == "Lab file 7"
    answer = browser.post(
        at("scheduling:check_add", case), said | {"on": "2026-02-05"}, headers=HTMX
    )
    assert "This day lies in the future." in text_of(answer)


def test_deciding_confirms_and_says_so(booked, browser):
    said = {"outcome": "ELIGIBLE", "note": "Suits well."}
    answer = browser.post(at("scheduling:screening_decide", booked), said, follow=True)
    assert "2 visits are confirmed" in text_of(answer)
    booked.screening.refresh_from_db()
    assert booked.screening.status == Screening.Status.ELIGIBLE


def test_a_decision_that_is_too_favourable_is_refused(case, browser):
    answer = browser.post(at("scheduling:screening_decide", case), {"outcome": "ELIGIBLE"})
    assert answer.status_code == 422
    assert "does not allow this decision" in text_of(answer)


def test_a_condition_needs_its_day(ready, browser):
    said = {"outcome": "ELIGIBLE_CONDITIONAL", "condition_0": "ECG"}
    answer = browser.post(at("scheduling:screening_decide", ready), said)
    assert answer.status_code == 422
    assert "By when?" in text_of(answer)
    assert 'value="ECG"' in text_of(answer)


def test_the_history_has_every_screening(cleared, browser):
    cleared.again()
    address = reverse("courses:screenings", args=[cleared.course.pk])
    said = text_of(browser.get(address))
    assert "In progress" in said
    assert "Eligible" in said


def test_the_history_takes_as_many_queries_with_twenty_rows_as_with_one(booked, browser):
    def grow(number):
        at = NOW + number * timedelta(minutes=1)
        if number:
            booked.again(now=at)
        booked.decide("DEFERRED", now=at, due=TODAY)
        add_rescreen_reason(course=booked.course, kind="ADMISSION", on=TODAY, by=booked.by, now=at)

    grow(0)
    address = reverse("courses:screenings", args=[booked.course.pk])
    browser.get(address)
    few = queries_of(browser, address)
    for number in range(1, 20):
        grow(number)
    assert queries_of(browser, address) == few
    assert text_of(browser.get(address)).count("1 condition") == 20


def test_a_course_that_stays_open_says_so(booked, browser):
    said = {"outcome": "NOT_ELIGIBLE", "keep_open": "on"}
    answer = browser.post(at("scheduling:screening_decide", booked), said, follow=True)
    assert "The course is stopped" not in text_of(answer)
    piece = reverse("courses:screening_of_course", args=[booked.course.pk])
    said = text_of(browser.get(piece))
    assert "Not eligible, and the course is still open." in said
    assert reverse("scheduling:course_stop", args=[booked.course.pk]) in said


def test_a_course_that_ends_with_the_decision_says_so(booked, browser):
    answer = browser.post(
        at("scheduling:screening_decide", booked), {"outcome": "NOT_ELIGIBLE"}, follow=True
    )
    assert "The course is stopped." in text_of(answer)
    piece = reverse("courses:screening_of_course", args=[booked.course.pk])
    said = text_of(browser.get(piece))
    assert "still open" not in said
    assert "Screen again" not in said


def test_8_70_the_course_says_what_is_due_at_once(cleared, browser, sign_in):
    said = {"kind": "URINARY_SYMPTOMS", "on": "2026-01-05", "result": "POSITIVE"}
    CheckResult.objects.filter(kind="URINALYSIS").update(on=TODAY - timedelta(days=1))
    cleared.again()
    browser.post(at("scheduling:check_add", cleared), said, headers=HTMX)
    piece = reverse("courses:screening_of_course", args=[cleared.course.pk])
    said = strip_tags(text_of(browser.get(piece)))
    assert "Urinalysis is due now: urinary symptoms on Mon 5 Jan 2026" in said
    visit = reverse("scheduling:visit", args=[cleared.doses()[0].pk])
    told = "positive on 5 January 2026, and no urinalysis since."
    assert told in text_of(browser.get(visit))
    assert told not in text_of(sign_in(cleared.clinic.desk).get(visit))


def test_earlier_answers_are_taken_over(cleared, browser):
    cleared.again()
    browser.post(at("courses:screening_take_over", cleared))
    assert cleared.screening.findings.count() == 47


def test_what_happened_is_reported(cleared, browser):
    address = reverse("scheduling:happening", args=[cleared.course.pk])
    assert browser.get(address).status_code == 200
    bad = browser.post(address, {"on": "2026-02-01"})
    assert "Choose what happened." in text_of(bad)
    assert "This day lies in the future." in text_of(bad)
    answer = browser.post(address, {"kind": "ADMISSION", "on": "2026-01-04"}, follow=True)
    assert "doses are held" in text_of(answer)
    assert [dose.is_provisional for dose in cleared.doses()] == [True, True]


def test_a_met_condition_is_noted(ready, browser):
    ready.decide("ELIGIBLE_CONDITIONAL", due=ready.screening.started_at.date())
    condition = ready.screening.conditions.get()
    address = reverse("courses:condition_meet", args=[condition.pk])
    browser.post(address, {"note": "Normal"})
    condition.refresh_from_db()
    assert condition.met_note == "Normal"


def test_gathering_it_all_is_what_the_page_calls_eligible(case, browser):
    gather(case)
    said = text_of(browser.get(at("courses:screening_result", case)))
    assert "Nothing stands against treatment." in said
