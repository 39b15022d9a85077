"""Nobody's name, address, number or birthday turns up where it does not belong.

The demo organisation's texts are overwritten with canaries, somebody with every role goes to
every address with canaries in hand, views fail with them, and then everything is searched that is
kept or sent beside the pages themselves.
"""

import io
import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from clinic.api.tokens import issue_token
from clinic.models import Membership, Organization, Role, Site
from tests import factories
from tests.conftest import DemoDatabase
from tests.hardening.booking import booked_from_now
from tests.hardening.canaries import (
    BORN,
    NAME,
    PHONE,
    found_in,
    found_in_answer,
    plant,
    text_of,
)
from tests.hardening.queue import queued
from tests.walls.places import Place, all_places, rows_of

pytestmark = pytest.mark.django_db

# Signing oneself out would end the walk; without a worker the product is not ready.
LEFT_OUT = {"account_logout", "accounts:lock", "api:own_token", "readyz"}
FAILURES = ("error", "key", "missing", "denied", "suspicious", "bad", "integrity", "syntax")
# What people may write into a form or a call, by the names that forms and calls have for it.
TYPED = {
    "given_name": NAME, "family_name": NAME, "name": NAME, "text": NAME, "q": NAME, "reason": NAME,
    "email": f"{NAME}@canary.example", "login": f"{NAME}@canary.example", "phone": PHONE,
    "birth_date": BORN, "password": NAME, "title": NAME, "body": NAME,
    "recipient": NAME, "contacts-0-name": NAME, "slot": NAME, "site": NAME,
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def demo(demo_database: DemoDatabase) -> Iterator[None]:
    """The demo organisation, with rows in every table that an address leads to."""
    with demo_database():
        member = Membership.objects.filter(organization__is_demo=True, user__isnull=False).first()
        issue_token(member=member, name="A service")
        yield


@pytest.fixture
def broker() -> redis.Redis:
    """The broker, empty."""
    link = redis.Redis.from_url(settings.REDIS_URL)
    link.flushdb()
    return link


@pytest.fixture
def everybody(settings: Any) -> Membership:
    """Somebody of the demo organisation with every role, who is no canary."""
    cache.clear()
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
    settings.ROOT_URLCONF = "tests.hardening.faults"
    assert plant() > 20
    first = Organization.objects.get(is_demo=True)
    Organization.objects.filter(pk=first.pk).update(mfa_required="NOBODY")
    home, *others = Site.objects.filter(organization=first)
    member = factories.make_member(home, *Role)
    for site, role in product(others, Role):
        member.assignments.create(organization=first, site=site, role=role)
    return member


class Walk:
    """One person's way through every address."""

    def __init__(self, member: Membership) -> None:
        _, text = issue_token(member=member, name="Walk")
        self.member = member
        self.world = rows_of(member.organization_id)
        ids = {name.removesuffix("_id"): str(value) for name, value in self.world.items()}
        self.typed = TYPED | ids
        bearer = {"Authorization": f"Bearer {text}"}
        self.browser = Client(raise_request_exception=False)
        self.caller = Client(headers=bearer, raise_request_exception=False)

    def go(self, method: str, place: Place, said: dict[str, str]) -> HttpResponse:
        """Go there with a method and something to say."""
        path = place.url(self.world)
        if place.name.startswith("api:"):
            return self._call(method, path, said)
        if self.browser.session.get(SESSION_KEY) != str(self.member.user_id):
            self.browser.force_login(self.member.user)
        return (self.browser.get if method == "GET" else self.browser.post)(path, said)

    def _call(self, method: str, path: str, said: dict[str, str]) -> HttpResponse:
        if method == "GET":
            return self.caller.get(path, said)
        return self.caller.generic(method, path, json.dumps(said), "application/json")

    def everywhere(self) -> Iterator[tuple[str, HttpResponse]]:
        """Every address by every method, with ids that are right and canaries typed."""
        for place in all_places():
            if place.name not in LEFT_OUT:
                for method in {"GET", *place.methods}:
                    yield f"{method} {place.name}", self.go(method, place, self.typed)
        self.browser.force_login(self.member.user)
        for kind in FAILURES:
            yield f"fail {kind}", self.browser.get(f"/fail/{kind}/")
        yield "lost", self.browser.get(f"/patients/{NAME}/", {"q": NAME})
        yield "wrong host", self.browser.get("/", headers={"host": f"{NAME}.example"})
        yield (
            "wrong token",
            Client(headers={"Authorization": f"Bearer {NAME}"}).get("/api/v1/sites"),
        )


@pytest.fixture
def walked(
    everybody: Membership,
    log: io.StringIO,
    broker: redis.Redis,
    django_capture_on_commit_callbacks: Any,
) -> dict[str, Any]:
    """What the walk left behind, by where."""
    leaks, statuses = [], {}
    with django_capture_on_commit_callbacks(execute=True):
        for where, answer in Walk(everybody).everywhere():
            statuses[where] = answer.status_code
            leaks += [f"{where}: {found}" for found in [found_in_answer(answer)] if found]
        booked_from_now(factories.make_clinic(), given_name=NAME, email=f"{NAME}@canary.example")
    return {"leaks": leaks, "statuses": statuses, "log": log.getvalue(), "queue": queued(broker)}


def test_no_canary_leaves_its_page(walked: dict[str, Any]) -> None:
    assert not walked["leaks"], "\n".join(walked["leaks"])
    lines = [line for line in walked["log"].splitlines() if found_in(line)]
    assert not lines, "\n".join(lines)
    assert not found_in(walked["queue"])
    subjects = " ".join(letter.subject for letter in mail.outbox)
    links = " ".join(re.findall(r"https?://\S+", " ".join(str(one.body) for one in mail.outbox)))
    assert not found_in(subjects + links)
    # The walk was one: pages were shown, things were done, all kinds of refusals were given.
    seen = set(walked["statuses"].values())
    assert {200, 302, 400, 403, 404, 405, 409, 500} <= seen
    assert walked["statuses"]["fail integrity"] == walked["statuses"]["fail syntax"] == 500
    assert '"exception"' in walked["log"]
    assert '"task"' in walked["queue"]


def test_control_a_leak_is_found_in_each_place(everybody: Membership, log: io.StringIO) -> None:
    answer = Client(raise_request_exception=False).get("/leak/", {"patient": NAME})
    assert set(found_in_answer(answer)) == {"headers", "addresses", "error"}
    assert found_in(log.getvalue())


def test_control_pages_do_show_the_canaries(everybody: Membership) -> None:
    walk = Walk(everybody)
    showing = {"clinic:patients", "clinic:patient", "courses:course", "scheduling:today"}
    showing |= {"api:patient", "api:course"}
    shown = {
        place.name
        for place in all_places()
        if place.name in showing and found_in(text_of(walk.go("GET", place, {})))
    }
    assert shown == showing
