"""The proofs in SQL: silent on what the services write, loud about each way to break it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from reminders import rules
from reminders.invariants import CLOCK_SHOWS, INVARIANTS
from reminders.models import Message, Reminder, Rule
from scheduling.models import Reservation
from sessions.models import Session
from tests.factories import make_course, make_patient
from tests.reminders.post import cancel, move

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = datetime.now(UTC).replace(hour=15, minute=15, second=0, microsecond=0)


def broken() -> dict[str, list]:
    """What each proof finds, by name, where it finds something."""
    found = {}
    with connection.cursor() as cursor:
        for invariant in INVARIANTS:
            cursor.execute(invariant.sql)
            found[invariant.name] = [row[0] for row in cursor.fetchall()]
    return {name: ids for name, ids in found.items() if ids}


@pytest.fixture
def planned(booked):
    """Visits from ten days on, booked a moment ago."""
    return booked(3, start=TODAY + 10 * DAY, now=datetime.now(UTC))


def test_what_the_services_write_breaks_nothing(planned, booked):
    stays, moves, goes = planned
    move(moves, moves.starts_at + 7 * DAY, now=datetime.now(UTC))
    cancel(goes, now=datetime.now(UTC))
    assert stays.is_live
    assert broken() == {}


def test_a_visit_booked_late_needs_no_reminder_that_was_past(booked):
    booked(start=TODAY + 2 * DAY, now=datetime.now(UTC))
    assert Message.objects.filter(kind=Rule.Kind.BEFORE).count() == 1
    assert broken() == {}


def test_a_visit_nobody_was_told_of_is_found(planned, visits, course, desk):
    other = make_course(make_patient(desk.site), desk.version, desk.desk)
    Session.objects.filter(pk=planned[0].pk).update(course=other)
    Reminder.objects.filter(session=planned[0]).delete()
    assert broken()["visit_has_its_reminders"] == [planned[0].pk]


@pytest.mark.parametrize(
    "change",
    [
        {"send_at": TODAY + 9 * DAY - timedelta(minutes=1)},
        {"status": Message.Status.WITHDRAWN},
    ],
)
def test_a_reminder_at_the_wrong_time_or_taken_back_is_found(planned, change):
    one = Message.objects.filter(reminders__session=planned[0], kind="BEFORE").first()
    Message.objects.filter(pk=one.pk).update(**change)
    assert broken() == {"visit_has_its_reminders": [planned[0].pk]}


def test_a_move_without_a_notice_is_found(planned):
    Session.objects.filter(pk=planned[0].pk).update(version=1)
    found = broken()
    assert found["visit_has_its_reminders"] == [planned[0].pk]
    assert len(found["no_reminder_is_left_behind"]) == 2


@pytest.mark.parametrize("status", [Session.Status.CANCELLED, Session.Status.MISSED])
def test_a_reminder_of_a_visit_that_is_gone_is_found(planned, status):
    gone_at = datetime.now(UTC) if status == Session.Status.CANCELLED else None
    Reservation.objects.filter(session=planned[0]).delete()
    Session.objects.filter(pk=planned[0].pk).update(status=status, cancelled_at=gone_at)
    assert len(broken()["no_reminder_is_left_behind"]) == 2


def test_a_reminder_whose_rule_has_ended_is_found(planned):
    Rule.objects.filter(days_before=3).update(is_active=False)
    assert len(broken()["no_reminder_is_left_behind"]) == 3


def test_a_message_about_nobodys_or_anothers_visit_is_found(planned, desk):
    stranger = make_patient(desk.site)
    message = Message.objects.get(kind="BOOKED")
    Message.objects.filter(pk=message.pk).update(patient=stranger)
    assert broken() == {"message_is_about_its_patient": [message.pk]}
    Reminder.objects.filter(message=message).delete()
    assert message.pk in broken()["message_is_about_its_patient"]


def test_a_hold_that_does_not_lapse_is_found(planned):
    message = Message.objects.get(kind="BOOKED")
    Message.objects.filter(pk=message.pk).update(claimed_until=datetime.now(UTC) + DAY)
    assert broken() == {"no_message_is_held_for_good": [message.pk]}


def test_each_proof_has_a_name_and_a_sentence():
    assert len({invariant.name for invariant in INVARIANTS}) == len(INVARIANTS)
    assert all(invariant.sentence.endswith(".") for invariant in INVARIANTS)


@pytest.mark.parametrize(
    "zone",
    [
        "America/New_York",
        "Europe/London",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
    ],
)
def test_sql_and_python_read_every_clock_alike(zone):
    """Every half hour of the local days on which clocks change, in both definitions."""
    days = ["2026-10-04", "2026-10-25", "2026-11-01", "2027-03-14", "2027-03-28", "2027-04-04"]
    locals_ = [
        datetime.fromisoformat(day) + n * timedelta(minutes=30) for day in days for n in range(96)
    ]
    query = CLOCK_SHOWS.format(local="one", zone="%(zone)s")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT one, {query} FROM unnest(%(all)s::timestamp[]) AS one",  # noqa: S608 # the product's own text
            {"zone": zone, "all": locals_},
        )
        found = dict(cursor.fetchall())
    assert found == {local: rules.clock_shows(local, ZoneInfo(zone)) for local in locals_}
