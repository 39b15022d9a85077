"""Asking somebody in: rows, letters, and what shows to whom."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends import locmem

from clinic.mail import LetterNotTaken
from clinic.models import Membership, Role, User
from clinic.staffing.inviting import (
    LIFETIME,
    InvitationOver,
    LetterUnderWay,
    NotInvited,
    invitation_for,
    invite_again,
    key_of,
    read_key,
    withdraw_invitation,
)
from clinic.staffing.rules import AlreadyHere, NotYourSite
from clinic.tasks import send_invitation
from tests.factories import NOW, make_member, make_site
from tests.staff.conftest import ask, link_in_letter, ticket_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_an_invitation_is_a_member_without_an_account_and_a_letter(
    clinic, manager, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr(send_invitation, "delay", lambda *ids: sent.append(ids))
    with django_capture_on_commit_callbacks(execute=True):
        invitation = ask(clinic, manager, Role.NURSE, Role.THERAPIST, email="New@Example.com")
    member = invitation.membership
    assert (member.user, member.name, member.is_active) == (None, "Nora Bell", True)
    assert {post.role for post in member.assignments.all()} == {"NURSE", "THERAPIST"}
    assert (invitation.email, invitation.expires_at) == ("new@example.com", NOW + LIFETIME)
    assert sent == [(str(clinic.organization.pk), str(invitation.pk))]
    assert not User.objects.filter(email="new@example.com").exists()


def test_the_letter_names_no_field_no_role_and_nobody_in_its_subject(clinic, invited):
    clinic.organization.name = "Elm Ketamine Clinic"
    clinic.organization.save()
    send_invitation(str(clinic.organization.pk), str(invited.pk))
    (letter,) = mail.outbox
    html = letter.alternatives[0][0]
    assert letter.subject == "Your invitation from Elm Street Practice"
    assert letter.to == ["new@example.com"]
    for telling in ("etamine", "nurse", "Nurse"):
        assert telling not in letter.body + html + letter.subject + letter.from_email
    assert "12 January 2026, 14:00 UTC" in letter.body
    assert key_of(invited) in letter.body
    assert key_of(invited) in html


def test_a_letter_is_sent_once_and_noted(clinic, invited):
    for _ in range(2):
        send_invitation(str(clinic.organization.pk), str(invited.pk))
    assert len(mail.outbox) == 1
    invited.refresh_from_db()
    assert invited.sent_at is not None


def test_a_refusal_of_the_mail_server_is_told_without_the_address(clinic, invited, monkeypatch):
    def refuse(backend, letters):
        raise ConnectionRefusedError("new@example.com")

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", refuse)
    with pytest.raises(LetterNotTaken) as caught:
        send_invitation.run(str(clinic.organization.pk), str(invited.pk))
    assert "example" not in repr(caught.value)
    assert caught.value.__suppress_context__
    invited.refresh_from_db()
    assert invited.sent_at is None


def test_whether_an_address_has_an_account_elsewhere_shows_in_no_row(clinic, manager, other_clinic):
    known = make_member(other_clinic.site, Role.NURSE)
    one = ask(clinic, manager, email=known.user.email)
    two = ask(clinic, manager, email="new@example.com")
    for invitation in (one, two):
        assert invitation.membership.user is None
        assert (invitation.accepted_at, invitation.number) == (None, 1)


@pytest.mark.parametrize("email", ["new@example.com", "NEW@example.com"])
def test_an_address_is_asked_once(clinic, manager, invited, email):
    with pytest.raises(AlreadyHere):
        ask(clinic, manager, email=email)
    assert Membership.objects.filter(name="Nora Bell").count() == 1


def test_a_colleagues_address_is_not_asked_again(clinic, manager):
    with pytest.raises(AlreadyHere) as caught:
        ask(clinic, manager, email=clinic.nurse.user.email)
    assert caught.value.field == "email"


def test_a_manager_asks_for_sites_of_theirs_alone(clinic, manager):
    other_site = make_site(clinic.organization)
    member = make_member(other_site, Role.MANAGER)
    with pytest.raises(NotYourSite):
        ask(clinic, member)


def test_a_prescriber_may_be_asked_in_by_who_does_not_prescribe(clinic, manager):
    assert ask(clinic, manager, Role.PRESCRIBER).membership.assignments.count() == 1


def test_another_letter_ends_the_link_of_the_first(clinic, manager, invited):
    first = ticket_of(invited)
    again = invite_again(by=manager, member=invited.membership, email="b@example.com", now=LATER)
    assert (again.pk, again.email, again.number) == (invited.pk, "b@example.com", 2)
    assert again.expires_at == LATER + LIFETIME
    with pytest.raises(InvitationOver):
        invitation_for(first, now=LATER)
    assert invitation_for(ticket_of(again), now=LATER) == again


def test_letters_do_not_come_in_a_flood(manager, invited):
    with pytest.raises(LetterUnderWay):
        invite_again(by=manager, member=invited.membership, email=invited.email, now=NOW)


def test_who_works_here_without_an_account_is_asked_later(clinic, manager):
    member = make_member(clinic.site, Role.NURSE)
    member.user = None
    member.save()
    asked = invite_again(by=manager, member=member, email="late@example.com", now=NOW)
    assert asked.membership == member


def test_who_has_an_account_in_use_is_not_asked(clinic, manager):
    clinic.nurse.user.set_password("a long enough pass phrase")
    clinic.nurse.user.save()
    with pytest.raises(AlreadyHere):
        invite_again(by=manager, member=clinic.nurse, email="x@example.com", now=NOW)


def test_a_withdrawn_invitation_is_over_and_makes_room_for_another(clinic, manager, invited):
    withdraw_invitation(by=manager, member=invited.membership, now=LATER)
    with pytest.raises(InvitationOver):
        invitation_for(ticket_of(invited), now=LATER)
    with pytest.raises(NotInvited):
        withdraw_invitation(by=manager, member=invited.membership, now=LATER)
    assert ask(clinic, manager).pk != invited.pk


def test_an_invitation_ends_after_its_days(invited):
    ticket = ticket_of(invited)
    assert invitation_for(ticket, now=NOW + LIFETIME - timedelta(seconds=1))
    with pytest.raises(InvitationOver):
        invitation_for(ticket, now=NOW + LIFETIME)


def test_a_link_that_we_did_not_make_is_refused(invited):
    key = key_of(invited)
    assert read_key(key) == ticket_of(invited)
    for forged in (key[:-1], key.replace(invited.pk.hex, "0" * 32), "", "x" * 90):
        with pytest.raises(InvitationOver):
            read_key(forged)


def test_a_withdrawn_letter_is_not_sent(clinic, manager, invited):
    withdraw_invitation(by=manager, member=invited.membership, now=LATER)
    send_invitation(str(clinic.organization.pk), str(invited.pk))
    assert not mail.outbox


def test_the_letter_has_a_link_that_opens(invited, client):
    invited.expires_at = NOW + timedelta(days=36500)
    invited.save()
    assert client.get(link_in_letter(invited)).status_code == 200
