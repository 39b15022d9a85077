"""Managing staff by the API: the list, asking somebody in, roles, leaving, coming back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.api.tokens import issue_token
from clinic.models import Invitation, Membership, Role
from clinic.rights import Right, may
from clinic.staffing.changing import make_service
from tests import factories
from tests.accounts.conftest import sign_in as sign_in_on_page
from tests.accounts.conftest import with_password
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

# Name of each route about one person, its method, and a good body.
ABOUT_ONE = {
    "colleague": ("get", None),
    "colleague_visits": ("get", None),
    "colleague_roles": ("post", {"roles": []}),
    "colleague_deactivate": ("post", {"reason": "Left"}),
    "colleague_reactivate": ("post", {}),
}


@pytest.fixture
def office(clinic: factories.Clinic) -> Caller:
    """Who manages the clinic."""
    return Caller(factories.make_member(clinic.site, Role.MANAGER))


@pytest.fixture
def stranger(other_clinic: factories.Clinic) -> Caller:
    """Who manages another organisation."""
    return Caller(factories.make_member(other_clinic.site, Role.MANAGER))


def call(caller: Caller, name: str, member_id: Any) -> HttpResponse:
    method, body = ABOUT_ONE[name]
    path = reverse(f"api:{name}", args=[member_id])
    return caller.get(path) if method == "get" else caller.post(path, body)


def held(member: Membership) -> frozenset[Any]:
    return Membership.objects.get(pk=member.pk).duties


def roles(site: Any, *names: str) -> list[dict[str, str]]:
    return [{"site": str(site.pk), "role": name} for name in names]


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_who_may(
    name: str, clinic: factories.Clinic, office: Caller, stranger: Caller, desk: Caller
) -> None:
    path = reverse(f"api:{name}", args=[clinic.nurse.pk])
    for method in ("get", "post", "delete", "options"):
        assert getattr(Client(), method)(path).status_code == 401
    refused = call(stranger, name, clinic.nurse.pk)
    unknown = call(stranger, name, "01920000-0000-7000-8000-000000000000")
    assert (refused.status_code, refused.content) == (404, unknown.content)
    assert call(desk, name, clinic.nurse.pk).status_code == 403
    answer = office.client.put(path, "{}", content_type="application/json")
    assert answer.status_code == 405
    assert call(office, name, clinic.nurse.pk).status_code in (200, 400, 409)


def test_the_list_is_for_managers(desk: Caller) -> None:
    assert Client().get("/api/v1/staff").status_code == 401
    assert desk.get("/staff").status_code == 403
    assert desk.post("/staff", {}).status_code == 403


def test_a_token_without_the_right_manages_nobody(clinic: factories.Clinic, office: Caller) -> None:
    _, text = issue_token(member=office.member, name="T", scopes=["VIEW_SCHEDULE"])
    narrow = Client(headers={"Authorization": f"Bearer {text}"})
    assert narrow.get("/api/v1/staff").status_code == 403
    assert narrow.get(f"/api/v1/staff/{clinic.nurse.pk}").status_code == 403


class TestWhatAProgramGives:
    """A token for some rights only, and a service, make nobody who may do more than they may."""

    @pytest.fixture(params=["token", "service"])
    def program(
        self, request: pytest.FixtureRequest, clinic: factories.Clinic, office: Caller
    ) -> Client:
        if request.param == "token":
            scopes = [right.value for right in Right if may(office.member, right)]
            _, text = issue_token(member=office.member, name="T", scopes=scopes)
        else:
            posts = frozenset({(clinic.site.pk, Role.MANAGER.value)})
            made = make_service(by=office.member, name="Import", posts=posts)
            _, text = issue_token(member=made, name="T")
        return Client(headers={"Authorization": f"Bearer {text}"})

    def post(self, program: Client, path: str, body: Any) -> tuple[int, str]:
        answer = program.post(f"/api/v1/staff{path}", body, content_type="application/json")
        return answer.status_code, answer.json().get("type", "").rpartition(":")[2]

    @pytest.mark.parametrize("role", ["NURSE", "PRESCRIBER", "MEDICAL_DIRECTOR", "AUDITOR"])
    def test_it_invites_nobody_above_itself(
        self, program: Client, clinic: factories.Clinic, role: str
    ) -> None:
        body = {"name": "New", "email": "new@example.com", "roles": roles(clinic.site, role)}
        assert self.post(program, "", body) == (403, "above-own-rights")
        assert not Invitation.objects.exists()
        assert not Membership.objects.filter(name="New").exists()

    def test_it_gives_nobody_a_role_above_itself(
        self, program: Client, clinic: factories.Clinic
    ) -> None:
        body = {"roles": roles(clinic.site, "FRONT_DESK", "PRESCRIBER")}
        refused = self.post(program, f"/{clinic.desk.pk}/roles", body)
        assert refused == (403, "above-own-rights")
        assert {role for _, role in held(clinic.desk)} == {"FRONT_DESK"}

    def test_it_gives_nobody_such_a_role_back(
        self, program: Client, clinic: factories.Clinic
    ) -> None:
        Membership.objects.filter(pk=clinic.nurse.pk).update(is_active=False)
        refused = self.post(program, f"/{clinic.nurse.pk}/reactivate", {})
        assert refused == (403, "above-own-rights")
        assert not Membership.objects.get(pk=clinic.nurse.pk).is_active

    def test_it_takes_roles_and_leaves_those_that_are_held(
        self, program: Client, clinic: factories.Clinic
    ) -> None:
        both = factories.make_member(clinic.site, Role.NURSE, Role.THERAPIST)
        body = {"roles": roles(clinic.site, "NURSE")}
        assert self.post(program, f"/{both.pk}/roles", body)[0] == 200
        assert {role for _, role in held(both)} == {"NURSE"}


def test_a_token_for_staff_alone_makes_no_manager(clinic: factories.Clinic, office: Caller) -> None:
    _, text = issue_token(member=office.member, name="T", scopes=["MANAGE_STAFF"])
    narrow = Client(headers={"Authorization": f"Bearer {text}"})
    for role in Role.values:
        body = {"name": "New", "email": "new@example.com", "roles": roles(clinic.site, role)}
        answer = narrow.post("/api/v1/staff", body, content_type="application/json")
        assert answer.status_code == 403, role
    assert not Invitation.objects.exists()


def test_a_service_invites_whom_it_may(clinic: factories.Clinic, office: Caller) -> None:
    posts = frozenset({(clinic.site.pk, Role.MANAGER.value)})
    program = Caller(make_service(by=office.member, name="Import", posts=posts))
    body = {"name": "New", "email": "new@example.com", "roles": roles(clinic.site, "FRONT_DESK")}
    assert program.post("/staff", body).status_code == 201


def test_the_list_has_everybody_of_ours(
    clinic: factories.Clinic, other_clinic: factories.Clinic, office: Caller
) -> None:
    found = {one["name"]: one for one in office.get("/staff").json()["results"]}
    assert set(found) == set(
        Membership.objects.filter(organization=clinic.organization).values_list("name", flat=True)
    )
    nurse = found[clinic.nurse.name]
    assert nurse["roles"] == roles(clinic.site, "NURSE")
    assert (nurse["kind"], nurse["capacity"], nurse["email"]) == (
        "PERSON", 6, clinic.nurse.user.email,
    )  # fmt: skip


def test_the_list_takes_the_same_queries_for_few_and_for_many(
    clinic: factories.Clinic, office: Caller, django_assert_max_num_queries: Any
) -> None:
    office.get("/staff")
    counts = []
    for more in (0, 20):
        for _ in range(more):
            factories.make_member(clinic.site, Role.NURSE, Role.THERAPIST)
        with django_assert_max_num_queries(20) as seen:
            assert len(office.get("/staff").json()["results"]) >= more
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_somebody_is_asked_in(clinic: factories.Clinic, office: Caller) -> None:
    body = {
        "name": "Nora Bell", "email": "New@example.com", "capacity": 6,
        "roles": roles(clinic.site, "NURSE", "NURSE", "THERAPIST"),
    }  # fmt: skip
    answer = office.post("/staff", body)
    assert answer.status_code == 201
    said = answer.json()
    assert answer["Location"] == said["url"]
    assert (said["state"], said["email"], said["capacity"]) == ("INVITED", "new@example.com", 6)
    assert {one["role"] for one in said["roles"]} == {"NURSE", "THERAPIST"}
    assert said["invitation"]["sent_at"] is None
    assert Invitation.objects.get().invited_by == office.member
    again = office.post("/staff", body)
    assert (again.status_code, again.json()["type"]) == (
        409, "urn:courseline:problem:already-here",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"roles": []}, "#/roles"),
        ({"email": "nobody"}, "#/email"),
        ({"capacity": 0}, "#/capacity"),
        ({"roles": [{"site": "x", "role": "NURSE"}]}, "#/roles/0/site"),
        ({"admin": True}, "#/admin"),
    ],
)
def test_odd_input_is_named(
    clinic: factories.Clinic, office: Caller, change: dict[str, Any], pointer: str
) -> None:
    good = {"name": "N", "email": "n@example.com", "roles": roles(clinic.site, "NURSE")}
    answer = office.post("/staff", good | change)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_another_organisations_site_is_not_ours_to_give(
    other_clinic: factories.Clinic, office: Caller
) -> None:
    body = {"name": "N", "email": "n@example.com", "roles": roles(other_clinic.site, "NURSE")}
    assert office.post("/staff", body).status_code == 403
    assert not Invitation.objects.exists()


def test_roles_are_replaced(clinic: factories.Clinic, office: Caller) -> None:
    wanted = {"roles": roles(clinic.site, "THERAPIST")}
    answer = office.post(f"/staff/{clinic.nurse.pk}/roles", wanted)
    assert (answer.status_code, answer.json()["roles"]) == (200, wanted["roles"])


def test_refusals_have_a_type(clinic: factories.Clinic, office: Caller) -> None:
    own = f"/staff/{office.member.pk}/roles"
    last = office.post(own, {"roles": roles(clinic.site, "FRONT_DESK")})
    above = office.post(own, {"roles": roles(clinic.site, "MANAGER", "NURSE")})
    kinds = [(one.status_code, one.json()["type"].split(":")[-1]) for one in (last, above)]
    assert kinds == [(409, "last-manager"), (403, "above-own-rights")]


def test_leaving_and_coming_back(clinic: factories.Clinic, office: Caller, desk: Caller) -> None:
    path = f"/staff/{clinic.desk.pk}"
    assert office.post(f"{path}/deactivate", {"reason": "Left"}).json()["state"] == "FORMER"
    assert desk.get("/sites").status_code == 401
    assert office.get(path).json()["deactivation_reason"] == "Left"
    assert office.post(f"{path}/deactivate", {"reason": "Left"}).status_code == 409
    assert office.post(f"{path}/reactivate").json()["deactivated_at"] is None


def test_the_visits_that_count_on_somebody(clinic: factories.Clinic, office: Caller) -> None:
    visits = []
    for day in (-7, 1, 2):
        course = factories.make_course(
            factories.make_patient(clinic.site), clinic.version, clinic.desk
        )
        starts_at = timezone.now() + timedelta(days=day)
        visits.append(factories.make_visit(course, clinic.chair, starts_at, nurse=clinic.nurse))
    found = office.get(f"/staff/{clinic.nurse.pk}/visits").json()["results"]
    assert [one["id"] for one in found] == [str(visit.pk) for visit in reversed(visits[1:])]
    assert office.get(f"/staff/{clinic.desk.pk}/visits").json()["results"] == []


def test_a_browser_changes_staff_only_right_after_its_owner_proved_who_it_is(
    clinic: factories.Clinic, office: Caller, sign_in: Callable[[Membership], Client]
) -> None:
    path = f"/api/v1/staff/{clinic.desk.pk}/deactivate"
    with_password(office.member)
    old, fresh = sign_in(office.member), sign_in_on_page(office.member)
    assert old.get("/api/v1/staff").status_code == 200
    body = {"reason": "Left"}
    refused = old.post(path, body, content_type="application/json")
    assert refused.json()["type"] == "urn:courseline:problem:proof-missing"
    assert fresh.post(path, body, content_type="application/json").status_code == 200
