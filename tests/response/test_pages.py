"""Pages of response, reviews and maintenance: who sees them, who decides, what they say."""

import pytest

from clinic.models import Role
from courses.models import Baseline, BoosterWindow, MaintenanceStep, Review
from tests.factories import NOW, make_member, make_patient
from tests.pages.conftest import queries_of
from tests.response.conftest import HOUR, at

pytestmark = pytest.mark.django_db
DUE = "/reviews/"


@pytest.fixture
def prescriber(clinic, sign_in):
    return sign_in(clinic.prescriber)


@pytest.fixture
def ended(treated, clock):
    """Induction is over with a response; it is the day after the score."""
    treated.doses(0, 3, 7, 10, 14, 17)
    treated.score(20, 9)
    clock(at(21))
    return treated


@pytest.fixture
def laddered(begin, clock):
    """A course of maintenance whose interval awaits a decision."""
    treated = begin("MAINT_IV")
    treated.score(-1, 20)
    treated.dose(1, 0)
    clock(at(1))
    return treated


def course_page(treated, noun):
    return f"/courses/{treated.course.pk}/{noun}/"


def page_of(review):
    return f"{DUE}{review.pk}/"


def test_the_fragment_of_response_has_the_numbers_and_their_caution(ended, prescriber):
    said = prescriber.get(course_page(ended, "response")).content.decode()
    assert "PHQ-9 20 at baseline, 9 now: 55.0 % lower, 11 points down." in said
    assert "Judged by defaults that nobody has signed." in said
    assert ">Response<" in said


def test_8_36_a_missing_baseline_leads_to_a_rating(begin, prescriber):
    treated = begin()
    said = prescriber.get(course_page(treated, "response")).content.decode()
    assert "No complete PHQ-9 within 14 days" in said
    assert course_page(treated, "baseline") in said
    answer = prescriber.post(
        course_page(treated, "baseline"),
        {"instrument": "MADRS", "total": 30, "reason": "Too ill to read."},
    )
    assert answer.status_code == 302
    assert Baseline.objects.get().reason == "Too ill to read."


def test_a_rating_out_of_range_is_said_beside_it_and_kept(begin, prescriber):
    treated = begin()
    said = {"instrument": "MADRS", "total": 61, "reason": "Too ill to read."}
    answer = prescriber.post(course_page(treated, "baseline"), said)
    page = answer.content.decode()
    assert (answer.status_code, "From 0 to 60." in page) == (422, True)
    assert "Too ill to read." in page
    assert not Baseline.objects.exists()


def test_the_fragment_of_reviews_lists_them(ended, prescriber):
    said = prescriber.get(course_page(ended, "reviews")).content.decode()
    assert "Doses wait" in said
    assert said.count("course-row") == 2


def test_a_review_is_decided_with_the_numbers_on_one_screen(ended, prescriber):
    review = ended.open_review("END_OF_INDUCTION")
    page = prescriber.get(page_of(review)).content.decode()
    assert "Response: go on to maintenance, or observe." in page
    assert "55.0 % lower" in page
    answer = prescriber.post(page_of(review), {"decision": "MAINTAIN", "reason": "She holds."})
    assert answer.status_code == 302
    review.refresh_from_db()
    assert (review.decision, review.decided_at) == ("MAINTAIN", at(21))
    page = prescriber.get(page_of(review)).content.decode()
    assert "She holds." in page
    assert '<form method="post" novalidate' not in page


def test_a_decision_without_a_reason_is_said_so_and_kept(ended, prescriber):
    review = ended.open_review("END_OF_INDUCTION")
    answer = prescriber.post(page_of(review), {"decision": "STOP", "reason": ""})
    page = answer.content.decode()
    assert (answer.status_code, "Please give a reason." in page) == (422, True)
    assert 'value="STOP"' in page
    assert "checked" in page.split('value="STOP"')[1].split(">")[0]
    assert ended.open_review("END_OF_INDUCTION") == review


def test_one_decided_meanwhile_is_said_so(ended, prescriber):
    review = ended.open_review("END_OF_INDUCTION")
    said = {"decision": "MAINTAIN", "reason": "She holds."}
    prescriber.post(page_of(review), said)
    answer = prescriber.post(page_of(review), said)
    assert answer.status_code == 422
    assert "decided this review before" in answer.content.decode()


def test_an_extension_is_offered_while_the_protocol_has_doses(ended, prescriber):
    review = ended.open_review("END_OF_INDUCTION")
    assert 'value="EXTEND"' in prescriber.get(page_of(review)).content.decode()
    type(ended.course).objects.filter(pk=ended.course.pk).update(dose_count=10)
    assert 'value="EXTEND"' not in prescriber.get(page_of(review)).content.decode()


def test_a_proposed_interval_is_taken(laddered, prescriber):
    review = laddered.open_review("INTERVAL")
    page = prescriber.get(page_of(review)).content.decode()
    assert "every 7 days" in page
    said = {"decision": "ACCEPT", "reason": "As proposed.", "seen": 0, "days": 7}
    assert prescriber.post(page_of(review), said).status_code == 302
    assert MaintenanceStep.objects.get().interval_days == 7
    assert BoosterWindow.objects.get().due_from == at(7).date()


def test_another_interval_is_chosen(laddered, prescriber):
    page = course_page(laddered, "interval")
    assert "The numbers now" in prescriber.get(page).content.decode()
    said = {"interval": "other", "other_days": "10", "reason": "Travels.", "seen": 0}
    assert prescriber.post(page, said).status_code == 302
    assert MaintenanceStep.objects.get().interval_days == 10
    said = {"interval": "needed", "reason": "Well.", "seen": 1}
    assert prescriber.post(page, said).status_code == 302
    assert MaintenanceStep.objects.latest("number").interval_days is None


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"interval": "other", "other_days": ""}, "How many days?"),
        ({"interval": "other", "other_days": "400"}, "less than or equal to 365"),
        ({"interval": "other", "other_days": "3"}, "minimum gap is 7 days"),
        ({"interval": "5"}, "Select a valid choice"),
    ],
)
def test_an_interval_that_does_not_fit_is_said_beside_it(laddered, prescriber, said, word):
    said = {"reason": "Travels.", "seen": 0} | said
    answer = prescriber.post(course_page(laddered, "interval"), said)
    page = answer.content.decode()
    assert (answer.status_code, word in page, "Travels." in page) == (422, True, True)


def test_a_window_is_closed(laddered, prescriber):
    review = laddered.open_review("INTERVAL")
    said = {"decision": "ACCEPT", "reason": "As proposed.", "seen": 0, "days": 7}
    prescriber.post(page_of(review), said)
    window = BoosterWindow.objects.get()
    path = f"/booster-windows/{window.pk}/close/"
    assert prescriber.post(path, {"reason": ""}).status_code == 302
    window.refresh_from_db()
    assert window.status == "OPEN"
    prescriber.post(path, {"reason": "On holiday."})
    window.refresh_from_db()
    assert window.status == "CLOSED"


def test_what_is_due_is_listed_by_site_and_person(ended, clinic, prescriber):
    page = prescriber.get(DUE).content.decode()
    assert str(ended.patient) in page
    assert str(ended.patient) not in prescriber.get(DUE, {"of": "mine"}).content.decode()
    type(ended.course).objects.filter(pk=ended.course.pk).update(lead_prescriber=clinic.prescriber)
    assert str(ended.patient) in prescriber.get(DUE, {"of": "mine"}).content.decode()
    assert str(ended.patient) in prescriber.get(DUE, {"site": clinic.site.pk}).content.decode()


def test_nothing_due_is_said_so(prescriber):
    page = prescriber.get(DUE).content.decode()
    assert "No review awaits" in page
    assert "No booster is due" in page


def test_a_restricted_chart_is_not_named(ended, prescriber):
    type(ended.patient).objects.filter(pk=ended.patient.pk).update(is_restricted=True)
    page = prescriber.get(DUE).content.decode()
    assert "Restricted chart" in page
    assert str(ended.patient) not in page
    review = ended.open_review("END_OF_INDUCTION")
    assert page_of(review) not in page
    assert prescriber.get(page_of(review)).status_code == 403


def test_due_takes_as_many_queries_for_one_as_for_twenty(begin, clinic, sign_in, clock):
    def ask():
        treated = begin()
        treated.score(-1, 20)
        treated.dose(1, 0)
        treated.score(2, 26)

    ask()
    clock(at(3))
    prescriber = sign_in(clinic.prescriber)
    few = queries_of(prescriber, DUE)
    for _ in range(19):
        ask()
    assert Review.objects.open().count() == 20
    assert queries_of(prescriber, DUE) == few


@pytest.mark.parametrize("noun", ["response", "reviews"])
def test_who_sees_no_scores_sees_no_response(ended, clinic, sign_in, noun):
    assert sign_in(clinic.desk).get(course_page(ended, noun)).status_code == 403
    assert sign_in(clinic.nurse).get(course_page(ended, noun)).status_code == 200


def test_who_does_not_decide_sees_the_question_alone(ended, clinic, sign_in):
    review = ended.open_review("END_OF_INDUCTION")
    nurse = sign_in(clinic.nurse)
    page = nurse.get(page_of(review)).content.decode()
    assert "A prescriber or the medical director decides." in page
    said = {"decision": "STOP", "reason": "No."}
    assert nurse.post(page_of(review), said).status_code == 403
    for noun in ("baseline", "interval"):
        assert nurse.get(course_page(ended, noun)).status_code == 403
    director = sign_in(make_member(clinic.site, Role.MEDICAL_DIRECTOR))
    assert director.post(page_of(review), said).status_code == 302


def test_strangers_and_the_anonymous_find_nothing(ended, other_clinic, sign_in, client):
    review = ended.open_review("END_OF_INDUCTION")
    stranger = sign_in(other_clinic.prescriber)
    for path in (course_page(ended, "response"), course_page(ended, "interval"), page_of(review)):
        assert stranger.get(path).status_code == 404
        assert client.get(path).status_code == 302
    assert stranger.post(page_of(review), {"decision": "STOP", "reason": "x"}).status_code == 404
    assert str(ended.patient) not in stranger.get(DUE).content.decode()


def test_a_dose_without_a_baseline_is_blocked(begin, clinic):
    from courses.readiness import blockers

    treated = begin(patient=make_patient(clinic.site))
    codes = [one.code for one in blockers(course=treated.course, on=NOW.date(), now=NOW + HOUR)]
    assert "BASELINE_MISSING" in codes
    treated.score(0, 20)
    codes = [one.code for one in blockers(course=treated.course, on=NOW.date(), now=NOW + HOUR)]
    assert "BASELINE_MISSING" not in codes
