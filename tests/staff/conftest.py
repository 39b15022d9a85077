"""Managers and their colleagues, and the letters that they send."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from clinic.models import Invitation, Membership, Role
from clinic.staffing.inviting import Ticket, invite_person
from clinic.tasks import send_invitation
from tests.accounts.conftest import sign_in, with_password
from tests.factories import NOW, Clinic, make_member


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A hash that is not slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Calls and sign-ins of other tests are not counted."""
    cache.clear()


@pytest.fixture
def manager(clinic: Clinic) -> Membership:
    """Who manages the clinic."""
    return with_password(make_member(clinic.site, Role.MANAGER))


@pytest.fixture
def office(manager: Membership) -> Client:
    """The manager's browser, just signed in."""
    return sign_in(manager)


@pytest.fixture
def stranger(other_clinic: Clinic) -> Client:
    """The browser of another organisation's manager."""
    return sign_in(with_password(make_member(other_clinic.site, Role.MANAGER)))


@pytest.fixture
def invited(clinic: Clinic, manager: Membership) -> Invitation:
    """A nurse who has been asked in, and has not answered."""
    return ask(clinic, manager)


def ask(
    clinic: Clinic, by: Membership, *roles: str, email: str = "new@example.com", **words: Any
) -> Invitation:
    """An invitation to the clinic's site."""
    posts = frozenset((clinic.site.pk, role) for role in roles or (Role.NURSE,))
    words = {"name": "Nora Bell", "now": NOW, **words}
    return invite_person(by=by, email=email, posts=posts, **words)


def ticket_of(invitation: Invitation) -> Ticket:
    """What the link of the latest letter names."""
    return Ticket(invitation.organization_id, invitation.pk, invitation.number)


def link_in_letter(invitation: Invitation) -> str:
    """The path of the link in the letter, as a worker sends it."""
    send_invitation(str(invitation.organization_id), str(invitation.pk))
    (link,) = re.findall(r"http://127.0.0.1:8000(/join/\S+)", str(mail.outbox[-1].body))
    return link
