"""The outbox after bookings, moves and cancellations (G6)."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.celery import app
from reminders.models import Message, Reminder, Rule
from reminders.selectors import standing_appointments
from reminders.services import (
    Told,
    announce_booking,
    announce_change,
    announce_move,
    install_rules,
    withdraw_reminders,
)
from scheduling.models import Reservation
from tests.factories import NEW_YORK, NOW
from tests.reminders.conftest import START
from tests.reminders.post import cancel, move

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PENDING, WITHDRAWN = Message.Status.PENDING, Message.Status.WITHDRAWN


def messages(kind):
    return Message.objects.filter(kind=kind).order_by("send_at", "pk")


def test_rules_are_installed_once(desk):
    install_rules(organization=desk.organization)
    rules = Rule.objects.filter(organization=desk.organization).order_by("kind", "days_before")
    assert list(rules.values_list("kind", "days_before")) == [
        ("BEFORE", 1),
        ("BEFORE", 3),
        ("BOOKED", None),
        ("CANCELLED", None),
        ("MOVED", None),
    ]


def test_visits_booked_together_are_confirmed_in_one_message(booked):
    visits = booked(3)
    message = messages("BOOKED").get()
    assert (message.send_at, message.status) == (NOW, PENDING)
    about = message.reminders.order_by("session__starts_at")
    assert [reminder.session_id for reminder in about] == [visit.pk for visit in visits]


def test_each_visit_is_reminded_of_three_days_and_one_day_before(booked):
    booked(2)
    due = sorted(START + n * DAY - before * DAY for n in (0, 1) for before in (3, 1))
    assert list(messages("BEFORE").values_list("send_at", flat=True)) == due
    assert Reminder.objects.filter(message__kind="BEFORE").count() == 4


def test_reminders_keep_the_clock_time_across_the_change_in_new_york(booked):
    monday = datetime(2027, 3, 15, 10, 15, tzinfo=NEW_YORK)
    booked(start=monday)
    local = [
        sent.astimezone(NEW_YORK) for sent in messages("BEFORE").values_list("send_at", flat=1)
    ]
    assert [f"{moment:%a %H:%M %Z}" for moment in local] == ["Fri 10:15 EST", "Sun 10:15 EDT"]


def test_a_visit_booked_for_tomorrow_gets_no_reminder_that_is_past(booked):
    booked(now=START - timedelta(hours=20))
    assert not messages("BEFORE").exists()
    assert messages("BOOKED").count() == 1


def test_an_inactive_rule_asks_for_nothing(booked, desk):
    Rule.objects.filter(organization=desk.organization, days_before=3).update(is_active=False)
    Rule.objects.filter(organization=desk.organization, kind="BOOKED").update(is_active=False)
    booked()
    assert [message.kind for message in Message.objects.all()] == ["BEFORE"]


def test_another_organisations_rules_do_not_count(booked, other_clinic):
    install_rules(organization=other_clinic.organization)
    booked()
    assert Message.objects.count() == 3


def test_a_visit_is_announced_once(booked):
    visits = booked()
    with pytest.raises(IntegrityError, match="reminder_once"), transaction.atomic():
        announce_booking(visits=visits, now=NOW)


def test_nothing_is_announced_for_no_visits(desk):
    announce_booking(visits=[], now=NOW)
    assert not Message.objects.exists()


def test_a_move_withdraws_the_old_reminders_and_plans_new_ones(booked):
    visit, other = booked(2)
    moved_at = NOW + timedelta(hours=1)
    move(visit, START + 10 * DAY, now=moved_at)
    about = Message.objects.filter(reminders__session=visit)
    assert set(about.filter(reminders__visit_version=0, kind="BEFORE").values_list("status")) == {
        (WITHDRAWN,)
    }
    notice = about.get(kind="MOVED")
    assert (notice.send_at, notice.reminders.get().moved_from) == (moved_at, START)
    fresh = about.filter(reminders__visit_version=1, kind="BEFORE", status=PENDING)
    assert sorted(fresh.values_list("send_at", flat=True)) == [START + 7 * DAY, START + 9 * DAY]
    assert not Message.objects.filter(reminders__session=other, status=WITHDRAWN).exists()


def test_a_second_move_names_the_time_that_the_patient_knows(booked):
    (visit,) = booked()
    move(visit, START + 2 * DAY, now=NOW)
    move(visit, START + 4 * DAY, now=NOW)
    first, second = messages("MOVED")
    assert (first.status, second.status) == (WITHDRAWN, PENDING)
    assert second.reminders.get().moved_from == START


def test_after_a_notice_has_left_the_next_one_names_the_time_it_told(booked):
    (visit,) = booked()
    move(visit, START + 2 * DAY, now=NOW)
    messages("MOVED").update(status=Message.Status.SENT, sent_at=NOW)
    move(visit, START + 4 * DAY, now=NOW)
    assert messages("MOVED").get(status=PENDING).reminders.get().moved_from == START + 2 * DAY


def changed(*visits):
    """One change that gives each of these visits a time two days later."""
    for visit in visits:
        visit.starts_at, visit.ends_at = visit.starts_at + 2 * DAY, visit.ends_at + 2 * DAY
        visit.version += 1
        visit.save()
        during = (visit.starts_at, visit.ends_at)
        Reservation.objects.filter(session=visit).update(room_during=during, patient_during=during)
    told = [Told(visit, visit.starts_at - 2 * DAY) for visit in visits]
    announce_change(moved=told, booked=[], gone=[], now=NOW)


def test_one_change_of_several_visits_is_one_message(booked):
    first, second = booked(2)
    changed(first, second)
    (notice,) = messages("MOVED")
    froms = dict(notice.reminders.values_list("session_id", "moved_from"))
    assert froms == {one.pk: one.starts_at - 2 * DAY for one in (first, second)}


def test_a_further_move_of_one_of_them_leaves_the_others_told(booked):
    first, second = booked(2)
    changed(first, second)
    known = first.starts_at - 2 * DAY
    move(first, first.starts_at + 5 * DAY, now=NOW)
    both, alone = messages("MOVED")
    assert (both.status, alone.status) == (PENDING, PENDING)
    assert [one.id for one in standing_appointments(both)] == [second.pk]
    assert alone.reminders.get().moved_from == known


def test_a_move_that_does_not_say_from_where_is_announced(booked):
    (visit,) = booked()
    move(visit, START + 2 * DAY, now=NOW, tell_old=False)
    assert messages("MOVED").get().reminders.get().moved_from is None


def test_a_cancellation_withdraws_everything_and_tells_at_once(booked):
    (visit,) = booked()
    move(visit, START + DAY, now=NOW)
    cancel(visit, now=NOW)
    waiting = Message.objects.filter(status=PENDING).order_by("kind")
    # The confirmation is still to come; it will find that nothing of it stands.
    assert [message.kind for message in waiting] == ["BOOKED", "CANCELLED"]
    assert waiting[1].reminders.get().visit_version == 2


def test_a_message_that_has_left_is_not_withdrawn(booked):
    (visit,) = booked()
    messages("BEFORE").filter(send_at__lt=START - 2 * DAY).update(
        status=Message.Status.SENT, sent_at=START - 3 * DAY
    )
    cancel(visit, now=START - 2 * DAY)
    assert list(messages("BEFORE").values_list("status", flat=True)) == [
        Message.Status.SENT,
        WITHDRAWN,
    ]


def test_a_missed_visits_reminders_are_withdrawn(booked):
    (visit,) = booked()
    withdraw_reminders(visit=visit)
    assert set(messages("BEFORE").values_list("status", flat=True)) == {WITHDRAWN}


def test_notices_are_queued_after_the_commit_and_reminders_are_not(
    booked, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        booked(3)
    assert len(callbacks) == 1


@pytest.fixture
def broker_is_down(monkeypatch):
    """Celery talks to a port where nobody listens."""
    with monkeypatch.context() as patch:
        patch.setattr(app.conf, "broker_url", "redis://127.0.0.1:9/0")
        app._after_fork()  # it forgets its connections
        yield
    app._after_fork()


def test_a_booking_stands_when_the_broker_is_down(
    visits, broker_is_down, django_capture_on_commit_callbacks, caplog
):
    with django_capture_on_commit_callbacks(execute=True):
        announce_booking(visits=visits(), now=NOW)
    assert "Connection refused" in caplog.text
    assert messages("BOOKED").get().status == PENDING


@pytest.mark.parametrize("count", [1, 14])
def test_the_number_of_queries_does_not_grow_with_the_visits(visits, count):
    rows = visits(count)
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        announce_booking(visits=rows, now=NOW)
    assert Message.objects.count() == 1 + 2 * count
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 3


def test_a_move_takes_few_queries(booked):
    (visit,) = booked()
    visit.version += 1
    with CaptureQueriesContext(connection) as queries:
        announce_move(visit=visit, now=NOW, moved_from=START)
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 5
