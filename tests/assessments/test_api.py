"""Scores over the API: instruments, what is due, answering, entering, mending, curves."""

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.assessments.dues import refresh_dues
from courses.models import Assessment, SafetyAlert
from tests.api.conftest import Caller
from tests.assessments.making import TODAY, at, course_asking, days, given, phq9, scored

PROBLEM = "urn:courseline:problem:"


@pytest.fixture
def course(clinic):
    return course_asking(clinic)


@pytest.fixture
def nurse(clinic):
    return Caller(clinic.nurse)


def url(name, *ids):
    return reverse(f"api:{name}", args=ids)


def create(client, course, **said):
    said.setdefault("instrument", "PHQ9")
    return client.post(url("patient_assessments", course.patient.pk), said)


def test_all_instruments_with_words_only_where_they_ship(nurse):
    found = {one["code"]: one for one in nurse.get(url("instruments")).json()["results"]}
    assert len(found) == 12
    assert found["PHQ9"]["items"][8]["asks_about_safety"]
    assert found["PHQ9"]["items"][0]["text"]["en"].startswith("Little interest")
    assert (found["MADRS"]["ships_text"], found["MADRS"]["items"][0]["text"]) == (False, {})
    assert found["MADRS"]["variants"] == ["24h"]


def test_a_finished_score_is_recorded_at_once(nurse, course):
    answer = create(nurse, course, answers=phq9(14))
    body = answer.json()
    assert answer.status_code == 201
    assert (body["total"], body["band"], body["status"]) == (14, "moderate", "COMPLETE")
    assert answer["Location"] == body["url"]
    assert nurse.get(body["url"]).json() == body


def test_missing_items_are_named_unless_they_are_accepted(nurse, course):
    given_some = {**phq9(14), "3": None}
    answer = create(nurse, course, answers=given_some)
    assert (answer.status_code, answer.json()["type"]) == (422, PROBLEM + "items-missing")
    assert not Assessment.objects.exists()
    assert create(nurse, course, answers=given_some, accept_missing=True).status_code == 201


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"answers": {"1": 4}}, 400),
        ({"answers": {"1": "2"}}, 400),
        ({"answers": {"1": True}}, 400),
        ({"total": 28}, 400),
        ({"instrument": "KSET"}, 400),
        ({"language": "tlh"}, 400),
        ({"wrong": 1}, 400),
        ({"taken_at": "2100-01-01T00:00:00Z", "total": 3}, 400),
    ],
)
def test_what_does_not_fit_is_refused(nurse, course, said, status):
    assert create(nurse, course, **said).status_code == status
    assert not Assessment.objects.exists()


def test_a_draft_is_answered_item_by_item_and_finished(nurse, course):
    draft = create(nurse, course, is_draft=True).json()
    assert draft["status"] == "DRAFT"
    answers_url = url("assessment_answers", draft["id"])
    for key, value in phq9(9).items():
        body = nurse.post(answers_url, {"item": key, "answer": value}).json()
    assert body["assessment"]["answers"] == phq9(9)
    done = nurse.post(url("assessment_complete", draft["id"]), {}).json()
    assert (done["total"], done["status"]) == (9, "COMPLETE")
    again = nurse.post(url("assessment_complete", draft["id"]), {})
    assert (again.status_code, again.json()["type"]) == (409, PROBLEM + "assessment-ended")


def test_8_33_a_positive_item_alerts_on_save_and_stays_after_breaking_off(nurse, course):
    draft = create(nurse, course, is_draft=True).json()
    saved = nurse.post(url("assessment_answers", draft["id"]), {"item": "9", "answer": 2}).json()
    alert = SafetyAlert.objects.get()
    assert saved["alerts"] == [str(alert.pk)]
    broken = nurse.post(url("assessment_abandon", draft["id"]), {}).json()
    assert (broken["status"], broken["total"], broken["has_result"]) == ("ABANDONED", None, False)
    assert SafetyAlert.objects.open().count() == 1


def test_a_repeated_call_records_once(nurse, course):
    for _ in range(2):
        answer = nurse.post(
            url("patient_assessments", course.patient.pk),
            {"instrument": "PHQ9", "answers": phq9()},
            key="one-wish",
        )
        assert answer.status_code == 201
    assert Assessment.objects.count() == 1


def test_mending_and_withdrawing(nurse, course):
    first = create(nurse, course, answers=phq9(14)).json()
    mended = nurse.post(
        url("assessment_amend", first["id"]),
        {"answers": phq9(12), "reason": "Misread"},
    )
    assert (mended.status_code, mended.json()["amends"]) == (201, first["id"])
    old = nurse.get(first["url"]).json()
    assert (old["total"], old["withdrawal_reason"]) == (14, "Misread")
    gone = nurse.post(url("assessment_withdraw", mended.json()["id"]), {"reason": "No"})
    assert gone.json()["withdrawn_at"] is not None


def test_scores_over_time_mark_overlapping_windows(nurse, course):
    scored(course, on=at(days(-20)), total=20)
    scored(course, on=at(days(-4)), total=12)
    scored(course, on=at(TODAY), total=10)
    body = nurse.get(url("course_scores", course.pk)).json()["results"]
    assert [(one["total"], one["overlaps"]) for one in body] == [
        (20, False),
        (12, False),
        (10, True),
    ]
    none = nurse.get(url("course_scores", course.pk), instrument="GAD7").json()
    assert none == {"results": []}
    assert nurse.get(url("course_scores", course.pk), instrument="X").status_code == 400


def test_the_plan_of_a_course_and_what_is_overdue(nurse, course, clinic):
    given(course, 1, days(-30))
    given(course, 2, days(-27))
    refresh_dues(course=course, now=timezone.now())
    plan = nurse.get(url("course_assessments", course.pk)).json()
    assert plan["completeness"]["done"] == 0
    assert {due["point"] for due in plan["dues"]} >= {"screening", "dose_day", "end"}
    (site,) = nurse.get(url("assessments_overdue")).json()["results"]
    assert site["site"] == str(clinic.site.pk)
    assert all(due["is_overdue"] for due in site["dues"])


def test_the_list_of_a_patient(nurse, course):
    for step in range(3):
        scored(course, on=at(days(-step)))
    found = nurse.get(url("patient_assessments", course.patient.pk)).json()["results"]
    assert len(found) == 3


def test_who_may(clinic, other_clinic, course, client):
    done = scored(course)
    reads = [
        url("patient_assessments", course.patient.pk),
        url("assessment", done.pk),
        url("course_assessments", course.pk),
        url("course_scores", course.pk),
    ]
    assert {client.get(one).status_code for one in reads} == {401}
    assert {Caller(other_clinic.nurse).get(one).status_code for one in reads} == {404}
    assert {Caller(clinic.desk).get(one).status_code for one in reads} == {403}
    assert {Caller(clinic.nurse).get(one).status_code for one in reads} == {200}
    assert create(Caller(clinic.desk), course, answers=phq9()).status_code == 403
