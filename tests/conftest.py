"""Fixtures that all tests share."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from clinic.models import Membership
from tests import factories


def pytest_configure() -> None:
    """Tests connect as the owner of the tables; requests are answered as in production.

    Passwords are hashed in no time: what makes guessing slow would make tests slow. Static files
    are looked for when somebody asks: to list them all for every new client takes a tenth of a
    second.
    """
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MIDDLEWARE = ["tests.application.ApplicationRole", *settings.MIDDLEWARE]


@pytest.fixture
def clinic(db: None) -> factories.Clinic:
    """A small working clinic in New York."""
    return factories.make_clinic()


@pytest.fixture
def other_clinic(db: None) -> factories.Clinic:
    """Another organisation's clinic: its people are strangers."""
    return factories.make_clinic()


@pytest.fixture
def sign_in() -> Callable[[Membership], Client]:
    """A browser in which that member is signed in."""

    def browser(member: Membership) -> Client:
        client = Client()
        client.force_login(member.user)
        return client

    return browser
