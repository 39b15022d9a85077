"""Response, reviews and maintenance through the API."""

import pytest

from courses.models import Baseline, MaintenanceStep
from tests.api.conftest import Caller, fresh_limits
from tests.response.conftest import at

__all__ = ["fresh_limits"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def prescriber(clinic):
    return Caller(clinic.prescriber)


@pytest.fixture
def ended(treated, clock):
    treated.doses(0, 3, 7, 10, 14, 17)
    treated.score(20, 9)
    clock(at(21))
    return treated


def test_how_a_course_does(ended, prescriber):
    found = prescriber.get(f"/courses/{ended.course.pk}/response").json()
    assert (found["status"], found["percent_change"]) == ("RESPONSE", 55.0)
    assert (found["baseline"]["total"], found["baseline"]["is_frozen"]) == (20, True)
    assert (found["thresholds"], found["relapse"]) == (0, [])


def test_a_review_is_listed_read_and_decided_once(ended, prescriber):
    listed = prescriber.get("/reviews").json()["results"]
    assert {one["kind"] for one in listed} == {"PLANNED", "END_OF_INDUCTION"}
    mine = prescriber.get("/reviews", mine="true", page_size=5).json()["results"]
    assert mine == []
    [end] = [one for one in listed if one["kind"] == "END_OF_INDUCTION"]
    assert prescriber.get(end["url"]).json()["standing"]["status"] == "RESPONSE"
    said = {"decision": "OBSERVE", "reason": "She holds."}
    answer = prescriber.post(f"{end['url']}/decide", said)
    assert (answer.status_code, answer.json()["decision"]) == (200, "OBSERVE")
    again = prescriber.post(f"{end['url']}/decide", said)
    assert (again.status_code, again.json()["title"]) == (409, "Review decided")
    of_course = prescriber.get(f"/courses/{ended.course.pk}/reviews").json()["results"]
    assert len(of_course) == 2


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"decision": "BOOST", "reason": "x"}, "#/decision"),
        ({"decision": "NOTHING", "reason": "x"}, "#/decision"),
        ({"decision": "STOP", "reason": ""}, "#/reason"),
        ({"decision": "STOP"}, "#/reason"),
    ],
)
def test_a_decision_that_does_not_fit_names_the_fault(ended, prescriber, said, pointer):
    review = ended.open_review("END_OF_INDUCTION")
    answer = prescriber.post(f"/reviews/{review.pk}/decide", said)
    assert answer.status_code == 400
    assert pointer in answer.content.decode()


def test_an_interval_is_chosen_and_its_window_closed(begin, prescriber, clock):
    treated = begin("MAINT_IV")
    treated.score(-1, 20)
    treated.dose(1, 0)
    clock(at(1))
    path = f"/courses/{treated.course.pk}/interval"
    assert prescriber.get(path).json()["proposal"]["to_days"] == 7
    said = {"interval_days": 14, "reason": "Holds well.", "seen": 0}
    answer = prescriber.post(path, said)
    assert (answer.status_code, answer.json()["steps"][0]["interval_days"]) == (201, 14)
    assert prescriber.post(path, said).status_code == 409
    assert MaintenanceStep.objects.count() == 1
    [window] = prescriber.get("/booster-windows").json()["results"]
    assert window["due_from"] == at(14).date().isoformat()
    answer = prescriber.post(f"/booster-windows/{window['id']}/close", {"reason": "Away."})
    assert answer.json()["status"] == "CLOSED"
    of_course = prescriber.get(f"/courses/{treated.course.pk}/booster-windows").json()["results"]
    assert [one["status"] for one in of_course] == ["CLOSED"]


def test_a_baseline_is_rated(begin, prescriber, clock):
    treated = begin()
    clock(at(0))
    said = {"instrument": "MADRS", "total": 30, "reason": "Too ill to read."}
    answer = prescriber.post(f"/courses/{treated.course.pk}/baseline", said)
    assert (answer.status_code, answer.json()["baseline"]["is_rated"]) == (201, True)
    assert Baseline.objects.get().total == 30


def test_who_may(ended, clinic, other_clinic):
    review = ended.open_review("END_OF_INDUCTION")
    said = {"decision": "STOP", "reason": "x"}
    nurse, desk, stranger = map(Caller, (clinic.nurse, clinic.desk, other_clinic.prescriber))
    assert nurse.get(f"/reviews/{review.pk}").status_code == 200
    assert nurse.post(f"/reviews/{review.pk}/decide", said).status_code == 403
    assert desk.get(f"/courses/{ended.course.pk}/response").status_code == 403
    assert stranger.post(f"/reviews/{review.pk}/decide", said).status_code == 404
    assert stranger.get("/reviews").json()["results"] == []
