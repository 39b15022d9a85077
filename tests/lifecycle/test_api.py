"""A course's state and what is done to it, through the API."""

import pytest
from django.urls import reverse

from courses.models import CapOverride, Course, Dose, Hold
from tests.api.conftest import Caller
from tests.lifecycle.lives import WHY

pytestmark = pytest.mark.django_db


def test_a_course_is_paused_resumed_held_and_released(clinic, course):
    caller, at = Caller(clinic.prescriber), f"/courses/{course.pk}"
    paused = caller.post(f"{at}/pause", {"until": "2026-02-01", "reason": WHY})
    assert (paused.status_code, paused.json()["paused_until"]) == (200, "2026-02-01")
    assert caller.post(f"{at}/pause", {"until": "2026-02-01", "reason": WHY}).status_code == 409
    assert caller.post(f"{at}/resume", {}).status_code == 200
    held = caller.post(f"{at}/hold", {"kind": "PREGNANCY", "reason": WHY}).json()
    assert [one["kind"] for one in held["holds"]] == ["PREGNANCY"]
    said = {"hold": held["holds"][0]["id"], "reason": WHY}
    assert caller.post(f"{at}/release", said).json()["holds"] == []
    assert not Hold.objects.open().exists()


def test_bad_input_names_the_member(clinic, course):
    answer = Caller(clinic.prescriber).post(f"/courses/{course.pk}/stop", {"code": "OTHER"})
    assert answer.status_code == 400
    assert "reason" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "path", "said"),
    [
        ("elsewhere", "doses/elsewhere",
         {"on": "2026-01-04", "drug": "ketamine_racemic", "route": "IV"}),
        ("beyond_cap", "doses/beyond-cap", {"on": "2026-01-06", "reason": WHY}),
        ("hold", "hold", {"kind": "PREGNANCY", "reason": WHY}),
        ("terms", "terms", {"goal": "Work again"}),
    ],
)  # fmt: skip
def test_what_the_page_does_not_offer_the_service_behind_it_does_not_do(
    clinic, course, prescriber, name, path, said
):
    Course.objects.filter(pk=course.pk).update(status="COMPLETED")
    answer = Caller(clinic.prescriber).post(f"/courses/{course.pk}/{path}", said)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("course-not-in-state")
    page = prescriber.post(reverse(f"scheduling:course_{name}", args=[course.pk]), said)
    assert page.status_code == 409
    rows = (Dose.objects, CapOverride.objects, Hold.objects)
    assert not any(each.filter(course=course).exists() for each in rows)


def test_the_desk_reads_the_state_without_what_is_clinical(clinic, course):
    prescriber, desk = Caller(clinic.prescriber), Caller(clinic.desk)
    prescriber.post(f"/courses/{course.pk}/hold", {"kind": "PREGNANCY", "reason": WHY})
    found = desk.get(f"/courses/{course.pk}/state").json()
    assert (found["holds"], found["blockers"]) == ([], [])
    assert desk.get(f"/courses/{course.pk}/doses").status_code == 403
    assert desk.post(f"/courses/{course.pk}/stop", {"code": "LOST"}).status_code == 403


def test_a_stranger_finds_nothing(other_clinic, course):
    stranger = Caller(other_clinic.prescriber)
    assert stranger.get(f"/courses/{course.pk}/state").status_code == 404
    assert stranger.post(f"/courses/{course.pk}/stop", {"code": "LOST"}).status_code == 404
