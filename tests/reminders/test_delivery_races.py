"""Delivery with many workers at once, and with workers that die (G7)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from reminders.models import Message
from reminders.services import announce_booking, deliver, deliver_due
from reminders.services.delivery import LEASE, Claim, claim_message, send_claimed
from reminders.services.mail_server import MailServer
from reminders.tasks import send_due
from tests.factories import NOW
from tests.race import race
from tests.reminders.conftest import START
from tests.reminders.post import ScriptedServer, cancel

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 6
DAY = timedelta(days=1)


@contextmanager
def in_another_thread(work: Callable[[], object]) -> Iterator[None]:
    """Runs work on a connection of its own while the test goes on; joined at the end."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def held_at_the_server(post: ScriptedServer) -> Iterator[None]:
    """The letter has arrived, and the server does not answer before this ends."""
    assert post.arrived.wait(20)
    try:
        yield
    finally:
        post.may_reply.set()


def until(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    """Wait for what another process brings about; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def blocked_backends() -> int:
    """How many others wait for a lock in this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_many_workers_send_one_message_once(confirmation, post):
    outcomes = race(
        lambda _n: deliver(
            organization_id=confirmation.organization_id, message_id=confirmation.pk, now=NOW
        ),
        rivals=RIVALS,
    )
    assert outcomes == [None] * RIVALS
    assert len(post.taken) == 1


def test_control_without_the_claim_every_worker_sends_it(confirmation, post):
    unclaimed = Claim(confirmation.organization_id, confirmation.pk, NOW)

    def send(_number: int) -> None:
        with MailServer() as server:
            send_claimed(unclaimed, server, NOW)

    race(send, rivals=RIVALS)
    assert len(post.taken) == RIVALS
    assert {mail["Message-ID"] for mail in post.taken} == {confirmation.message_id}


def test_many_sweeps_share_the_work(booked, post):
    booked(10)
    when = START - DAY
    count = Message.objects.filter(send_at__lte=when).count()
    taken = race(lambda _n: deliver_due(clock=lambda: when), rivals=RIVALS)
    assert sum(taken) == count
    assert len({mail["Message-ID"] for mail in post.taken}) == len(post.taken) == count


def test_a_message_of_a_dead_worker_is_sent_when_its_lease_lapses(confirmation, post):
    claim_message(confirmation.organization_id, confirmation.pk, NOW)  # and then the worker dies
    assert deliver_due(clock=lambda: NOW + LEASE - timedelta(seconds=1)) == 0
    assert deliver_due(clock=lambda: NOW + LEASE) == 1
    assert [mail["Message-ID"] for mail in post.taken] == [confirmation.message_id]


def test_no_transaction_is_open_while_the_server_is_spoken_to(confirmation, post):
    post.may_reply.clear()
    with in_another_thread(lambda: deliver_due(clock=lambda: NOW)), held_at_the_server(post):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            states = {row[0] for row in cursor.fetchall()}
        confirmation.refresh_from_db()
    assert states == {"idle"}
    assert confirmation.claimed_until == NOW + LEASE


def test_a_message_withdrawn_while_it_is_sent_counts_as_sent(booked, post):
    (visit,) = booked()
    reminder = Message.objects.filter(kind="BEFORE").order_by("send_at").first()
    now = reminder.send_at
    post.may_reply.clear()
    with (
        in_another_thread(
            lambda: deliver(
                organization_id=reminder.organization_id, message_id=reminder.pk, now=now
            )
        ),
        held_at_the_server(post),
    ):
        cancel(visit, now=now)
        reminder.refresh_from_db()
        assert reminder.status == Message.Status.WITHDRAWN
    reminder.refresh_from_db()
    assert (reminder.status, len(post.taken)) == (Message.Status.SENT, 1)


@pytest.mark.processes
def test_a_worker_killed_before_it_notes_the_sending_means_one_duplicate(
    start_worker, post, visits, desk
):
    """`kill -9` between the server's answer and our commit: twice, recognisably, never lost."""
    worker = start_worker(EMAIL_URL=post.url)
    post.may_reply.clear()
    message = _book_now(visits)
    with held_at_the_server(post), transaction.atomic():
        Message.objects.select_for_update().get(pk=message.pk)  # the note has to wait
        post.may_reply.set()
        until(lambda: blocked_backends() == 1)
        worker.kill()
        _drop_blocked_backends()
    message.refresh_from_db()
    assert (message.status, len(post.taken)) == (Message.Status.PENDING, 1)
    _let_the_lease_lapse(message)
    start_worker(EMAIL_URL=post.url)
    send_due.delay()
    until(lambda: Message.objects.filter(pk=message.pk, status="SENT").exists())
    assert [mail["Message-ID"] for mail in post.taken] == [message.message_id] * 2


@pytest.mark.processes
def test_a_worker_killed_in_the_middle_of_a_letter_loses_nothing(start_worker, post, visits, desk):
    worker = start_worker(EMAIL_URL=post.url)
    post.to_content = "451 4.3.0 never mind"  # so the killed conversation leaves nothing behind
    post.may_reply.clear()
    message = _book_now(visits)
    with held_at_the_server(post):
        worker.kill()
    post.to_content = "250 fine"
    _let_the_lease_lapse(message)
    start_worker(EMAIL_URL=post.url)
    send_due.delay()
    until(lambda: Message.objects.filter(pk=message.pk, status="SENT").exists())
    assert [mail["Message-ID"] for mail in post.taken] == [message.message_id]


def _drop_blocked_backends() -> None:
    """The dead worker's update reached the database already: the connection dies with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    until(lambda: blocked_backends() == 0)


def _book_now(visits) -> Message:
    now = datetime.now(UTC)
    with transaction.atomic():
        rows = visits(start=now.replace(second=0, microsecond=0) + 10 * DAY, scheduled_at=now)
        announce_booking(visits=rows, now=now)
    return Message.objects.get(kind="BOOKED")


def _let_the_lease_lapse(message: Message) -> None:
    """As if LEASE had gone by since the worker took the message."""
    held = Message.objects.filter(pk=message.pk, claimed_until__isnull=False)
    assert held.update(claimed_until=datetime.now(UTC)) == 1
