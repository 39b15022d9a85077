"""The demo is complete and alive on any day, keeps every promise, and is made once."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from clinic.invariants import breaches
from clinic.models import Membership, Organization, Patient, Site
from courses.models import Course
from reminders.models import Message
from scheduling.demo import catch_up, make_demo
from scheduling.demo.tables import PASSWORD, PATIENTS, STAFF, WORK_TRIP
from scheduling.invariants import INVARIANTS
from scheduling.models import Proposal, Reservation
from scheduling.selectors import course_timeline, day_board
from scheduling.services import request_proposal, work_on_proposal
from sessions.models import Session
from tests import factories
from tests.conftest import DemoDatabase
from tests.databases import Demo

NEW_YORK = ZoneInfo("America/New_York")
UNDER_WAY = {"ARRIVED", "IN_PROGRESS", "OBSERVING"}
FEW = PATIENTS[::10]
# A long course takes long to live through; those that matter on a Sunday in spring are kept.
LONG = {row for row in PATIENTS if row.site == "harbor" and row.plan and row.plan.first <= -24}
SHORT = [row for row in PATIENTS if row not in LONG or WORK_TRIP in row.plan.turns]


def seed(*options: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("seed_demo", *options, stdout=out)
    return out.getvalue()


def late_morning(day: date) -> datetime:
    return datetime.combine(day, time(11, 30), NEW_YORK)


def is_to_be_rebooked(course: Course, now: datetime) -> bool:
    """Whether a cancelled visit's place waits for a new time."""
    visits = course_timeline(course, now=now).visits
    waiting = {(v.kind, v.seq) for v in visits if v.id is None}
    return any(v.status == "CANCELLED" and (v.kind, v.seq) in waiting for v in visits)


@pytest.fixture
def demo(transactional_db: None, demo_database: DemoDatabase) -> Iterator[Demo]:
    """The demo as the command has made it in an empty database."""
    with demo_database(whole=True) as made:
        yield made


def test_demo_of_this_moment_is_complete(demo: Demo) -> None:
    now, printed = demo.made_at, demo.printed
    _assert_every_state(now)
    _assert_post(now)
    _assert_sign_ins(printed)
    call_command("check_invariants", stdout=StringIO())
    _assert_rebookable(now)
    before = Session.objects.count()
    assert seed() == printed
    assert (Organization.objects.count(), Session.objects.count()) == (1, before)


def _assert_every_state(now: datetime) -> None:
    assert Patient.objects.count() >= 60
    assert Patient.objects.filter(courses=None).exists()
    assert set(Course.objects.values_list("status", flat=True)) == set(Course.Status.values)
    drafts = Proposal.objects.filter(course__status=Course.Status.DRAFT)
    assert set(drafts.values_list("status", flat=True)) == {"READY", "IMPOSSIBLE"}
    past = Session.objects.live().filter(ends_at__lt=now)
    assert past.count() > 100
    assert set(past.values_list("status", flat=True)) == {"DONE"}
    ahead = Session.objects.live().filter(starts_at__gt=now + timedelta(minutes=5))
    assert ahead.count() > 100
    assert set(ahead.values_list("status", flat=True)) == {"PLANNED"}


def _assert_rebookable(now: datetime) -> None:
    """Where a cancelled visit waits for a new time, the planner finds one."""
    active = Course.objects.filter(status=Course.Status.ACTIVE).select_related("site")
    waiting = [course for course in active if is_to_be_rebooked(course, now)]
    assert len(waiting) == 3
    for course in waiting:
        desk = Membership.objects.get(name="Dana Whitfield")
        proposal = request_proposal(course=course, by=desk, now=now)
        work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=now)
        proposal.refresh_from_db()
        assert proposal.status == Proposal.Status.READY


def _assert_post(now: datetime) -> None:
    """The past fills no mailbox: only what was booked just now is still to leave."""
    waiting = Message.objects.filter(status=Message.Status.PENDING)
    assert not waiting.filter(send_at__lte=now).exists()
    assert 1 <= waiting.filter(kind="BOOKED").count() <= 10
    assert waiting.filter(kind="BEFORE", send_at__gt=now).count() > 100
    assert Message.objects.filter(status=Message.Status.SENT, send_at__lt=now).count() > 100


def _assert_sign_ins(printed: str) -> None:
    accounts = [row.account for row in STAFF if row.account]
    assert len(accounts) == 7
    for account in accounts:
        address = f"{account}@demo.example"
        assert address in printed
        assert Client().login(email=address, password=PASSWORD)
    assert PASSWORD in printed


@pytest.mark.django_db
def test_demo_is_alive_on_a_sunday_on_which_the_clocks_change() -> None:
    day = date(2026, 3, 8)
    organization = make_demo(now=late_morning(day), rows=SHORT)
    impossible = Proposal.objects.filter(status=Proposal.Status.IMPOSSIBLE)
    assert set(impossible.values_list("reason", flat=True)) == {"PATIENT_WINDOW", "START_WINDOW"}
    assert impossible.count() == 2
    boards = [day_board(site=site, day=day) for site in Site.objects.all()]
    assert len(boards) == 2
    for board in boards:
        assert board.opens
        assert len(board.visits) >= 3
    states = {visit.status for board in boards for visit in board.visits}
    assert states & UNDER_WAY
    assert states >= {"DONE", "PLANNED"}
    _assert_rebookable(late_morning(day))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert list(breaches(INVARIANTS)) == []
    assert organization.is_demo


def book() -> list[tuple[Any, ...]]:
    """Every visit that holds a place, with its room and people."""
    held = Reservation.objects.order_by("session__starts_at", "room__name", "room__site__name")
    return list(
        held.values_list(
            "patient__family_name",
            "session__starts_at",
            "session__status",
            "room__name",
            "claims__membership__name",
        )
    )


@pytest.mark.django_db
def test_demo_is_the_same_for_the_same_moment() -> None:
    books = []
    for _time in range(2):
        with transaction.atomic():
            make_demo(now=late_morning(date(2026, 6, 16)), rows=FEW)
            books.append(sorted(book(), key=str))
            transaction.set_rollback(True)
    assert len(books[0]) > 20
    assert books[0] == books[1]


@pytest.mark.django_db
def test_demo_goes_on_when_it_is_looked_at_on_a_later_day() -> None:
    made, later = (late_morning(date(2026, 6, day)) for day in (16, 18))
    make_demo(now=made, rows=FEW)
    behind = Session.objects.filter(status="PLANNED", ends_at__lt=later)
    assert behind.exists()
    catch_up(now=later)
    assert not behind.exists()
    ahead = Session.objects.live().filter(starts_at__gt=later + timedelta(minutes=5))
    assert set(ahead.values_list("status", flat=True)) == {"PLANNED"}


@pytest.mark.django_db
def test_demo_is_not_added_to_an_organization() -> None:
    factories.make_organization()
    assert seed() == ""
    assert (Organization.objects.count(), Membership.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_demo_with_its_public_passwords_is_not_made_behind_https(settings: Any) -> None:
    settings.HTTPS = True
    with pytest.raises(CommandError, match="public"):
        seed()
    assert not Organization.objects.exists()
