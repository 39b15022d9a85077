"""What tests of sign-in share: people with passwords, real codes, a clock that can be moved."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Membership, Organization
from tests.factories import NOW, Clinic

PASSWORD = "correct horse battery"
_hosts = count(1)


def app_code(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows (RFC 6238), some half minutes from now."""
    moment = int(time.time()) // 30 + steps
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", moment), "sha1").digest()
    at = mac[-1] & 15
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def fresh_browser(**headers: str) -> Client:
    """A browser at an address of its own, so that limits of one test do not reach another."""
    number = next(_hosts)
    return Client(REMOTE_ADDR=f"10.77.{number // 250}.{number % 250 + 1}", **headers)


def with_password(member: Membership) -> Membership:
    """The member, whose account now has PASSWORD."""
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


def sign_in(member: Membership, browser: Client | None = None) -> Client:
    """A browser in which the member has filled in the sign-in page."""
    browser = browser or fresh_browser()
    browser.post("/accounts/login/", {"login": member.user.email, "password": PASSWORD})
    return browser


def set_up_app(browser: Client) -> tuple[str, list[str]]:
    """Set up an authenticator app as a person does; its secret, and the recovery codes."""
    page = browser.get("/accounts/two-step/totp/activate/").content.decode()
    (secret,) = re.findall(r'<code class="secret">([A-Z2-7]+)</code>', page)
    answer = browser.post("/accounts/two-step/totp/activate/", {"code": app_code(secret)})
    codes = browser.get(answer["Location"]).content.decode()
    return secret, re.findall(r"<li><code>(\d+)</code></li>", codes)


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Hashing a password takes a second on purpose; here it would take the most of the time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def strict(clinic: Clinic) -> Clinic:
    """A clinic that asks clinical roles for a second step; everybody has a password."""
    clinic.organization.mfa_required = Organization.MfaRequired.CLINICAL
    clinic.organization.save()
    for member in (clinic.desk, clinic.nurse, clinic.therapist, clinic.prescriber):
        with_password(member)
    return clinic


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The time is NOW; a call moves it on."""
    moments = [NOW]
    monkeypatch.setattr(timezone, "now", lambda: moments[-1])

    def move(**by: float) -> None:
        moments.append(moments[-1] + timedelta(**by))

    return move
