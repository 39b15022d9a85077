"""Coming in by the link of a letter."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from clinic.accounts import has_proven_address
from clinic.models import Invitation, Membership, Organization, Role, User
from clinic.staffing.changing import deactivate_member
from clinic.staffing.inviting import (
    InvitationOver,
    join_with_account,
    join_with_password,
    key_of,
    withdraw_invitation,
)
from tests.accounts.conftest import sign_in, with_password
from tests.factories import NOW, make_member
from tests.staff.conftest import ask, link_in_letter, ticket_of

pytestmark = pytest.mark.django_db

WORDS = "quite unusual words"
BOTH = {"password": WORDS, "again": WORDS}


@pytest.fixture
def link(clinic, manager):
    """The link of a letter that was sent today."""
    return link_in_letter(ask(clinic, manager, now=timezone.now()))


def joined(email="new@example.com"):
    return Membership.objects.filter(user__email=email, name="Nora Bell").exists()


def test_somebody_new_chooses_a_password_and_is_in(link, client):
    page = client.get(link)
    assert page.status_code == 200
    assert "new@example.com" in page.content.decode()
    answer = client.post(link, BOTH)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get(email="new@example.com")
    assert user.check_password(WORDS)
    assert has_proven_address(user)
    assert joined()
    assert "Nora Bell" in client.get("/").content.decode()


def test_who_treats_sets_up_a_second_step_before_anything_else(clinic, link, client):
    Organization.objects.update(mfa_required=Organization.MfaRequired.CLINICAL)
    client.post(link, BOTH)
    answer = client.get("/patients/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/two-step/")


def test_the_new_account_signs_in_later(link, client):
    client.post(link, BOTH)
    answer = Client().post("/accounts/login/", {"login": "new@example.com", "password": WORDS})
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"password": "12345678", "again": "12345678"}, "too common"),
        ({"password": "new@example", "again": "new@example"}, "too similar"),
        ({"password": WORDS, "again": "other"}, "differs from the first"),
        ({"password": "", "again": ""}, "required"),
    ],
)
def test_a_poor_password_is_refused_beside_its_field(link, client, typed, fault):
    answer = client.post(link, typed)
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert not joined()


def test_a_link_works_once(link, client):
    client.post(link, BOTH)
    other = Client()
    assert other.get(link).status_code == 410
    assert other.post(link, {"password": "x" * 12, "again": "x" * 12}).status_code == 410
    assert User.objects.get(email="new@example.com").check_password(WORDS)


def test_an_old_a_withdrawn_and_a_forged_link_look_the_same(clinic, manager, client):
    old = ask(clinic, manager, now=timezone.now() - timedelta(days=8), email="old@example.com")
    gone = ask(clinic, manager, now=timezone.now(), email="gone@example.com")
    withdraw_invitation(by=manager, member=gone.membership, now=timezone.now())
    for invitation in (old, gone):
        answer = client.get(f"/join/{key_of(invitation)}/")
        assert answer.status_code == 410
        for told in ("Nora", clinic.organization.name, "example.com"):
            assert told not in answer.content.decode()
    assert client.get("/join/forged/").status_code == 410


def test_who_was_deactivated_meanwhile_does_not_come_in(clinic, manager, link, client):
    member = Membership.objects.get(name="Nora Bell")
    deactivate_member(by=manager, member=member, reason="Changed her mind", now=NOW)
    assert client.post(link, BOTH).status_code == 410


class TestWithAnAccount:
    @pytest.fixture
    def known(self, other_clinic):
        """Somebody who works for another organisation."""
        return with_password(make_member(other_clinic.site, Role.NURSE))

    @pytest.fixture
    def link(self, clinic, manager, known):
        return link_in_letter(ask(clinic, manager, email=known.user.email, now=timezone.now()))

    def test_the_owner_signs_in_and_joins(self, clinic, known, link):
        browser = Client()
        page = browser.get(link).content.decode()
        assert "/accounts/login/?next=/join/" in page
        assert 'type="password"' not in page
        sign_in(known, browser)
        assert browser.get(link).status_code == 200
        assert not joined(known.user.email)
        assert browser.post(link)["Location"] == "/"
        assert joined(known.user.email)
        # The new organisation is the one at work now; the other one stays.
        assert clinic.organization.name in browser.get("/").content.decode()
        assert Membership.objects.filter(user=known.user).count() == 2

    def test_the_link_alone_changes_neither_password_nor_membership(self, known, link):
        assert Client().post(link, BOTH).status_code == 200
        known.user.refresh_from_db()
        assert not known.user.check_password(WORDS)
        assert not joined(known.user.email)

    def test_somebody_else_who_is_signed_in_is_told_so(self, clinic, known, link):
        browser = sign_in(with_password(clinic.desk))
        for answer in (browser.get(link), browser.post(link, BOTH)):
            assert "Somebody else is signed in" in answer.content.decode()
        assert not joined(known.user.email)
        with pytest.raises(InvitationOver):
            join_with_account(
                ticket=ticket_of(Invitation.objects.get()), user=clinic.desk.user, now=NOW
            )

    def test_a_locked_screen_joins_nobody(self, known, link):
        browser = sign_in(known)
        browser.post("/accounts/lock/")
        for answer in (browser.get(link), browser.post(link)):
            assert answer["Location"].startswith("/accounts/lock/")
        assert not joined(known.user.email)

    def test_nor_does_a_sign_in_that_is_over(self, known, link, monkeypatch):
        browser = sign_in(known)
        later = timezone.now() + timedelta(hours=12)
        monkeypatch.setattr(timezone, "now", lambda: later)
        assert "/accounts/login/?next=/join/" in browser.post(link).content.decode()
        assert not joined(known.user.email)

    def test_nor_does_somebody_without_the_second_step_they_need(self, known, link):
        Organization.objects.update(mfa_required=Organization.MfaRequired.CLINICAL)
        browser = sign_in(known)
        assert browser.post(link)["Location"].startswith("/accounts/two-step/")
        assert not joined(known.user.email)

    def test_the_manager_sees_the_same_as_of_somebody_new(self, clinic, manager, known, office):
        pages = []
        for email in (known.user.email, "new@example.com"):
            ask(clinic, manager, email=email, now=NOW)
            member = Membership.objects.get(invitations__email=email)
            page = office.get(f"/staff/{member.pk}/").content.decode()
            pages.append(page.count("Invited") + page.count("dt>"))
            assert office.post(
                "/staff/invite/",
                {"name": "X", "email": email, "capacity": 1, f"site_{clinic.site.pk.hex}": "NURSE"},
            ).status_code == 422  # fmt: skip
        assert pages[0] == pages[1]


def test_two_clicks_at_once_join_once(clinic, manager):
    invitation = ask(clinic, manager, now=NOW)
    ticket = ticket_of(invitation)
    join_with_password(ticket=ticket, password=WORDS, now=NOW)
    with pytest.raises(InvitationOver):
        join_with_password(ticket=ticket, password="something else", now=NOW)


def test_an_account_without_a_password_gets_one_by_the_link(clinic, manager, client):
    founded = User.objects.create_user("new@example.com")
    link = link_in_letter(ask(clinic, manager, now=timezone.now()))
    assert 'type="password"' in client.get(link).content.decode()
    client.post(link, BOTH)
    founded.refresh_from_db()
    assert founded.check_password(WORDS)
    assert joined()
