"""From a patient to a booked course, moved and cancelled visits, over the API alone."""

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from courses.models import Course
from scheduling.models import Proposal, Reservation
from scheduling.services import work_on_proposal
from sessions.models import Session
from tests import factories
from tests.api.conftest import Booked, Caller, course_body, planned

pytestmark = pytest.mark.django_db


def test_a_started_course_answers_with_the_proposal_to_wait_for(
    clinic: factories.Clinic, desk: Caller
) -> None:
    patient = factories.make_patient(clinic.site)
    answer = desk.post("/courses", course_body(clinic, patient.pk))
    assert answer.status_code == 202
    assert answer["Location"] == answer.json()["url"]
    waiting = desk.get(answer["Location"]).json()
    assert (waiting["status"], waiting["visits"]) == ("QUEUED", [])
    course = Course.objects.get(pk=answer.json()["course"])
    assert (course.patient_id, course.created_by_id) == (patient.pk, clinic.desk.pk)


def test_a_ready_proposal_shows_visits_in_local_time_and_words(
    clinic: factories.Clinic, desk: Caller, proposal: dict[str, Any]
) -> None:
    said = desk.get(proposal["url"]).json()
    assert (said["status"], said["progress"], said["timezone"]) == (
        "READY", 100, "America/New_York",
    )  # fmt: skip
    assert [v["label"] for v in said["visits"] if v["kind"] == "dosing"] == [
        "Infusion 1 of 2", "Infusion 2 of 2",
    ]  # fmt: skip
    assert said["sentences"]
    first = said["visits"][0]
    assert first["room"] == clinic.office.name
    assert first["staff"] == [clinic.therapist.name]
    shown = datetime.fromisoformat(first["starts_at"])
    assert shown.utcoffset() == shown.astimezone(clinic.site.zone).utcoffset()
    assert 8 <= shown.hour < 18


def test_accepting_books_every_visit_once(desk: Caller, proposal: dict[str, Any]) -> None:
    answer = desk.post(f"{proposal['url']}/accept")
    assert answer.status_code == 201
    assert answer["Location"] == answer.json()["url"] == proposal["course_url"]
    assert answer.json()["status"] == "ACTIVE"
    visits = answer.json()["visits"]
    assert {v["status"] for v in visits} == {"PLANNED"}
    assert len(visits) == Session.objects.count() == Reservation.objects.count() == 5
    again = desk.post(f"{proposal['url']}/accept")
    assert again.status_code == 409
    assert again.json()["type"] == "urn:courseline:problem:proposal-not-ready"


def test_an_outdated_proposal_says_what_changed_and_books_nothing(
    clinic: factories.Clinic, desk: Caller, proposal: dict[str, Any]
) -> None:
    dose = next(v for v in desk.get(proposal["url"]).json()["visits"] if v["kind"] == "dosing")
    rival = factories.make_course(factories.make_patient(clinic.site), clinic.version, clinic.desk)
    taken_at = datetime.fromisoformat(dose["starts_at"])
    factories.make_visit(rival, clinic.chair, taken_at)
    answer = desk.post(f"{proposal['url']}/accept")
    assert answer.status_code == 409
    said = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert said["type"] == "urn:courseline:problem:proposal-outdated"
    assert "Infusion 1 of 2" in [change["visit"] for change in said["changes"]]
    assert not Session.objects.exclude(course=rival).exists()


def test_a_new_proposal_discards_the_older_one(desk: Caller, proposal: dict[str, Any]) -> None:
    answer = desk.post(f"{proposal['course_url']}/proposals")
    assert answer.status_code == 202
    assert answer.json()["id"] != proposal["id"]
    assert desk.get(proposal["url"]).json()["status"] == "DISCARDED"


def test_a_booked_course_has_nothing_to_plan(desk: Caller, booked: Booked) -> None:
    answer = desk.post(f"{booked.course['url']}/proposals")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:courseline:problem:nothing-to-plan"


def test_a_course_that_cannot_fit_says_why_and_what_would_help(
    clinic: factories.Clinic, desk: Caller
) -> None:
    clinic.nurse.shifts.all().delete()
    patient = factories.make_patient(clinic.site)
    answer = desk.post("/courses", course_body(clinic, patient.pk))
    work_on_proposal(
        organization_id=clinic.organization.pk,
        proposal_id=answer.json()["id"],
        now=timezone.now(),
    )
    said = desk.get(answer["Location"]).json()
    assert said["status"] == Proposal.Status.IMPOSSIBLE
    assert said["reason"]
    assert said["visits"] == []


def test_a_course_is_read_with_places_that_are_not_booked(
    desk: Caller, proposal: dict[str, Any]
) -> None:
    said = desk.get(proposal["course_url"]).json()
    assert said["status"] == "DRAFT"
    assert {(v["status"], v["id"], v["starts_at"]) for v in said["visits"]} == {
        ("UNBOOKED", None, None)
    }
    assert said["next_step"]


def test_a_visit_moves_to_a_free_slot(desk: Caller, booked: Booked) -> None:
    visit = booked.visit
    days = desk.get(f"{visit['url']}/slots").json()["days"]
    slot = days[0]["slots"][0]
    assert desk.get(f"{visit['url']}/fit", starts_at=slot["starts_at"]).json()["fits"] is True
    answer = desk.post(f"{visit['url']}/move", {"starts_at": slot["starts_at"]})
    assert answer.status_code == 200
    moved = answer.json()
    assert (moved["starts_at"], moved["room"]) == (slot["starts_at"], slot["room"])
    assert moved["version"] == 1
    assert desk.get(visit["url"]).json() == moved


def test_a_refused_time_names_the_field_and_every_reason(desk: Caller, booked: Booked) -> None:
    visit = booked.visit
    night = visit["starts_at"][:11] + "03:00:00-05:00"
    said = desk.get(f"{visit['url']}/fit", starts_at=night).json()
    assert (said["fits"], bool(said["reasons"])) == (False, True)
    answer = desk.post(f"{visit['url']}/move", {"starts_at": night, "reason": "Asked for"})
    assert answer.status_code == 400
    refusal = answer.json()
    assert refusal["type"] == "urn:courseline:problem:slot-refused"
    assert refusal["errors"][0]["pointer"] == "#/starts_at"
    assert [change["change"] for change in refusal["changes"]] == said["reasons"]
    assert Session.objects.get(pk=visit["id"]).version == 0


def test_a_cancelled_visit_frees_its_place_and_cannot_change_again(
    clinic: factories.Clinic, desk: Caller, booked: Booked
) -> None:
    visit = booked.visit
    answer = desk.post(f"{visit['url']}/cancel", {"reason": "The patient is ill"})
    assert answer.status_code == 200
    told = {name: answer.json()[name] for name in ("status", "reason", "cancel_code")}
    assert told == {"status": "CANCELLED", "reason": "", "cancel_code": "OTHER"}
    seen = Caller(clinic.prescriber).get(visit["url"]).json()
    assert seen["reason"] == "The patient is ill"
    assert not Reservation.objects.filter(session_id=visit["id"]).exists()
    again = desk.post(f"{visit['url']}/cancel", {"reason": "Once more"})
    assert again.json()["type"] == "urn:courseline:problem:visit-not-planned"
    move = {"starts_at": visit["starts_at"]}
    assert desk.post(f"{visit['url']}/move", move).status_code == 409
    assert planned(desk.post(f"{booked.course['url']}/proposals"))["status"] == "QUEUED"


def test_times_of_a_cancelled_visit_are_answered_without_error(
    desk: Caller, booked: Booked
) -> None:
    visit = booked.visit
    desk.post(f"{visit['url']}/cancel", {"reason": "The patient is ill"})
    assert desk.get(f"{visit['url']}/slots").status_code == 200
    fit = desk.get(f"{visit['url']}/fit", starts_at=visit["starts_at"])
    assert fit.status_code == 200


def test_a_cancellation_needs_a_reason(desk: Caller, booked: Booked) -> None:
    for body in ({}, {"reason": "  "}, {"reason": "x" * 241}):
        answer = desk.post(f"{booked.visit['url']}/cancel", body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/reason"


def test_a_sites_day_lists_its_visits(
    clinic: factories.Clinic, desk: Caller, booked: Booked
) -> None:
    day = booked.visit["starts_at"][:10]
    said = desk.get("/visits", site=clinic.site.pk, day=day).json()
    assert (said["opens"], said["closes"], said["closure"]) == ("08:00", "18:00", None)
    assert [v["id"] for v in said["results"]] == [booked.visit["id"]]
    assert said["results"][0]["starts_at"] == booked.visit["starts_at"]


def test_a_day_needs_a_site_of_ours_and_a_date(
    desk: Caller, other_clinic: factories.Clinic
) -> None:
    assert desk.get("/visits").status_code == 400
    answer = desk.get("/visits", site=other_clinic.site.pk, day="2026-01-05")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/site")
    answer = desk.get("/visits", site=desk.member.pk, day="tomorrow")
    assert answer.json()["errors"][0]["pointer"] == "#/day"


@pytest.mark.parametrize("field", ["patient", "site", "protocol_version", "lead_therapist"])
def test_a_course_cannot_name_rows_of_another_organisation(
    field: str, clinic: factories.Clinic, other_clinic: factories.Clinic, desk: Caller
) -> None:
    theirs = {
        "patient": factories.make_patient(other_clinic.site).pk,
        "site": other_clinic.site.pk,
        "protocol_version": other_clinic.version.pk,
        "lead_therapist": other_clinic.therapist.pk,
    }
    body = course_body(clinic, factories.make_patient(clinic.site).pk)
    answer = desk.post("/courses", body | {field: str(theirs[field])})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"#/{field}"]
    assert not Course.objects.exists()


def test_what_the_service_refuses_about_a_course_names_its_field(
    clinic: factories.Clinic, desk: Caller
) -> None:
    body = course_body(clinic, factories.make_patient(clinic.site).pk)
    answer = desk.post("/courses", body | {"latest_first_on": "2020-01-01"})
    assert answer.json()["errors"][0]["pointer"] == "#/latest_first_on"
    answer = desk.post("/courses", body | {"lead_therapist": str(clinic.nurse.pk)})
    assert answer.json()["errors"][0]["pointer"] == "#/lead_therapist"
