"""A clinic with the shipped protocols, and its medical director in a browser."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from clinic.models import Membership, Role
from courses.models import ProtocolVersion
from courses.services import install_protocols
from tests.accounts.conftest import sign_in, with_password
from tests.factories import NOW, Clinic, make_clinic
from tests.standing import as_of_now, stands


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The time is NOW until a test sets it."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A hash that is not slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Sign-ins of other tests are not counted."""
    cache.clear()


@stands
def clinic_with_protocols() -> Clinic:
    """A clinic with every shipped protocol."""
    made = make_clinic()
    with as_of_now():
        install_protocols(organization=made.organization, now=NOW)
    return made


@pytest.fixture
def clinic(clinic_with_protocols: Clinic) -> Clinic:
    """That clinic."""
    return clinic_with_protocols


@pytest.fixture
def director(clinic: Clinic) -> Membership:
    """The medical director of all its sites."""
    return with_password(clinic.person(Role.MEDICAL_DIRECTOR))


@pytest.fixture
def browser(director: Membership) -> Client:
    """The director's browser, just signed in by the password."""
    return sign_in(director)


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
