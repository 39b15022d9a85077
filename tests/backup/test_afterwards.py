"""What a restore does to access that was ended after the backup."""

from io import StringIO
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from clinic.api.tokens import issue_token
from clinic.models import Invitation, Membership, Role, User
from tests.accounts.conftest import sign_in, with_password
from tests.backup.comparing import differences
from tests.backup.conftest import CANARY, THERE, Target, back_up, restore
from tests.factories import Clinic, make_member
from tests.staff.conftest import ask

# What ending sessions changes, with what is recorded of it.
TOUCHED = {
    "public.django_session",
    "public.usersessions_usersession",
    "public.clinic_user",
    "public.clinic_auditevent",
    "sequences",
}


@pytest.fixture
def manager(clinic: Clinic) -> Membership:
    """Who manages the clinic."""
    return with_password(make_member(clinic.site, Role.MANAGER))


@pytest.fixture
def office(manager: Membership) -> Client:
    """The manager's browser, signed in when the backup is made."""
    return sign_in(manager)


def count(alias: str, table: str) -> int:
    """How many rows a table has there."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names are ours
        return cursor.fetchone()[0]


def test_no_session_outlives_a_restore(office: Client, target: Target, tmp_path: Path) -> None:
    said = restore(back_up(tmp_path), target)
    assert "Every session is ended" in said
    for table in ("django_session", "usersessions_usersession"):
        assert count("default", table) == 1  # the backup held it
        assert count(THERE, table) == 0
    for user in User.objects.all():
        there = User.objects.using(THERE).get(pk=user.pk)
        assert there.session_generation == user.session_generation + 1
        assert there.get_session_auth_hash() != user.get_session_auth_hash()
    assert {line.partition(": ")[0] for line in differences("default", THERE)} <= TOUCHED


def test_sessions_are_kept_where_the_very_rows_are_asked_for(
    office: Client, target: Target, tmp_path: Path
) -> None:
    said = restore(back_up(tmp_path), target, "--exact")
    assert "session" not in said
    assert SessionStore.get_model_class().objects.using(THERE).count() == 1
    assert list(differences("default", THERE)) == []


def listed() -> list[str]:
    """What `list_access` prints."""
    out = StringIO()
    call_command("list_access", stdout=out)
    return out.getvalue().splitlines()


def test_what_was_ended_since_is_found_by_comparing(clinic: Clinic, manager: Membership) -> None:
    token, text = issue_token(member=manager, name="Errand")
    invitation = ask(clinic, manager, now=timezone.now())
    then = listed()
    assert f"token {token.id} of membership {manager.pk}" in then
    assert f"invitation {invitation.pk} of membership {invitation.membership_id}" in then
    token.delete()
    Invitation.objects.update(withdrawn_at=invitation.invited_at)
    Membership.objects.filter(pk=clinic.nurse.pk).update(is_active=False)
    gone = {line.rsplit(" at ")[0] for line in set(then) - set(listed())}
    assert gone == {
        f"token {token.id} of membership {manager.pk}",
        f"invitation {invitation.pk} of membership {invitation.membership_id}",
        f"membership {clinic.nurse.pk} PERSON",
        f"role NURSE of membership {clinic.nurse.pk}",
    }
    named = "\n".join(then)
    assert text not in named
    assert not any(word in named for word in (CANARY, "@", "Errand", manager.name))
