"""Registering, finding and reading patients."""

from typing import Any

import pytest

from clinic.models import Patient
from tests import factories
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(clinic: factories.Clinic) -> dict[str, Any]:
    """Everything that can be said about somebody."""
    return {
        "site": str(clinic.site.pk),
        "given_name": "Grace",
        "family_name": "Hopper",
        "birth_date": "1986-12-09",
        "email": "grace@example.com",
        "phone": "+1 212 555 0101",
        "timezone": "America/Chicago",
        "language": "es",
        "email_reminders": False,
        "windows": [{"weekday": 0, "starts": "09:00", "ends": "12:30", "preferred": True}],
        "contacts": [
            {"relationship": "ESCORT", "name": "Ann", "phone": "+1 212 555 0102", "email": ""}
        ],
    }


def test_a_registered_patient_is_read_as_it_was_sent(desk: Caller, person: dict[str, Any]) -> None:
    answer = desk.post("/patients", person)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert {name: said[name] for name in person} == person
    assert answer["Location"] == said["url"]
    assert {**desk.get(said["url"]).json(), "possible_duplicates": []} == said
    assert Patient.objects.get().organization_id == desk.member.organization_id


def test_the_least_that_registers_a_patient(desk: Caller, person: dict[str, Any]) -> None:
    needed = ("site", "given_name", "family_name", "birth_date")
    said = desk.post("/patients", {name: person[name] for name in needed}).json()
    assert (said["language"], said["email_reminders"], said["windows"]) == ("en", True, [])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"given_name": " "}, "#/given_name"),
        ({"given_name": 7}, "#/given_name"),
        ({"given_name": "a\x00b"}, "#/given_name"),
        ({"given_name": "\ud800"}, "#/given_name"),
        ({"family_name": None}, "#/family_name"),
        ({"birth_date": "2999-01-01"}, "#/birth_date"),
        ({"birth_date": "2101-01-01"}, "#/birth_date"),
        ({"birth_date": "1899-12-31"}, "#/birth_date"),
        ({"email": "not an address"}, "#/email"),
        ({"timezone": "Mars/Olympus"}, "#/timezone"),
        ({"language": "tlh"}, "#/language"),
        ({"email_reminders": "yes"}, "#/email_reminders"),
        ({"site": "here"}, "#/site"),
        ({"windows": [{"weekday": 7, "starts": "09:00", "ends": "10:00"}]}, "#/windows/0/weekday"),
        ({"windows": [{"weekday": 0, "starts": "10:00", "ends": "09:00"}]}, "#/windows/0/ends"),
        ({"windows": "always"}, "#/windows"),
        ({"contacts": [{"relationship": "PET", "name": "Rex"}]}, "#/contacts/0/relationship"),
        ({"nickname": "Amazing"}, "#/nickname"),
    ],
)
def test_what_is_not_right_is_named(
    desk: Caller, person: dict[str, Any], change: dict[str, Any], pointer: str
) -> None:
    answer = desk.post("/patients", person | change)
    assert answer.status_code == 400, answer.content
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Patient.objects.exists()


def test_all_faults_are_named_at_once(desk: Caller, person: dict[str, Any]) -> None:
    answer = desk.post("/patients", person | {"email": "?", "nickname": "Amazing", "language": 1})
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"#/email", "#/nickname", "#/language"}


def test_windows_that_overlap_are_refused_by_the_service(
    desk: Caller, person: dict[str, Any]
) -> None:
    windows = [{"weekday": 0, "starts": "09:00", "ends": "12:00"} for _ in range(2)]
    answer = desk.post("/patients", person | {"windows": windows})
    assert answer.json()["errors"][0]["pointer"] == "#/windows"
    assert not Patient.objects.exists()


def test_a_patient_cannot_be_put_at_a_strangers_site(
    desk: Caller, person: dict[str, Any], other_clinic: factories.Clinic
) -> None:
    answer = desk.post("/patients", person | {"site": str(other_clinic.site.pk)})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/site")


def test_search_finds_by_parts_of_names_and_numbers(clinic: factories.Clinic, desk: Caller) -> None:
    grace = factories.make_patient(
        clinic.site, given_name="Grace", family_name="Hopper", phone="+1 212 555 0177"
    )
    factories.make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
    for text in ("hopp", "Grace Hopper", "hopper gra", "0177"):
        found = desk.post("/patients/search", {"text": text}).json()["results"]
        assert [one["id"] for one in found] == [str(grace.pk)]
    assert desk.post("/patients/search", {"text": "%"}).json()["results"] == []


def test_search_stays_within_the_organisation(clinic: factories.Clinic, stranger: Caller) -> None:
    factories.make_patient(clinic.site, family_name="Hopper")
    assert stranger.post("/patients/search", {"text": "hopper"}).json()["results"] == []


def test_search_goes_on_page_by_page_with_no_name_in_any_address(
    clinic: factories.Clinic, desk: Caller
) -> None:
    for number in range(5):
        factories.make_patient(clinic.site, family_name=f"Hopper{number}")
    path, seen = "/patients/search?page_size=2", []
    while path:
        page = desk.post(path, {"text": "hopper"}).json()
        seen += [one["family_name"] for one in page["results"]]
        path = (page["next"] or "").removeprefix("http://testserver")
        assert "opper" not in path
    assert seen == [f"Hopper{number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("cursor=nonsense", "#/cursor"),
        ("cursor=cD1ub3QtYW4taWQ=", "#/cursor"),  # p=not-an-id
        ("cursor=%C3%A9", "#/cursor"),
        ("page_size=0", "#/page_size"),
        ("page_size=201", "#/page_size"),
        ("page_size=-1", "#/page_size"),
        ("page_size=many", "#/page_size"),
    ],
)
def test_pages_that_cannot_be_are_refused(desk: Caller, query: str, pointer: str) -> None:
    answer = desk.post(f"/patients/search?{query}", {"text": "a"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
