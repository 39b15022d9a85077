"""The editor by the API, from a draft to its signature."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinic.models import Membership, Role
from courses.models import ProtocolVersion
from tests import factories
from tests.factories import NOW, Clinic

API = "/api/v1"
PROBLEM = "urn:courseline:problem:"


def send(browser: Client, method: str, address: str, body: Any = None) -> Any:
    return browser.generic(
        method, f"{API}{address}", "" if body is None else json.dumps(body),
        content_type="application/json",
    )  # fmt: skip


@pytest.fixture
def version(shipped: Callable[..., ProtocolVersion]) -> ProtocolVersion:
    """The shipped IV_2W3."""
    return shipped("IV_2W3")


def test_list_names_versions_and_courses(browser: Client, version: ProtocolVersion) -> None:
    rows = send(browser, "GET", "/protocol-editor").json()["results"]
    [row] = [one for one in rows if one["code"] == "IV_2W3"]
    assert row["in_force"]["id"] == str(version.pk)
    assert (row["is_in_use"], row["draft"], row["running_courses"]) == (True, None, 0)
    assert not next(one for one in rows if one["code"] == "SL_HOME")["is_in_use"]


def test_draft_to_signature(browser: Client, version: ProtocolVersion) -> None:
    made = send(browser, "POST", f"/protocol-versions/{version.pk}/draft")
    draft = made.json()
    assert (made.status_code, draft["number"], draft["faults"]) == (201, 2, [])
    address = f"/protocol-versions/{draft['id']}"
    definition = draft["definition"] | {"min_gap_days": "x"}
    body = {"definition": definition, "note": "Try", "seen": draft["drafted_at"]}
    faulty = send(browser, "PUT", address, body).json()
    assert faulty["faults"] == [{"path": "/min_gap_days", "detail": "Give a whole number."}]
    refused = send(browser, "POST", f"{address}/sign", {"seen": faulty["drafted_at"]})
    assert refused.json()["type"] == f"{PROBLEM}protocol-draft-faulty"
    definition["min_gap_days"] = 1
    body |= {"definition": definition, "seen": faulty["drafted_at"]}
    kept = send(browser, "PUT", address, body).json()
    [change] = send(browser, "GET", f"{address}/changes").json()["changes"]
    assert change["label"] == "Least between two doses"
    assert change["after"]["value"] == "1 day, over all courses and sites"
    signed = send(browser, "POST", f"{address}/sign", {"seen": kept["drafted_at"]}).json()
    assert (signed["is_signed"], signed["signed_as"]) == (True, "Medical director")
    version.refresh_from_db()
    assert version.retired_at == NOW


def test_shipped_version_is_signed_and_retired(browser: Client, version: ProtocolVersion) -> None:
    address = f"/protocol-versions/{version.pk}"
    assert send(browser, "POST", f"{address}/sign", {}).json()["is_signed"]
    again = send(browser, "POST", f"{address}/sign", {})
    assert (again.status_code, again.json()["type"]) == (
        409,
        f"{PROBLEM}protocol-version-changed",
    )
    retired = send(browser, "POST", f"{address}/retire", {"reason": "Ours is better"}).json()
    assert retired["retired_reason"] == "Ours is better"


def test_new_protocol_and_use(browser: Client, version: ProtocolVersion) -> None:
    body = {"template": str(version.pk), "code": "OURS", "name": "Our own"}
    made = send(browser, "POST", "/protocol-editor", body).json()
    assert made["definition"]["code"] == "OURS"
    use = f"/protocol-editor/{version.protocol_id}/use"
    assert send(browser, "PUT", use, {"is_in_use": False}).json() == {"is_in_use": False}
    listed = send(browser, "GET", f"/protocol-editor/{made['protocol']}/versions").json()
    assert [one["id"] for one in listed["results"]] == [made["id"]]
    assert send(browser, "DELETE", f"/protocol-versions/{made['id']}").status_code == 204
    published = send(browser, "DELETE", f"/protocol-versions/{version.pk}")
    assert published.status_code == 409


def test_signing_by_a_browser_wants_a_proof(
    director: Membership, sign_in: Callable[..., Client], version: ProtocolVersion
) -> None:
    answer = send(sign_in(director), "POST", f"/protocol-versions/{version.pk}/sign", {})
    assert (answer.status_code, answer.json()["type"]) == (403, f"{PROBLEM}proof-missing")


def test_colleagues_and_strangers(
    clinic: Clinic, sign_in: Callable[..., Client], version: ProtocolVersion
) -> None:
    colleague = sign_in(clinic.prescriber)
    assert send(colleague, "GET", "/protocol-editor").status_code == 403
    elsewhere = factories.make_clinic().person(Role.MEDICAL_DIRECTOR)
    stranger = sign_in(elsewhere)
    address = f"/protocol-versions/{version.pk}"
    assert send(stranger, "GET", address).status_code == 404
    assert send(stranger, "POST", f"{address}/sign", {}).status_code == 404
