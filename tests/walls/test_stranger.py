"""Somebody of another organisation at every address, with real ids of the first.

The demo organisation is the first. The stranger holds every role of an own organisation, so that
no missing right hides what the walls should.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from psycopg import sql

from clinic import access
from clinic.api.tokens import issue_token
from clinic.models import Membership, Organization, Patient, Role, RoleAssignment, Site, User
from tests import factories
from tests.conftest import DemoDatabase
from tests.walls.places import Place, all_places, model_of, row_names, rows_of
from tests.walls.tables import models_of_organizations

pytestmark = pytest.mark.django_db

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Signing oneself out would end the walk; without a worker the product is not ready.
LEFT_OUT = {"account_logout", "accounts:lock", "api:own_token", "readyz"}


@pytest.fixture(scope="module", autouse=True)
def demo(demo_database: DemoDatabase) -> Iterator[None]:
    """The demo organisation, with rows in every table that an address leads to."""
    with demo_database():
        member = Membership.objects.filter(organization__is_demo=True, user__isnull=False).first()
        issue_token(member=member, name="Of the first")
        yield


@pytest.fixture
def first() -> Organization:
    return Organization.objects.get(is_demo=True)


@pytest.fixture
def stranger() -> Membership:
    """Everything that one can be, elsewhere."""
    own = factories.make_clinic()
    Organization.objects.filter(pk=own.organization.pk).update(mfa_required="NOBODY")
    RoleAssignment.objects.filter(membership=own.desk).delete()
    for role in Role:
        own.desk.assignments.create(organization=own.organization, site=own.site, role=role)
    return own.desk


class Visitor:
    """Walks through the product as a page's and as an API's reader."""

    def __init__(self, member: Membership, world: dict[str, Any]) -> None:
        _, text = issue_token(member=member, name="Walk")
        self.world = world
        self.browser = Client(raise_request_exception=False)
        self.member = member
        self.caller = Client(
            headers={"Authorization": f"Bearer {text}"}, raise_request_exception=False
        )
        # Ids of the first organisation wherever a form or a body may take one.
        self.said = {name.removesuffix("_id"): str(world[name]) for name in row_names()}

    def visit(self, method: str, place: Place) -> HttpResponse:
        """Go there with a method, with ids in query or body."""
        path = place.url(self.world)
        cache.clear()  # nobody is told to come back later
        if place.name.startswith("api:"):
            body = {"data": self.said, "content_type": "application/json"}
            client = self.caller
        else:
            body, client = {"data": self.said}, self.browser
            self._sign_in()
        if method == "GET":
            return client.get(path, self.said)
        if client is self.browser and method != "POST":
            return client.generic(method, path)
        return (
            client.generic(method, path)
            if method == "DELETE"
            else getattr(client, method.lower())(path, **body)
        )

    def _sign_in(self) -> None:
        """Be signed in, whatever the place before has done."""
        if self.browser.session.get(SESSION_KEY) != str(self.member.user_id):
            self.browser.force_login(self.member.user)


def secrets_of(first: Organization) -> tuple[set[str], set[str]]:
    """Every id of the organisation's rows, and words that name its people and places."""
    ids = {
        str(pk)
        for model in models_of_organizations()
        for pk in model._default_manager.filter(organization=first).values_list("pk", flat=True)
    }
    patients = Patient.objects.filter(organization=first)
    words = {word for row in patients.values_list("email", "phone") for word in row}
    words |= {name for row in patients for name in (str(row), row.sort_name)}
    words |= set(Membership.objects.filter(organization=first).values_list("name", flat=True))
    words |= set(Site.objects.filter(organization=first).values_list("name", flat=True))
    words |= set(
        User.objects.filter(memberships__organization=first).values_list("email", flat=True)
    )
    return ids, {first.name, *filter(None, words)}


def leaks(
    first: Organization, stranger: Membership, places: Sequence[Place] | None = None
) -> Iterator[str]:
    """What the stranger learns or may do at these places or anywhere: one line each."""
    world = rows_of(first.pk)
    visitor = Visitor(stranger, world)
    ids, words = secrets_of(first)
    ids -= set(map(str, world.values()))
    walk = ((place, method) for place in places or all_places() for method in place.methods)
    for place, method in walk:
        if place.name in LEFT_OUT:
            continue
        answer = visitor.visit(method, place)
        body = answer.getvalue() if answer.streaming else answer.content
        text = body.decode(errors="replace") + str(answer.headers)
        where = f"{method} {place.name}"
        if answer.status_code >= 500:
            yield f"{where} fails with {answer.status_code}"
        if place.rows and answer.status_code not in (404, 405):
            yield f"{where} answers {answer.status_code}"
        if found := ids & set(UUID.findall(text)):
            yield f"{where} tells {len(found)} ids"
        if found := {word for word in words if word in text}:
            yield f"{where} names {sorted(found)}"


ROWS = sql.SQL(
    "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text))"
    " FROM {table} AS t WHERE organization_id = %s"
)


def state_of(first: Organization) -> dict[str, str]:
    """A fingerprint of all rows of the organisation, table by table."""
    found = {}
    for model in models_of_organizations():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(ROWS.format(table=sql.Identifier(table)), [first.pk])
            found[table] = str(cursor.fetchone())
    return found


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in the one door to rows: it asks for no organisation and no role."""
    monkeypatch.setattr(access, "own", lambda _member, rows: rows)
    monkeypatch.setattr(access, "is_own", lambda *_: True)
    monkeypatch.setattr(access, "sites_where", lambda *_: Everywhere())


class Everywhere(set[Any]):
    """Sites that are said to hold whatever one asks for."""

    def __contains__(self, _site_id: object) -> bool:
        return True

    def isdisjoint(self, _site_ids: Any) -> bool:
        return False


def lower_walls() -> None:
    """No table asks for a tenant any more, nor whose row another one refers to."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        cursor.execute(
            "SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'same_organization'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER same_organization")


def test_every_id_in_an_address_is_of_a_known_table() -> None:
    assert {model_of(name)._meta.model_name for name in row_names()} >= {"patient", "course"}


def test_a_stranger_learns_and_changes_nothing(first: Organization, stranger: Membership) -> None:
    before = state_of(first)
    found = list(leaks(first, stranger))
    assert not found, "\n".join(found)
    assert state_of(first) == before


@pytest.mark.usefixtures("careless")
def test_nor_through_a_bug_in_a_view(first: Organization, stranger: Membership) -> None:
    before = state_of(first)
    found = list(leaks(first, stranger))
    assert not found, "\n".join(found)
    assert state_of(first) == before


@pytest.mark.usefixtures("careless")
def test_without_the_walls_that_bug_would_show(first: Organization, stranger: Membership) -> None:
    """The control: the walk does find what leaks."""
    lower_walls()
    shown = [place for place in all_places() if place.name in {"clinic:patient", "api:course"}]
    found = list(leaks(first, stranger, shown))
    assert "GET clinic:patient answers 200" in found
    assert "GET api:course answers 200" in found
