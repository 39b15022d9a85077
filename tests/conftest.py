"""Fixtures that all tests share."""

from collections.abc import Callable

import pytest
from django.test import Client

from clinic.models import Membership
from tests import factories


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
