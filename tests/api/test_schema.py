"""The OpenAPI description: valid, complete, and true of real answers."""

from functools import cache
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.api.conftest import Booked, Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema() -> dict[str, Any]:
    """The description as JSON."""
    return _described()


@cache
def _described() -> dict[str, Any]:
    answer = Client().get("/api/v1/schema/", headers={"Accept": "application/json"})
    found: dict[str, Any] = answer.json()
    return found


def test_the_description_is_valid_and_without_warnings(tmp_path: Any) -> None:
    file = str(tmp_path / "schema.yml")
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", file)


def test_it_is_openapi_3_1_and_public(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_every_operation_documents_its_refusals(schema: dict[str, Any]) -> None:
    operations = [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) > 15
    for path, method, operation in operations:
        answers = operation["responses"]
        assert "401" in answers or path == "/api/v1/tokens"
        assert ("404" in answers) == ("{" in path or path.endswith("/current"))
        assert ("415" in answers) == (method in ("post", "put", "patch"))
        for code, answer in answers.items():
            if int(code) >= 400:
                assert list(answer["content"]) == ["application/problem+json"]


def test_booking_calls_document_their_key(schema: dict[str, Any]) -> None:
    with_key = {
        operation["operationId"]
        for methods in schema["paths"].values()
        for operation in methods.values()
        if any(part["name"] == "Idempotency-Key" for part in operation.get("parameters", []))
    }
    assert with_key == {
        "change_group", "make_groups",
        "start_course", "request_proposal", "accept_proposal", "move_visit", "cancel_visit",
        "book_visit", "change_visit", "hold_proposal", "discard_proposal",
        "book_evaluation",
        "enter_waitlist", "accept_offer", "decline_offer",
        "request_repair", "cancel_repair", "accept_repair",
        "change_course_version",
        "record_consent", "withdraw_consent", "link_charts", "unlink_chart", "tell_apart",
        "create_assessment", "amend_assessment",
        "acknowledge_alert", "close_alert", "plan_on_call",
        "add_payer", "record_authorization", "end_authorization", "agree_self_pay", "end_self_pay",
        "begin_screening", "save_answers", "take_over_answers", "override_finding",
        "mark_finding_in_error", "decide_screening", "meet_condition", "report_happening",
        "record_medication_trial", "record_diagnosis", "record_check_result",
        "pause_course", "resume_course", "stop_course", "complete_course", "hold_course",
        "release_hold", "extend_course", "decide_lapse", "change_course_terms", "follow_course",
        "record_dose_elsewhere", "withdraw_dose_elsewhere", "allow_beyond_cap", "allow_unprepared",
        "confirm_dose",
        "report_death", "confirm_death", "withdraw_death",
    }  # fmt: skip


def test_a_members_list_is_what_the_description_says(
    schema: dict[str, Any], desk: Caller, booked: Booked
) -> None:
    shapes = schema["components"]["schemas"]
    pairs = {
        "CourseTimeline": booked.course,
        "TimelineVisit": booked.visit,
        "Visit": desk.get(booked.visit["url"]).json(),
        "ProposalStory": desk.get(booked.proposal["url"]).json(),
        "Slots": desk.get(f"{booked.visit['url']}/slots").json(),
    }
    for name, said in pairs.items():
        assert set(said) == set(shapes[name]["properties"]) == set(shapes[name]["required"])
