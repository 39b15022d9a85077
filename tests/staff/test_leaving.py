"""Ending somebody's access, and giving it back."""

import pytest
from django.urls import reverse

from clinic.api.tokens import issue_token
from clinic.errors import DomainError
from clinic.models import ApiToken, Membership, Role
from clinic.staffing.changing import AlreadySo, deactivate_member, reactivate_member
from clinic.staffing.rules import LastManager, NotYourSite
from tests.accounts.conftest import set_up_app, sign_in, with_password
from tests.api.conftest import Caller
from tests.factories import NOW, make_member, make_site
from tests.staff.conftest import ask

pytestmark = pytest.mark.django_db


def leave(manager, member, reason="Left the clinic"):
    deactivate_member(by=manager, member=member, reason=reason, now=NOW)


def test_sessions_and_tokens_end_at_once(clinic, manager):
    browser = sign_in(with_password(clinic.desk))
    caller, colleague = Caller(clinic.desk), Caller(clinic.nurse)
    assert browser.get("/patients/").status_code == 200
    assert caller.get("/sites").status_code == 200
    leave(manager, clinic.desk)
    answer = browser.get("/patients/")
    assert (answer.status_code, answer["Location"][:16]) == (302, "/accounts/login/")
    assert caller.get("/sites").status_code == 401
    assert colleague.get("/sites").status_code == 200


def test_signing_in_again_opens_nothing(clinic, manager):
    leave(manager, with_password(clinic.desk))
    assert sign_in(clinic.desk).get("/patients/").status_code in (302, 403)


def test_when_and_why_is_kept(clinic, manager):
    leave(manager, clinic.desk, "  Moved to Leeds ")
    clinic.desk.refresh_from_db()
    assert (clinic.desk.is_active, clinic.desk.deactivated_at) == (False, NOW)
    assert clinic.desk.deactivation_reason == "Moved to Leeds"


def test_who_works_elsewhere_too_goes_on_there(clinic, manager, other_clinic):
    there = Membership.objects.create(
        organization=other_clinic.organization, user=clinic.desk.user, name="D"
    )
    _, text = issue_token(member=there, name="Theirs")
    leave(manager, clinic.desk)
    there.refresh_from_db()
    assert there.is_active
    assert [token.name for token in ApiToken.objects.all()] == ["Theirs"]
    assert text


def test_an_open_invitation_ends(clinic, manager):
    invitation = ask(clinic, manager)
    leave(manager, invitation.membership)
    invitation.refresh_from_db()
    assert invitation.withdrawn_at == NOW


def test_no_reason_no_leaving(clinic, manager):
    with pytest.raises(DomainError) as caught:
        leave(manager, clinic.desk, "   ")
    assert caught.value.field == "reason"


def test_nobody_locks_himself_out(manager):
    make_member(manager.assignments.get().site, Role.MANAGER)
    with pytest.raises(DomainError):
        leave(manager, manager)


def test_the_last_manager_stays(clinic, manager):
    other = make_member(clinic.site, Role.MANAGER)
    leave(other, manager)
    # Whoever acts holds the role; a program that manages staff is no manager.
    program = Membership.objects.create(
        organization=clinic.organization, name="P", kind=Membership.Kind.SERVICE
    )
    program.assignments.create(
        organization=clinic.organization, site=clinic.site, role=Role.MANAGER
    )
    with pytest.raises(LastManager):
        leave(program, other)
    other.refresh_from_db()
    assert other.is_active


def test_who_works_at_a_site_of_others_stays(clinic, manager):
    there = make_site(clinic.organization)
    member = make_member(there, Role.NURSE)
    with pytest.raises(NotYourSite):
        leave(manager, member)


def test_twice_is_once(clinic, manager):
    leave(manager, clinic.desk)
    with pytest.raises(AlreadySo):
        leave(manager, clinic.desk)


def test_coming_back_brings_the_roles_and_no_token(clinic, manager):
    issue_token(member=clinic.desk, name="Old")
    leave(manager, clinic.desk)
    reactivate_member(by=manager, member=clinic.desk)
    back = Membership.objects.get(pk=clinic.desk.pk)
    assert (back.is_active, back.deactivated_at, back.deactivation_reason) == (True, None, "")
    assert back.duties == {(clinic.site.pk, "FRONT_DESK")}
    assert not ApiToken.objects.exists()
    with pytest.raises(AlreadySo):
        reactivate_member(by=manager, member=clinic.desk)


def test_nothing_of_the_account_shows_any_more(clinic, manager, office):
    """It may work for others by now."""
    account = set_up_app(sign_in(with_password(clinic.desk))) and clinic.desk.user
    place, path = reverse("staffing:member", args=[clinic.desk.pk]), f"/staff/{clinic.desk.pk}"
    program = Caller(manager)
    assert account.email in office.get("/staff/").content.decode()
    assert account.email in office.get(place).content.decode()
    shown = program.get(path).json()
    assert (shown["email"], shown["has_second_step"]) == (account.email, True)
    assert shown["last_sign_in_at"]
    leave(manager, clinic.desk)
    for html in (office.get("/staff/?former"), office.get(place)):
        text = html.content.decode()
        assert clinic.desk.name in text
        for word in (account.email, 'class="sure"', "<dt>Second step", "<dt>Last sign-in"):
            assert word not in text
    shown = program.get(path).json()
    assert (shown["email"], shown["has_second_step"]) == ("", False)
    assert shown["last_sign_in_at"] is None
