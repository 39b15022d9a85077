"""The manager's pages: what they show, take and refuse."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Invitation, Membership, Role
from clinic.staffing.inviting import withdraw_invitation
from tests.accounts.conftest import set_up_app, sign_in, with_password
from tests.factories import NOW, make_course, make_member, make_patient, make_visit
from tests.staff.conftest import ask

pytestmark = pytest.mark.django_db


def form(clinic, *roles, **fields):
    return {"capacity": "1", f"site_{clinic.site.pk.hex}": roles, **fields}


def url(name, member):
    return reverse(f"staffing:{name}", args=[member.pk])


class TestTheList:
    def test_names_roles_access_second_step_and_last_sign_in(self, clinic, manager, office):
        ask(clinic, manager, now=timezone.now())
        html = office.get("/staff/").content.decode()
        for shown in (clinic.nurse.name, "Nora Bell", "Invited", "Nurse", "new@example.com"):
            assert shown in html
        assert "Practice manager" in html

    def test_a_second_step_shows(self, clinic, office):
        before = office.get("/staff/").content.decode()
        set_up_app(sign_in(with_password(clinic.nurse)))
        after = office.get("/staff/").content.decode()
        assert (before.count('class="sure"'), after.count('class="sure"')) == (0, 1)

    def test_those_who_left_are_apart_with_the_reason(self, clinic, office):
        office.post(url("deactivate", clinic.nurse), {"reason": "Moved to Leeds"}, follow=True)
        assert clinic.nurse.name not in office.get("/staff/").content.decode()
        assert clinic.nurse.name in office.get("/staff/?former").content.decode()
        assert "Moved to Leeds" in office.get(url("member", clinic.nurse)).content.decode()

    def test_takes_the_same_queries_for_one_and_for_twenty(
        self, clinic, office, django_assert_max_num_queries
    ):
        office.get("/staff/")
        counts = []
        for more in (0, 20):
            for number in range(more):
                member = make_member(clinic.site, Role.NURSE, Role.THERAPIST)
                if number % 2:
                    Membership.objects.filter(pk=member.pk).update(user=None)
                    Invitation.objects.create(
                        organization=clinic.organization,
                        membership=member,
                        email=f"n{number}@example.com",
                        invited_by=clinic.desk,
                        invited_at=NOW,
                        expires_at=NOW,
                    )
            with django_assert_max_num_queries(40) as seen:
                assert office.get("/staff/").status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[1]

    def test_a_sign_in_before_joining_does_not_show(self, clinic, manager, other_clinic, office):
        known = with_password(make_member(other_clinic.site, Role.NURSE))
        sign_in(known)
        ask(clinic, manager, email=known.user.email, now=timezone.now())
        member = Membership.objects.get(name="Nora Bell")
        assert "Last sign-in" not in office.get(url("member", member)).content.decode()


class TestInviting:
    def test_a_good_form_invites(self, clinic, office):
        said = form(clinic, Role.NURSE, name="Nora Bell", email="New@example.com", capacity="6")
        answer = office.post("/staff/invite/", said)
        assert (answer.status_code, answer["Location"]) == (302, "/staff/")
        invitation = Invitation.objects.select_related("membership").get()
        assert (invitation.email, invitation.membership.capacity) == ("new@example.com", 6)

    @pytest.mark.parametrize(
        "fault",
        [{"name": ""}, {"email": "nobody"}, {"capacity": "0"}, {"capacity": "x"}],
    )
    def test_what_is_wrong_is_said(self, clinic, office, fault):
        said = form(clinic, Role.NURSE, name="N", email="new@example.com") | fault
        answer = office.post("/staff/invite/", said)
        assert answer.status_code == 422
        assert "errorlist" in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_without_a_role_nobody_is_invited(self, clinic, office):
        answer = office.post("/staff/invite/", form(clinic, name="N", email="new@example.com"))
        assert answer.status_code == 422
        assert "at least one role" in answer.content.decode()

    def test_another_letter_and_a_withdrawal(self, clinic, manager, office):
        member = ask(clinic, manager, now=timezone.now() - timedelta(hours=1)).membership
        assert (
            office.post(url("invite_again", member), {"email": "b@example.com"}).status_code == 302
        )
        invitation = Invitation.objects.get()
        assert (invitation.number, invitation.email) == (2, "b@example.com")
        office.post(url("withdraw", member))
        invitation.refresh_from_db()
        assert invitation.withdrawn_at is not None
        page = office.get(url("member", member)).content.decode()
        assert "No account" in page

    def test_refusals_are_said_on_the_page(self, clinic, manager, office):
        member = ask(clinic, manager, now=timezone.now()).membership
        answer = office.post(url("invite_again", member), {"email": "b@example.com"})
        assert answer.status_code == 422
        assert "A letter went out a moment ago" in answer.content.decode()
        withdraw_invitation(by=manager, member=member, now=NOW)
        answer = office.post(url("withdraw", member), follow=True)
        assert "has not been invited" in answer.content.decode()


class TestOnePerson:
    def test_changes_are_saved(self, clinic, office):
        said = form(clinic, Role.NURSE, Role.THERAPIST, name="Nora Bell", capacity="7")
        assert office.post(url("member", clinic.nurse), said).status_code == 302
        found = Membership.objects.get(pk=clinic.nurse.pk)
        assert (found.name, found.capacity) == ("Nora Bell", 7)
        assert {role for _, role in found.duties} == {"NURSE", "THERAPIST"}

    def test_too_small_a_capacity_is_said_beside_the_field(self, clinic, office):
        course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
        tomorrow = timezone.now() + timedelta(days=1)
        make_visit(course, clinic.chair, tomorrow, nurse=clinic.nurse, load=5)
        said = form(clinic, Role.NURSE, name="N", capacity="2")
        answer = office.post(url("member", clinic.nurse), said)
        html = answer.content.decode()
        assert answer.status_code == 422
        assert html.index('name="capacity"') < html.index("Visits are booked that need 5")
        assert html.index("Visits are booked that need 5") < html.index('id="roles-title"')

    def test_the_last_manager_is_told(self, clinic, manager, office):
        said = form(clinic, Role.FRONT_DESK, name=manager.name)
        answer = office.post(url("member", manager), said)
        assert answer.status_code == 422
        assert "Nobody else could manage this organisation" in answer.content.decode()

    def test_one_does_not_end_ones_own_access(self, manager, office):
        page = office.get(url("member", manager)).content.decode()
        assert url("deactivate", manager) not in page
        answer = office.post(url("deactivate", manager), {"reason": "Bye"})
        assert answer.status_code == 422

    def test_leaving_needs_a_reason_and_coming_back_does_not(self, clinic, office):
        assert office.post(url("deactivate", clinic.desk), {"reason": ""}).status_code == 422
        assert office.post(url("deactivate", clinic.desk), {"reason": "Gone"}).status_code == 302
        assert office.post(url("reactivate", clinic.desk)).status_code == 302
        assert (
            "has access."
            in office.post(url("reactivate", clinic.desk), follow=True).content.decode()
        )

    def test_the_visits_that_count_on_somebody_are_counted(self, clinic, office):
        visits = reverse("scheduling:colleague_visits", args=[clinic.nurse.pk])
        assert visits in office.get(url("member", clinic.nurse)).content.decode()
        assert "No visit from now on" in office.get(visits).content.decode()
        for day in (-7, 1, 2, 3, 4, 5, 6):
            course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
            starts_at = timezone.now() + timedelta(days=day)
            make_visit(course, clinic.chair, starts_at, nurse=clinic.nurse, load=1)
        html = office.get(visits).content.decode()
        assert "6 visits from now on" in " ".join(html.split())
        assert html.count("<time") == 5
        assert "and 1 more" in html
        assert "Tester" not in html


PAGES = ["staff", "invite", "tokens", "service_new"]
ABOUT = ["member", "service"]
ACTIONS = ["invite_again", "withdraw", "deactivate", "reactivate"]


class TestWhoMay:
    @pytest.mark.parametrize("name", PAGES)
    def test_pages(self, clinic, office, name):
        address = reverse(f"staffing:{name}")
        assert Client().get(address)["Location"].startswith("/accounts/login/?next=")
        assert office.get(address).status_code == 200
        for member in (clinic.desk, clinic.nurse, clinic.prescriber):
            assert sign_in(with_password(member)).get(address).status_code == 403

    @pytest.mark.parametrize("name", ABOUT + ACTIONS)
    def test_a_strangers_people_are_not_there(self, clinic, stranger, name):
        assert stranger.get("/staff/").status_code == 200
        address = url(name, clinic.nurse)
        answer = stranger.get(address) if name in ABOUT else stranger.post(address, {"reason": "x"})
        assert answer.status_code == 404
        clinic.nurse.refresh_from_db()
        assert clinic.nurse.is_active

    @pytest.mark.parametrize("name", ACTIONS)
    def test_actions_are_posts_with_the_forms_token(self, clinic, manager, office, name):
        address = url(name, clinic.nurse)
        assert office.get(address).status_code == 405
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(manager.user)
        assert careful.post(address).status_code == 403

    @pytest.mark.parametrize("name", ["invite_again", "deactivate", "reactivate", "member"])
    def test_acts_ask_again_who_it_is(self, clinic, manager, name):
        browser = Client()
        browser.force_login(manager.user)
        answer = browser.post(url(name, clinic.nurse), {"reason": "x", "email": "b@example.com"})
        assert "/reauthenticate/" in answer["Location"]
        clinic.nurse.refresh_from_db()
        assert clinic.nurse.is_active
        assert browser.get(url("member", clinic.nurse)).status_code == 200
