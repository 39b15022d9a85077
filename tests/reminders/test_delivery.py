"""Delivery over real SMTP: what is sent, what is tried again, what is given up (G7)."""

import socket
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar
from redis import Redis

from courses.models import Course
from reminders import rules
from reminders.letters import TEMPLATE_VERSION
from reminders.models import Message, Rule, calendar_uid
from reminders.services import deliver, deliver_due
from reminders.services.delivery import BATCH, LEASE, claim_message, send_claimed
from reminders.services.mail_server import MailServer
from reminders.tasks import send_due
from scheduling.models import Reservation
from sessions.models import Session
from tests.factories import NOW
from tests.reminders.conftest import START
from tests.reminders.post import LATER, cancel, move, part_of, send_through

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def send(kind: str, now=NOW) -> Message:
    """Deliver the one message of that kind; how it stands afterwards."""
    message = Message.objects.get(kind=kind, status=Message.Status.PENDING)
    deliver(organization_id=message.organization_id, message_id=message.pk, now=now)
    message.refresh_from_db()
    return message


def test_a_confirmation_arrives(booked, catcher):
    visits = booked(2)
    message = send("BOOKED")
    (mail,) = catcher.wait_for(1)
    assert (message.status, message.sent_at, message.attempts) == ("SENT", NOW, 1)
    assert message.template_version == TEMPLATE_VERSION
    assert len(message.content_sha256) == 64
    assert mail["Subject"] == "Your appointments"
    assert (mail["To"], mail["Message-ID"]) == ("ada@example.com", message.message_id)
    assert parsedate_to_datetime(mail["Date"]) == NOW
    assert "Tuesday 13 January 2026, 10:15" in part_of(mail, "text/plain")
    events = Calendar.from_ical(part_of(mail, "text/calendar")).walk("VEVENT")
    assert [event["UID"] for event in events] == [calendar_uid(visit.pk) for visit in visits]


def test_a_move_and_a_cancellation_arrive_with_growing_sequence(booked, catcher):
    (visit,) = booked()
    move(visit, START + DAY, now=NOW)
    send("MOVED")
    cancel(visit, now=NOW)
    send("CANCELLED")
    moved, gone = (Calendar.from_ical(part_of(mail, "text/calendar")) for mail in catcher.messages)
    assert (moved["METHOD"], gone["METHOD"]) == ("PUBLISH", "CANCEL")
    (new,), (end,) = moved.walk("VEVENT"), gone.walk("VEVENT")
    assert new["UID"] == end["UID"] == calendar_uid(visit.pk)
    assert (new["SEQUENCE"], end["SEQUENCE"]) == (1, 2)
    assert new.decoded("DTSTART") == end.decoded("DTSTART") == START + DAY


def test_a_sent_message_is_not_sent_again(confirmation, post):
    for _try in range(2):
        deliver(organization_id=confirmation.organization_id, message_id=confirmation.pk, now=NOW)
    assert len(post.taken) == 1


def test_a_reminder_is_not_sent_before_its_time(booked, post):
    booked()
    reminder = Message.objects.filter(kind="BEFORE").order_by("send_at").first()
    deliver(
        organization_id=reminder.organization_id,
        message_id=reminder.pk,
        now=reminder.send_at - LATER,
    )
    assert not post.taken
    deliver(organization_id=reminder.organization_id, message_id=reminder.pk, now=reminder.send_at)
    assert post.taken[0]["Subject"] == "Reminder: your appointment on Tue 13 Jan, 10:15"


def test_a_confirmation_leaves_out_what_was_moved_or_cancelled_meanwhile(booked, post):
    stays, moves, goes = booked(3)
    move(moves, START + 20 * DAY, now=NOW)
    cancel(goes, now=NOW)
    send("BOOKED")
    (mail,) = post.taken
    (event,) = Calendar.from_ical(part_of(mail, "text/calendar")).walk("VEVENT")
    assert event["UID"] == calendar_uid(stays.pk)
    assert mail["Subject"] == "Your appointment on Tue 13 Jan, 10:15"


def test_a_message_of_which_nothing_stands_is_withdrawn(booked, post):
    (visit,) = booked()
    cancel(visit, now=NOW)
    assert send("BOOKED").status == Message.Status.WITHDRAWN
    assert not post.taken


PAUSED = {"status": "PAUSED", "paused_until": date(2026, 2, 1)}
INTERRUPTED = {"status": "INTERRUPTED"}
STOPPED = {"status": "STOPPED", "stop_reason": "PATIENT_WISH"}


@pytest.mark.parametrize("state", [PAUSED, INTERRUPTED, STOPPED], ids=lambda s: s["status"])
def test_a_course_that_rests_or_has_ended_sends_no_reminders(booked, course, post, state):
    booked()
    Course.objects.filter(pk=course.pk).update(**state)
    reminder = Message.objects.filter(kind="BEFORE").order_by("send_at").first()
    deliver(organization_id=reminder.organization_id, message_id=reminder.pk, now=reminder.send_at)
    reminder.refresh_from_db()
    assert (reminder.status, post.taken) == (Message.Status.WITHDRAWN, [])


def test_the_patient_of_a_stopped_course_still_hears_that_a_visit_is_cancelled(
    booked, course, post
):
    (visit,) = booked()
    Course.objects.filter(pk=course.pk).update(**STOPPED)
    cancel(visit, now=NOW)
    assert send("CANCELLED").status == Message.Status.SENT


@pytest.mark.parametrize("change", [{"email": ""}, {"email_reminders": False}])
def test_who_has_no_address_or_wants_no_mail_gets_none(confirmation, patient, post, change):
    type(patient).objects.filter(pk=patient.pk).update(**change)
    assert send("BOOKED").status == Message.Status.SUPPRESSED
    assert not post.taken


def test_a_reminder_that_comes_too_late_fails_for_staff_to_see(booked, post):
    booked()
    message = send("BOOKED", now=START)
    assert (message.status, message.failure) == ("FAILED", "too_late")
    assert not post.taken


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ({"to_recipient": "550 5.1.1 no such user"}, "550"),
        ({"to_content": "554 5.7.1 refused"}, "554"),
    ],
)
def test_a_refusal_for_good_is_final(confirmation, post, reply, code):
    vars(post).update(reply)
    message = send("BOOKED")
    assert (message.status, message.failure, message.claimed_until) == ("FAILED", code, None)


def test_an_address_that_cannot_be_written_is_final(confirmation, patient, post):
    type(patient).objects.filter(pk=patient.pk).update(email="two@example.com, more")
    assert send("BOOKED").failure == "unwritable"


@pytest.mark.parametrize(
    "reply", [{"to_recipient": "450 4.2.1 busy"}, {"to_content": "451 4.3.0 try later"}]
)
def test_a_passing_refusal_is_tried_again_and_succeeds(confirmation, post, reply):
    vars(post).update(reply)
    message = send("BOOKED")
    assert (message.status, message.failure) == ("PENDING", next(iter(reply.values()))[:3])
    assert message.next_attempt_at == NOW + rules.BACK_OFF[0]
    post.to_recipient = post.to_content = "250 fine"
    deliver(
        organization_id=message.organization_id,
        message_id=message.pk,
        now=message.next_attempt_at - LATER,
    )
    assert not post.taken
    deliver(
        organization_id=message.organization_id, message_id=message.pk, now=message.next_attempt_at
    )
    message.refresh_from_db()
    assert (message.status, message.failure, message.attempts) == ("SENT", "", 2)
    assert len(post.taken) == 1


def test_a_mail_server_that_is_down_is_tried_later(confirmation, settings, post):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        send_through(f"smtp://127.0.0.1:{closed.getsockname()[1]}", settings)
    message = send("BOOKED")
    assert (message.status, message.failure) == ("PENDING", "unreachable")
    send_through(post.url, settings)
    deliver_due(clock=lambda: message.next_attempt_at)
    assert len(post.taken) == 1


def test_after_the_last_try_a_person_has_to_look(confirmation, post):
    post.to_content = "451 4.3.0 try later"
    now = NOW
    for number in range(1, rules.MOST_TRIES + 1):
        confirmation.refresh_from_db()
        assert (confirmation.status, confirmation.attempts) == ("PENDING", number - 1)
        now = max(now, confirmation.next_attempt_at)
        deliver(organization_id=confirmation.organization_id, message_id=confirmation.pk, now=now)
    confirmation.refresh_from_db()
    assert (confirmation.status, confirmation.failure) == ("FAILED", "451")


def test_a_message_that_kills_its_workers_is_given_up(confirmation, post):
    Message.objects.update(attempts=rules.MOST_TRIES)
    message = send("BOOKED")
    assert (message.status, message.failure) == ("FAILED", "gave_up")
    assert not post.taken


def test_a_worker_whose_lease_lapsed_does_not_touch_the_message(confirmation, post):
    late = claim_message(confirmation.organization_id, confirmation.pk, NOW)
    fresh = claim_message(confirmation.organization_id, confirmation.pk, NOW + LEASE)
    post.to_recipient = "550 5.1.1 no such user"
    with MailServer() as server:
        send_claimed(late, server, NOW)
        confirmation.refresh_from_db()
        assert (confirmation.status, confirmation.claimed_until) == ("PENDING", fresh.until)


def test_the_sweep_sends_what_is_due_and_nothing_else(booked, post):
    booked(3)
    assert deliver_due(clock=lambda: START - 3 * DAY) == 2
    assert {mail["Subject"] for mail in post.taken} == {
        "Your appointments",
        "Reminder: your appointment on Tue 13 Jan, 10:15",
    }
    assert deliver_due(clock=lambda: START - 3 * DAY) == 0
    assert Message.objects.filter(status="SENT").count() == 2


def test_the_sweep_uses_one_conversation_and_keeps_to_its_limit(booked, post):
    booked(5)
    when = START + 1 * DAY - timedelta(hours=1)
    count = Message.objects.filter(send_at__lte=when).count()
    assert deliver_due(clock=lambda: when, limit=3) == 3
    assert deliver_due(clock=lambda: when) == count - 3
    assert post.conversations == 2


def test_the_sweep_goes_on_after_a_refusal(booked, post):
    booked()
    post.to_recipient = "550 5.1.1 no such user"
    assert deliver_due(clock=lambda: START - DAY) == 3
    assert Message.objects.filter(status="FAILED").count() == 3


def test_the_sweep_ends_when_the_server_is_down(booked, settings):
    booked()
    send_through("smtp://127.0.0.1:9", settings)
    assert deliver_due(clock=lambda: START - DAY) == 1


def test_the_sweep_finds_what_is_due_by_the_partial_index(booked):
    booked(14)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM reminders_message WHERE status = 'PENDING'"
            " AND next_attempt_at <= now() AND (claimed_until IS NULL OR claimed_until <= now())"
            " AND organization_id = %s ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED",
            [Message.objects.values_list("organization_id", flat=True).first()],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "message_due" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("count", [1, 14])
def test_the_number_of_queries_does_not_grow_with_the_visits(booked, post, count):
    # Twelve of them are doors: three transactions, each a tenant's.
    booked(count)
    message = Message.objects.get(kind=Rule.Kind.BOOKED)
    with CaptureQueriesContext(connection) as queries:
        deliver(organization_id=message.organization_id, message_id=message.pk, now=NOW)
    assert len(queries) == 16
    events = Calendar.from_ical(part_of(post.taken[0], "text/calendar")).walk("VEVENT")
    assert len(events) == count


def test_missed_visits_are_not_reminded_of(booked, post):
    (visit,) = booked()
    Session.objects.filter(pk=visit.pk).update(status=Session.Status.MISSED)
    Reservation.objects.filter(session=visit).delete()
    reminder = Message.objects.filter(kind="BEFORE").order_by("send_at").first()
    deliver(organization_id=reminder.organization_id, message_id=reminder.pk, now=reminder.send_at)
    reminder.refresh_from_db()
    assert reminder.status == Message.Status.WITHDRAWN


def waiting_tasks() -> int:
    """How many tasks wait in the broker."""
    with Redis.from_url(settings.REDIS_URL) as broker:
        return broker.llen("celery")


@pytest.mark.parametrize(("count", "helpers"), [(BATCH - 1, 0), (BATCH, 2)])
def test_a_worker_with_a_full_batch_calls_others_to_help(patient, count, helpers):
    row = {"organization_id": patient.organization_id, "patient": patient, "kind": "BOOKED"}
    due = {"send_at": NOW, "next_attempt_at": NOW, "created_at": NOW}
    Message.objects.bulk_create(Message(**row, **due) for _n in range(count))
    before = waiting_tasks()
    send_due()
    assert Message.objects.filter(status=Message.Status.WITHDRAWN).count() == count
    assert waiting_tasks() - before == helpers
