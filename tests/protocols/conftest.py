"""A clinic with the shipped protocols, and its medical director in a browser."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.utils import timezone

from clinic.models import Membership, Role
from courses.models import ProtocolVersion
from courses.services import install_protocols
from tests.factories import NOW, Clinic, make_clinic


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The time is NOW until a test sets it."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


@pytest.fixture
def clinic(db: None) -> Clinic:
    """A clinic with every shipped protocol."""
    made = make_clinic()
    install_protocols(organization=made.organization, now=NOW)
    return made


@pytest.fixture
def director(clinic: Clinic) -> Membership:
    """The medical director of all its sites."""
    return clinic.person(Role.MEDICAL_DIRECTOR)


@pytest.fixture
def browser(director: Membership, sign_in: Callable[[Membership], Client]) -> Client:
    """The director's browser, in which they have just proven who they are."""
    return proven(sign_in(director))


def proven(client: Client) -> Client:
    """The browser of somebody who has just given the password."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session.save()
    return client


@pytest.fixture
def shipped(clinic: Clinic) -> Callable[[str], ProtocolVersion]:
    """The shipped version in force, by the protocol's code."""

    def version(code: str, **fields: Any) -> ProtocolVersion:
        return ProtocolVersion.objects.select_related("protocol").get(
            organization=clinic.organization,
            protocol__code=code,
            published_at__isnull=False,
            retired_at=None,
            **fields,
        )

    return version
