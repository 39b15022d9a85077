"""Starting a course."""

from datetime import date, time

import pytest
from django.urls import reverse

from clinic.models import PatientWindow, Role
from clinic.rights import RightMissing
from clinic.selectors import windows_of
from clinic.services import Window, replace_windows
from courses.models import Course
from courses.services import install_protocols
from scheduling.cards import has_no_authority, protocol_card
from scheduling.models import Proposal
from scheduling.services.starting import begin_course
from tests.factories import (
    NOW,
    make_course,
    make_patient,
    make_site,
    make_version,
    small_definition,
)  # fmt: skip
from tests.pages.conftest import proposed, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(clinic):
    return make_patient(clinic.site)


@pytest.fixture
def url(patient):
    return reverse("scheduling:course_new", args=[patient.pk])


def terms(clinic, **changes):
    return {
        "protocol_version": str(clinic.version.pk),
        "site": str(clinic.site.pk),
        "earliest_on": "2026-01-06",
        "latest_first_on": "2026-01-20",
        "lead_therapist": "",
        **{f"week-{day}-mode": "any" for day in range(7)},
        **changes,
    }


def test_the_page_begins_tomorrow_and_allows_two_weeks(desk, url):
    form = desk.get(url).context["form"]
    assert form["earliest_on"].value() == date(2026, 1, 6)
    assert form["latest_first_on"].value() == date(2026, 1, 20)


def test_terms_start_a_draft_and_ask_a_worker(clinic, desk, url, patient):
    answer = desk.post(url, terms(clinic, lead_therapist=str(clinic.therapist.pk)))
    course = Course.objects.get(patient=patient)
    proposal = Proposal.objects.get(course=course)
    assert answer["Location"] == reverse("scheduling:proposal", args=[proposal.pk])
    assert (course.status, proposal.status) == ("DRAFT", "QUEUED")
    assert (course.earliest_on, course.latest_first_on) == (date(2026, 1, 6), date(2026, 1, 20))
    assert course.lead_therapist == clinic.therapist


def test_the_patients_times_are_kept_with_it(clinic, desk, url, patient):
    monday = {"week-0-mode": "hours", "week-0-starts": "09:00", "week-0-ends": "12:00"}
    desk.post(url, terms(clinic, **monday))
    assert windows_of(patient)[0] == Window(0, time(9), time(12))


def test_times_that_were_not_sent_stay_as_they_are(clinic, desk, url, patient):
    kept = [Window(0, time(9), time(12), True)]
    replace_windows(patient=patient, windows=kept)
    sent = {name: said for name, said in terms(clinic).items() if not name.startswith("week-")}
    assert desk.post(url, sent).status_code == 302
    assert windows_of(patient) == kept


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.PRESCRIBER])
def test_who_may_not_edit_patients_reads_the_times(clinic, sign_in, url, patient, role):
    kept = [Window(0, time(9), time(12), True)]
    replace_windows(patient=patient, windows=kept)
    browser = sign_in(clinic.person(role))
    html = browser.get(url).content.decode()
    assert "09:00–12:00" in html
    assert "week-0-mode" not in html
    assert browser.post(url, terms(clinic)).status_code == 302
    assert windows_of(patient) == kept


def test_the_service_asks_for_the_right_to_edit_too(clinic, patient):
    agreed = {
        "patient": patient,
        "site": clinic.site,
        "protocol_version": clinic.version,
        "earliest_on": date(2026, 1, 6),
        "latest_first_on": date(2026, 1, 20),
        "lead_therapist": None,
    }
    with pytest.raises(RightMissing):
        begin_course(windows=[], instead_of=None, by=clinic.therapist, now=NOW, **agreed)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"protocol_version": ""}, "Choose a protocol."),
        ({"earliest_on": "soon"}, "Enter a valid date."),
        ({"latest_first_on": "2026-01-05"}, "This is before the earliest date."),
        (
            {"earliest_on": "2025-12-05"},
            "This is more than 30 days ago: check the year.",
        ),
        ({"earliest_on": "0001-01-01"}, "This is more than 30 days ago: check the year."),
        (
            {"latest_first_on": "2026-07-05"},
            "This is more than 180 days ahead: plan nearer to the time.",
        ),
        (
            {"earliest_on": "2025-12-01", "latest_first_on": "2025-12-15"},
            "The latest first dose is in the past.",
        ),
        (
            {"week-1-mode": "hours", "week-1-starts": "12:00", "week-1-ends": "11:00"},
            "The end must be later than the start.",
        ),
    ],
)
def test_refused_terms_keep_what_was_typed(clinic, desk, url, patient, changes, said):
    answer = desk.post(url, terms(clinic, **changes))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    for value in changes.values():
        assert not value or f'value="{value}"' in html
    assert not Course.objects.exists()
    assert not PatientWindow.objects.filter(patient=patient).exists()


@pytest.mark.parametrize(
    ("field", "value"), [("earliest_on", "2025-12-05"), ("latest_first_on", "9999-12-31")]
)
def test_a_date_out_of_bounds_is_told_beside_its_field(clinic, desk, url, field, value):
    form = desk.post(url, terms(clinic, **{field: value})).context["form"]
    assert list(form.errors) == [field]


def test_what_belongs_to_others_cannot_be_chosen(clinic, other_clinic, desk, url):
    for changes in (
        {"protocol_version": str(other_clinic.version.pk)},
        {"lead_therapist": str(other_clinic.therapist.pk)},
        {"lead_therapist": str(clinic.nurse.pk)},
    ):
        assert desk.post(url, terms(clinic, **changes)).status_code == 422
    assert desk.post(url, terms(clinic, site=str(other_clinic.site.pk))).status_code == 404
    assert not Course.objects.exists()


def test_therapists_are_those_of_the_chosen_site(clinic, desk, url):
    elsewhere = make_site(clinic.organization)
    clinic.desk.assignments.create(
        organization=clinic.organization, site=elsewhere, role="FRONT_DESK"
    )
    there = desk.get(url, {"site": elsewhere.pk}).context["form"]
    here = desk.get(url).context["form"]
    assert list(here.fields["lead_therapist"].queryset) == [clinic.therapist]
    assert list(there.fields["lead_therapist"].queryset) == []


def test_terms_that_did_not_fit_come_back_to_be_changed(clinic, desk):
    draft = proposed(clinic, found=False).course
    url = reverse("scheduling:course_new", args=[draft.patient_id])
    again = f"{url}?again={draft.pk}&latest=2026-02-10"
    form = desk.get(again).context["form"]
    assert form["latest_first_on"].value() == date(2026, 2, 10)
    assert form["protocol_version"].value() == clinic.version.pk

    desk.post(again, terms(clinic, latest_first_on="2026-02-10"))
    draft.refresh_from_db()
    assert draft.status == "STOPPED"
    assert not draft.proposals.filter(status__in=Proposal.OPEN).exists()
    assert Course.objects.get(patient=draft.patient, status="DRAFT").latest_first_on == date(
        2026, 2, 10
    )


@pytest.mark.parametrize("who", ["prescriber", "desk"])
def test_planning_again_keeps_what_the_draft_is_for(clinic, sign_in, who):
    draft = proposed(clinic, found=False).course
    said = {"indication": "IN_TRD", "goal": "PHQ-9 below 5", "planned_end_on": date(2026, 3, 2)}
    Course.objects.filter(pk=draft.pk).update(lead_prescriber=clinic.prescriber, **said)
    browser = sign_in(getattr(clinic, who))
    again = f"{reverse('scheduling:course_new', args=[draft.patient_id])}?again={draft.pk}"
    form = browser.get(again).context["form"]
    shown = {name: form[name].value() for name in ("lead_prescriber", *said)}
    unseen = {} if who == "prescriber" else {"indication": None, "goal": None}
    assert shown == {"lead_prescriber": clinic.prescriber.pk} | said | unseen
    sent = {name: value for name, value in shown.items() if value}
    assert browser.post(again, terms(clinic, **sent)).status_code == 302
    new = Course.objects.get(patient=draft.patient, status="DRAFT")
    assert {name: getattr(new, name) for name in said} == said
    assert new.lead_prescriber == clinic.prescriber


def test_planning_again_by_another_protocol_leaves_an_indication_that_it_is_not_for(clinic, desk):
    draft = proposed(clinic, found=False).course
    Course.objects.filter(pk=draft.pk).update(indication="IN_TRD", goal="Work again")
    other = make_version(clinic.organization, small_definition(indications=["IN_PAIN"]))
    again = f"{reverse('scheduling:course_new', args=[draft.patient_id])}?again={draft.pk}"
    assert desk.post(again, terms(clinic, protocol_version=str(other.pk))).status_code == 302
    new = Course.objects.get(patient=draft.patient, status="DRAFT")
    assert (new.indication, new.goal) == ("", "Work again")


def test_only_a_draft_of_the_same_patient_is_closed(clinic, desk, patient, url):
    other = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    going = make_course(patient, clinic.version, clinic.desk, status="ACTIVE")
    for course in (other, going):
        desk.post(f"{url}?again={course.pk}", terms(clinic))
        before = course.status
        course.refresh_from_db()
        assert course.status == before


@pytest.fixture
def shipped(clinic):
    versions = install_protocols(organization=clinic.organization, now=NOW)
    return {version.protocol.code: protocol_card(version) for version in versions}


def test_cards_name_the_figures_and_mark_those_without_authority(shipped):
    figures = {figure.text: figure.is_default for figure in shipped["IV_2W3"].figures}
    assert figures == {
        "6 infusions": False,
        "2 to 5 days apart": True,
        "2 h 30 a visit": True,
        "over at most 21 days": True,
        "2 preparation visits before": False,
        "6 integration visits after": False,
    }
    assert shipped["IV_2W3"].defaults


def test_the_nearest_mark_counts(shipped):
    definition = shipped["IV_2W3"].definition
    assert has_no_authority(definition, "/blocks/0/gaps/0/min_days")
    assert not has_no_authority(definition, "/blocks/0/gaps/0/target_days")
    assert not has_no_authority(definition, "/visit_types/infusion/phases/4/minutes")


def test_the_mark_is_on_the_page(desk, url, shipped):
    html = desk.get(url).content.decode()
    assert "no authority stands behind this value" in html
    assert "values without authority, to be signed by the medical director" in html


def test_the_number_of_queries_does_not_grow(clinic, desk, url):
    desk.get(url)
    few = queries_of(desk, url)
    for _ in range(19):
        make_version(clinic.organization)
    assert queries_of(desk, url) == few
