"""Pages about API tokens: one's own, programs', everybody's."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.api.tokens import issue_token
from clinic.models import ApiToken, Membership, Organization, Role
from clinic.staffing.changing import make_service
from tests.accounts.conftest import sign_in, with_password
from tests.factories import make_member, make_site

pytestmark = pytest.mark.django_db

OWN = "/account/tokens/"
ALL = "/staff/tokens/"
READ = {"name": "Night import", "days": "30", "good_for": "READ"}


@pytest.fixture
def desk(clinic):
    """The front desk's browser, just signed in."""
    return sign_in(with_password(clinic.desk))


@pytest.fixture
def program(clinic, manager):
    """A program that works like the front desk."""
    posts = frozenset({(clinic.site.pk, Role.FRONT_DESK)})
    return make_service(by=manager, name="Nightly import", posts=posts)


def text_in(answer):
    found = re.findall(r'value="(\w{40,})"[^>]*data-copy-source', answer.content.decode())
    return found[0] if found else ""


def sites(text):
    return Client().get("/api/v1/sites", headers={"Authorization": f"Bearer {text}"}).status_code


def test_a_token_is_shown_once_and_works(desk):
    answer = desk.post(OWN, READ)
    text = text_in(answer)
    assert sites(text) == 200
    assert "no-store" in answer["Cache-Control"]
    assert text not in desk.get(OWN).content.decode()
    assert "Night import" in desk.get(OWN).content.decode()
    left = ApiToken.objects.get().expiry - timezone.now()
    assert timedelta(days=29) < left <= timedelta(days=30)


@pytest.mark.parametrize(
    ("good_for", "chosen", "scopes"),
    [
        ("READ", [], ["VIEW_PATIENTS", "VIEW_SCHEDULE"]),
        ("ALL", ["BOOK"], None),
        ("CHOSEN", ["BOOK", "VIEW_PATIENTS"], ["BOOK", "VIEW_PATIENTS"]),
    ],
)
def test_what_it_is_good_for(desk, good_for, chosen, scopes):
    assert text_in(desk.post(OWN, READ | {"good_for": good_for, "scopes": chosen}))
    assert ApiToken.objects.get().scopes == scopes


@pytest.mark.parametrize(
    "fault",
    [
        {"name": ""},
        {"days": "0"},
        {"days": "366"},
        {"good_for": "CHOSEN"},
        {"good_for": "CHOSEN", "scopes": ["MANAGE_STAFF"]},
        {"good_for": "CHOSEN", "scopes": ["NONSENSE"]},
        {"good_for": ""},
    ],
)
def test_what_is_wrong_is_said(desk, fault):
    answer = desk.post(OWN, READ | fault)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_the_last_use_shows(clinic, desk):
    _, text = issue_token(member=clinic.desk, name="Mine")
    assert "never used" in desk.get(OWN).content.decode()
    assert sites(text) == 200
    assert "last used" in desk.get(OWN).content.decode()


def test_one_sees_and_revokes_ones_own_alone(clinic, desk):
    mine, text = issue_token(member=clinic.desk, name="Mine")
    theirs, other = issue_token(member=clinic.nurse, name="Hers")
    html = desk.get(OWN).content.decode()
    assert "Mine" in html
    assert "Hers" not in html
    revoke = [reverse("staffing:own_token_revoke", args=[one.id]) for one in (mine, theirs)]
    assert desk.post(revoke[0])["Location"] == OWN
    assert desk.post(revoke[1]).status_code == 404
    assert (sites(text), sites(other)) == (401, 200)


def test_making_one_asks_again_who_it_is(clinic):
    browser = Client()
    browser.force_login(with_password(clinic.desk).user)
    assert "/reauthenticate/" in browser.post(OWN, READ)["Location"]
    assert not ApiToken.objects.exists()


def test_who_needs_a_second_step_sets_it_up_first(clinic, desk):
    Organization.objects.update(mfa_required=Organization.MfaRequired.EVERYBODY)
    assert desk.post(OWN, READ).status_code == 302
    assert not ApiToken.objects.exists()


class TestPrograms:
    def test_one_is_set_up_and_gets_a_token(self, clinic, office):
        said = {"name": "Nightly import", f"site_{clinic.site.pk.hex}": ["FRONT_DESK"]}
        answer = office.post("/staff/services/new/", said)
        made = Membership.objects.get(kind=Membership.Kind.SERVICE)
        assert answer["Location"] == reverse("staffing:service", args=[made.pk])
        text = text_in(office.post(answer["Location"], READ))
        assert sites(text) == 200
        token = ApiToken.objects.get()
        assert (token.user, token.membership, token.created_by.name) == (
            None, made, Membership.objects.get(assignments__role="MANAGER").name,
        )  # fmt: skip
        assert "Nightly import" in office.get(ALL).content.decode()

    def test_it_calls_the_api_as_itself(self, clinic, program):
        _, text = issue_token(member=program, name="T")
        said = (
            Client()
            .get("/api/v1/tokens/current", headers={"Authorization": f"Bearer {text}"})
            .json()
        )
        assert said["member"] == str(program.pk)
        assert sites(text) == 200

    def test_it_is_not_among_the_people(self, clinic, program, office):
        assert "Nightly import" not in office.get("/staff/").content.decode()
        _, text = issue_token(member=program, name="T")
        answer = Client().get(
            f"/api/v1/sites/{clinic.site.pk}/staff", headers={"Authorization": f"Bearer {text}"}
        )
        assert "Nightly import" not in answer.content.decode()

    def test_a_token_goes_no_further_than_its_maker(self, clinic, program, office):
        program.assignments.create(
            organization=clinic.organization, site=clinic.site, role=Role.NURSE
        )
        page = reverse("staffing:service", args=[program.pk])
        answer = office.post(page, READ | {"good_for": "ALL"})
        assert answer.status_code == 422
        assert "could do what you may not" in answer.content.decode()
        chosen = {"good_for": "CHOSEN", "scopes": ["BOOK", "VIEW_SCHEDULE"]}
        assert sites(text_in(office.post(page, READ | chosen))) == 200

    def test_ending_its_access_ends_its_tokens(self, program, office):
        _, text = issue_token(member=program, name="T")
        office.post(reverse("staffing:deactivate", args=[program.pk]), {"reason": "Replaced"})
        assert sites(text) == 401

    def test_who_leaves_leaves_a_warning_about_tokens_made(self, clinic, program, office):
        other = make_member(clinic.site, Role.MANAGER)
        issue_token(member=program, name="T", by=Membership.objects.get(pk=other.pk))
        page = office.get(reverse("staffing:member", args=[other.pk])).content.decode()
        assert "has made 1 token of programs" in page

    def test_a_person_is_no_program(self, clinic, office):
        assert office.get(reverse("staffing:service", args=[clinic.desk.pk])).status_code == 404


class TestEverybodys:
    def test_the_manager_sees_and_revokes_all(self, clinic, office, program):
        _, text = issue_token(member=clinic.nurse, name="Hers")
        html = office.get(ALL).content.decode()
        assert "Hers" in html
        assert clinic.nurse.name in html
        token = ApiToken.objects.get()
        answer = office.post(reverse("staffing:token_revoke", args=[token.id]))
        assert answer["Location"] == ALL
        assert sites(text) == 401

    def test_a_programs_token_leads_back_to_the_program(self, office, program):
        token, _ = issue_token(member=program, name="T")
        answer = office.post(reverse("staffing:token_revoke", args=[token.id]))
        assert answer["Location"] == reverse("staffing:service", args=[program.pk])

    def test_who_manages_one_site_ends_no_token_of_another(self, clinic, program):
        here = sign_in(with_password(make_member(make_site(clinic.organization), Role.MANAGER)))
        for member in (clinic.nurse, program):
            token, text = issue_token(member=member, name="T")
            answer = here.post(reverse("staffing:token_revoke", args=[token.id]), follow=True)
            assert "whose staff you do not manage" in answer.content.decode()
            assert sites(text) == 200

    def test_a_stranger_finds_none(self, clinic, stranger):
        token, text = issue_token(member=clinic.nurse, name="Hers")
        for name in ("token_revoke", "own_token_revoke"):
            assert stranger.post(reverse(f"staffing:{name}", args=[token.id])).status_code == 404
        assert "Hers" not in stranger.get(ALL).content.decode()
        assert sites(text) == 200

    def test_the_desk_manages_none(self, clinic, desk):
        token, _ = issue_token(member=clinic.nurse, name="Hers")
        assert desk.get(ALL).status_code == 403
        assert desk.post(reverse("staffing:token_revoke", args=[token.id])).status_code == 403

    def test_takes_the_same_queries_for_one_and_for_twenty(
        self, clinic, office, manager, django_assert_max_num_queries
    ):
        office.get(ALL)
        counts = []
        for more in (1, 19):
            for number in range(more):
                issue_token(member=clinic.nurse, name=f"{number}")
                posts = frozenset({(clinic.site.pk, Role.FRONT_DESK)})
                made = make_service(by=manager, name=f"P{number}", posts=posts)
                issue_token(member=made, name="T")
            with django_assert_max_num_queries(40) as seen:
                assert office.get(ALL).status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[1]
