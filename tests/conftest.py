"""Fixtures that all tests share."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.test import Client, TransactionTestCase

from clinic import idle
from clinic.models import Membership, User
from tests import factories
from tests.databases import Databases, Demo
from tests.order import in_order
from tests.standing import Standing, around, stands

DemoDatabase = Callable[..., AbstractContextManager[Demo]]
ALL_ENDS = pytest.StashKey[bool]()


def pytest_configure() -> None:
    """Tests connect as the owner of the tables; requests are answered as in production.

    Passwords are hashed in no time: what makes guessing slow would make tests slow. Static files
    are looked for when somebody asks: to list them all for every new client takes a tenth of a
    second.
    """
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MIDDLEWARE = ["tests.application.ApplicationRole", *settings.MIDDLEWARE]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: some wait for browsers, processes and commits."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    items[:] = in_order(items)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """The databases of this run."""
    worker = getattr(request.config, "workerinput", {})
    run, name = worker.get("testrunuid", uuid4().hex), worker.get("workerid", "alone")
    return Databases(run, connection.creation._get_test_db_name(), name)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    databases: Databases,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_keepdb: bool,
    django_db_createdb: bool,
) -> Iterator[None]:
    """A migrated database of this process's own, which every test that commits leaves as new."""
    with django_db_blocker.unblock():
        databases.set_up(keep=django_db_keepdb and not django_db_createdb)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: databases.renew())
        yield
    databases.tear_down()
    if not hasattr(request.config, "workerinput"):
        databases.drop_shared(keep=django_db_keepdb)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Drop what workers shared, after they have ended."""
    if session.config.pluginmanager.hasplugin("dsession"):
        name = connection.creation._get_test_db_name()
        Databases("", name, "").drop_shared(keep=session.config.getvalue("reuse_db"))


@pytest.fixture(scope="session")
def demo_database(
    databases: Databases, django_db_setup: None, django_db_blocker: Any
) -> DemoDatabase:
    """`with demo_database():` is spent in a database of its own that holds the demo.

    Of its patients it has some, of each kind at least one, or with `whole=True` all.
    """

    @contextmanager
    def with_the_demo(*, whole: bool = False) -> Iterator[Demo]:
        with django_db_blocker.unblock(), databases.demo(whole=whole) as demo:
            yield demo

    return with_the_demo


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Note whether what stands around the test stands around the next one too."""
    item.stash[ALL_ENDS] = nextitem is None or nextitem.path != item.path or not around(nextitem)


@pytest.fixture(scope="session")
def standing(django_db_setup: None, django_db_blocker: Any) -> Standing:
    """What stands around tests."""
    return Standing(django_db_blocker)


@pytest.fixture
def _around(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[None]:
    standing: Standing = request.getfixturevalue("standing")
    standing.stand(around(request.node))
    yield
    if request.node.stash[ALL_ENDS]:
        standing.raze()


@pytest.fixture
def _django_db_helper(_around: None, _django_db_helper: None) -> None:
    """A test's savepoint begins upon what stands, and ends before it."""


@stands
def small_clinic() -> factories.Clinic:
    """A small working clinic in New York."""
    return factories.make_clinic()


@pytest.fixture
def clinic(small_clinic: factories.Clinic) -> factories.Clinic:
    """That clinic."""
    return small_clinic


@pytest.fixture
def other_clinic(db: None) -> factories.Clinic:
    """Another organisation's clinic: its people are strangers."""
    return factories.make_clinic()


@pytest.fixture
def sign_in() -> Callable[[Membership], Client]:
    """A browser in which that member is signed in."""

    def browser(member: Membership) -> Client:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = _session_of(member.user)
        return client

    return browser


def _session_of(user: User) -> str:
    """The key of a session as signing in leaves it, without the steps that lead to it."""
    request = HttpRequest()
    request.session = SessionStore()
    request.session[SESSION_KEY] = str(user.pk)
    request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    idle.begin(request, user)
    request.session.save()
    return request.session.session_key
