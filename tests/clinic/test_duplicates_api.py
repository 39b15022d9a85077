"""The same by the API (DOMAIN 8.45)."""

import pytest

from clinic.identity.selectors import link_of
from clinic.models import Patient
from tests.api.conftest import Caller
from tests.factories import NOW, make_course, make_patient, make_visit

pytestmark = pytest.mark.django_db
WHY = "The same passport was shown at both sites."
PROBLEM = "urn:courseline:problem:"
ADA = {"given_name": "Ada", "family_name": "Lovelace", "birth_date": "1980-02-29"}


@pytest.fixture
def nurse(clinic):
    return Caller(clinic.nurse)


@pytest.fixture
def charts(clinic):
    names = {"given_name": "ADÁ", "family_name": "Lovelace"}
    return make_patient(clinic.site, **names), make_patient(clinic.site, **names)


def at(patient, what):
    return f"/patients/{patient.pk}/{what}"


def test_8_45_likely_duplicates_are_told_before_and_after_registering(clinic, nurse, charts):
    found = nurse.post("/patients/matches", ADA)
    assert found.status_code == 200
    assert [one["id"] for one in found.json()] == [str(one.pk) for one in charts]
    assert found.json()[0]["likenesses"] == ["NAME_AND_BIRTH"]
    Patient.objects.filter(pk=charts[1].pk).update(is_restricted=True)
    made = nurse.post("/patients", {**ADA, "site": str(clinic.site.pk)})
    assert made.status_code == 201
    assert [one["id"] for one in made.json()["possible_duplicates"]] == [str(charts[0].pk)]


def test_8_45_pairs_are_listed_and_told_apart(clinic, nurse, charts):
    [pair] = nurse.get("/patients/duplicates").json()["pairs"]
    assert [pair["first"]["id"], pair["second"]["id"]] == [str(one.pk) for one in charts]
    told = nurse.post(at(charts[0], "apart"), {"other": str(charts[1].pk)})
    assert told.status_code == 204
    assert nurse.get("/patients/duplicates").json() == {"pairs": [], "after": None}


def test_8_45_charts_are_linked_read_and_unlinked(clinic, nurse, charts):
    body = {"other": str(charts[1].pk), "stands": "OTHER", "reason": WHY}
    made = nurse.post(at(charts[0], "link"), body, key="once")
    assert made.status_code == 201
    assert made.json()["principal"] == str(charts[1].pk)
    assert nurse.post(at(charts[0], "link"), body, key="once").json() == made.json()
    again = nurse.post(at(charts[0], "link"), body, key="twice")
    assert (again.status_code, again.json()["type"]) == (409, PROBLEM + "charts-linked")
    [other] = nurse.get(at(charts[0], "charts")).json()
    assert (other["patient"]["id"], other["stands"]) == (str(charts[1].pk), True)
    undone = nurse.post(at(charts[0], "unlink"), {"reason": WHY}, key="thrice")
    assert undone.json()["unlinked_at"]
    assert link_of(charts[0]) is None
    gone = nurse.post(at(charts[0], "unlink"), {"reason": WHY}, key="again")
    assert (gone.status_code, gone.json()["type"]) == (409, PROBLEM + "charts-not-linked")


def test_8_45_what_collides_is_told_one_by_one(clinic, nurse, charts):
    for chart, room in zip(charts, (clinic.chair, clinic.office), strict=True):
        make_visit(make_course(chart, clinic.version, clinic.desk), room, NOW)
    body = {"other": str(charts[1].pk), "stands": "THIS", "reason": WHY}
    refused = nurse.post(at(charts[0], "link"), body, key="once")
    assert (refused.status_code, refused.json()["type"]) == (409, PROBLEM + "charts-collide")
    assert "at the same time" in str(refused.json())


def test_8_45_the_desk_finds_but_does_not_link(clinic, charts):
    desk = Caller(clinic.desk)
    assert desk.get("/patients/duplicates").status_code == 200
    body = {"other": str(charts[1].pk), "stands": "THIS", "reason": WHY}
    assert desk.post(at(charts[0], "link"), body, key="once").status_code == 403
