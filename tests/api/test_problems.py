"""Every error is problem details, whatever went wrong and wherever."""

import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any, cast

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from structlog.stdlib import ProcessorFormatter

from clinic.api.parsers import MOST_BYTES
from clinic.api.problems import code_of, field_errors
from clinic.errors import Conflict, DomainError
from tests import factories
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


def is_problem(answer: HttpResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"]
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nowhere",
        "/api/v1/",
        "/api/",
        "/api/v2/sites",
        "/api/v1/patients/no-id",
        "/api/v1/sites/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_404(path: str, method: str, settings: Any) -> None:
    for settings.DEBUG in (False, True):
        is_problem(getattr(Client(enforce_csrf_checks=True), method)(path), 404)


def test_a_wrong_method_is_405_and_says_which_are_right(desk: Caller) -> None:
    answer = desk.delete("/patients")
    is_problem(answer, 405)
    assert "POST" in answer["Allow"]


def test_another_media_type_is_415(desk: Caller) -> None:
    answer = desk.client.post("/api/v1/patients/search", "text=a", content_type="text/plain")
    is_problem(answer, 415)


def test_an_answer_in_another_media_type_is_406(desk: Caller) -> None:
    is_problem(desk.client.get("/api/v1/sites", headers={"Accept": "text/html"}), 406)


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b'{"text": NaN}', b'{"text": "\xff"}', b"[" * 100_000, b'{"text":' + b"9" * 5000],
)
def test_json_that_cannot_be_read_is_400(desk: Caller, body: bytes) -> None:
    answer = desk.client.post("/api/v1/patients/search", body, content_type="application/json")
    is_problem(answer, 400)


@pytest.mark.parametrize("body", ["[]", "7", '"text"', "null"])
def test_json_of_another_shape_is_400(desk: Caller, body: str) -> None:
    answer = desk.client.post("/api/v1/patients/search", body, content_type="application/json")
    is_problem(answer, 400)


def test_an_unknown_charset_is_refused(desk: Caller) -> None:
    kind = "application/json; charset=klingon"
    is_problem(desk.client.generic("POST", "/api/v1/patients/search", b"{}", kind), 400)


def test_a_body_that_is_too_large_is_413(desk: Caller) -> None:
    is_problem(desk.post("/patients/search", {"text": "a" * MOST_BYTES}), 413)


def test_a_host_that_is_not_ours_is_400() -> None:
    is_problem(Client().get("/api/v1/sites", headers={"Host": "evil.example"}), 400)


def test_an_unexpected_error_is_500_without_detail(desk: Caller, clinic: factories.Clinic) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE clinic_room RENAME TO clinic_room_gone")
    answer = desk.get(f"/sites/{clinic.site.pk}/rooms")
    body = is_problem(answer, 500)
    assert "clinic_room" not in str(body)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What our handler writes."""
    ours = [one for one in logging.getLogger().handlers
            if isinstance(one.formatter, ProcessorFormatter)]  # fmt: skip
    written, handler = StringIO(), cast("logging.StreamHandler[Any]", ours[0])
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


def test_the_log_of_an_unexpected_error_holds_no_values(
    desk: Caller, clinic: factories.Clinic, log: StringIO
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE clinic_patient ADD CHECK (family_name <> 'Hopper')")
    person = {"given_name": "Grace\n\nB.", "family_name": "Hopper", "birth_date": "1986-12-09"}
    is_problem(desk.post("/patients", {"site": str(clinic.site.pk), **person}), 500)
    assert "23514" in log.getvalue()
    assert not [word for word in ("Grace", "B.", "Hopper", "1986-12-09") if word in log.getvalue()]


def test_pages_outside_the_api_keep_their_own_errors() -> None:
    answer = Client().get("/nowhere")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_each_kind_of_refusal_has_a_name() -> None:
    class RoomGone(Conflict):
        """Without a code of its own."""

    class Named(Conflict):
        code = "its-own-name"

    kinds = [DomainError("x"), Conflict("x"), RoomGone("x"), Named("x")]
    assert [code_of(one) for one in kinds] == ["refused", "conflict", "room-gone", "its-own-name"]


@pytest.mark.parametrize(
    ("detail", "pointers"),
    [
        ({"a": ["x", "y"]}, ["#/a", "#/a"]),
        ({"a": [{}, {"b": ["x"]}]}, ["#/a/1/b"]),
        ({"non_field_errors": ["x"]}, ["#"]),
        ({"a": {"non_field_errors": ["x"]}}, ["#/a"]),
        (["x"], ["#"]),
    ],
)
def test_pointers_lead_to_the_fault(detail: Any, pointers: list[str]) -> None:
    assert [error["pointer"] for error in field_errors(detail)] == pointers
