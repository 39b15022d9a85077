"""The e-mails of alerts: neutral, never lost, sent by real workers."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.utils import timezone

from clinic.models import Role
from courses.alerts.notices import LEASE, _claim, send_notices, send_waiting
from courses.alerts.services import acknowledge_alert, close_alert
from courses.models import AlertNotice, SafetyAlert
from courses.tasks import escalate_alerts, tell_of_alerts
from tests.alerts.raising import a_course, raised, steps
from tests.factories import NOW, Clinic, make_course, make_member, make_patient
from tests.hardening.queue import queued
from tests.rights.fussy_mail import REFUSED

SOON = NOW + timedelta(minutes=1)


def canary(clinic: Clinic, **more: Any) -> SafetyAlert:
    patient = make_patient(clinic.site, given_name="Quetzalia", family_name="Canaria")
    return raised(a_course(clinic, patient=patient), level="HIGH", **more)


@pytest.mark.django_db
def test_the_letter_says_nothing_of_whom_or_what(clinic: Clinic) -> None:
    alert = canary(clinic)
    assert send_waiting(now=SOON) == 1
    (letter,) = mail.outbox
    assert letter.subject == "A safety alert awaits you in Courseline"
    assert letter.to == [alert.routed_to.user.email]
    assert f"/alerts/{alert.pk}/" in letter.body
    whole = letter.message().as_string()
    for secret in ("Quetzalia", "Canaria", "PHQ", "HIGH", "High", "canary-drug", "suicid"):
        assert secret not in whole
    assert steps(alert)[-1] == "NOTIFIED"


@pytest.mark.django_db
def test_a_letter_is_sent_once(clinic: Clinic) -> None:
    canary(clinic)
    send_waiting(now=SOON)
    assert send_waiting(now=SOON + LEASE) == 0
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_what_a_dead_worker_held_is_sent_when_its_lease_lapses(clinic: Clinic) -> None:
    alert = canary(clinic)
    assert len(_claim(clinic.organization.pk, SOON)) == 1  # and then the worker dies
    assert send_waiting(now=SOON + LEASE - timedelta(seconds=1)) == 0
    assert send_waiting(now=SOON + LEASE) == 1
    assert AlertNotice.objects.get(alert=alert).attempts == 2


@pytest.mark.django_db
def test_while_the_mail_server_takes_nothing_the_alert_still_waits(
    clinic: Clinic, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    alert = canary(clinic)
    settings.EMAIL_BACKEND = "tests.rights.dead_mail.Dead"
    assert send_notices(organization_id=clinic.organization.pk, now=SOON) == 0
    assert AlertNotice.objects.get(alert=alert).sent_at is None
    assert alert.routed_to.user.email not in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_notices(organization_id=clinic.organization.pk, now=SOON + LEASE) == 1


@pytest.mark.django_db
def test_an_address_that_is_refused_keeps_nobody_else_waiting(
    clinic: Clinic, settings: Any
) -> None:
    refused = canary(clinic)
    user = refused.routed_to.user
    user.email = REFUSED
    user.save()
    other = make_member(clinic.site, Role.PRESCRIBER)
    course = make_course(make_patient(clinic.site), clinic.version, other, status="ACTIVE")
    reached = raised(course)
    settings.EMAIL_BACKEND = "tests.rights.fussy_mail.Fussy"
    assert send_waiting(now=SOON) == 1
    assert [letter.to for letter in mail.outbox] == [[reached.routed_to.user.email]]
    assert AlertNotice.objects.get(alert=refused).sent_at is None


@pytest.mark.django_db
def test_who_was_tried_least_often_is_tried_first(clinic: Clinic) -> None:
    tried, fresh = canary(clinic), canary(clinic)
    AlertNotice.objects.filter(alert=tried).update(attempts=3)
    claimed = _claim(clinic.organization.pk, SOON)
    assert [notice.alert for notice in claimed] == [fresh, tried]


@pytest.mark.django_db
def test_nobody_is_written_to_about_an_alert_that_was_closed_meanwhile(clinic: Clinic) -> None:
    alert = canary(clinic)
    close_alert(
        alert=alert, assessor=clinic.nurse, assessed_at=SOON, risk="LOW",
        plan="Safety plan reviewed; call tomorrow.", by=clinic.nurse, now=SOON,
    )  # fmt: skip
    assert send_waiting(now=SOON) == 0


@pytest.mark.django_db
def test_who_left_gets_no_letter(clinic: Clinic) -> None:
    alert = canary(clinic)
    alert.routed_to.is_active = False
    alert.routed_to.save()
    assert send_waiting(now=SOON) == 0


@pytest.fixture
def broker() -> redis.Redis:
    """The broker, empty."""
    link = redis.Redis.from_url(settings.REDIS_URL)
    link.flushdb()
    return link


@pytest.mark.django_db
def test_the_task_names_the_organisation_alone_and_waits_for_the_commit(
    clinic: Clinic, broker: redis.Redis, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        alert = canary(clinic)
        assert queued(broker) == ""
    said = queued(broker)
    assert "courses.tasks.tell_of_alert" in said
    assert str(clinic.organization.pk) in said
    for secret in ("Quetzalia", "Canaria", "PHQ", str(alert.pk), str(alert.patient_id)):
        assert secret not in said


@pytest.mark.django_db
def test_without_a_broker_the_alert_is_raised_and_the_sweep_tells(
    clinic: Clinic, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from clinic.celery import app

    before = app.conf.broker_url, app.conf.broker_transport_options
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    try:
        with django_capture_on_commit_callbacks(execute=True):
            alert = canary(clinic)
    finally:
        app.conf.broker_url, app.conf.broker_transport_options = before
    assert SafetyAlert.objects.waiting().get() == alert
    assert send_waiting(now=SOON) == 1


def until(holds: Callable[[], bool], *, seconds: float = 40) -> None:
    """Wait for what another process brings about; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_worker_tells_and_escalates_and_its_death_loses_nothing(
    start_worker: Any, smtp_catcher: Any, clinic: Clinic
) -> None:
    """A worker is killed; the alert that is raised meanwhile is told of by the next one."""
    first = start_worker(EMAIL_URL=smtp_catcher.url)
    now = timezone.now()
    alert = raised(a_course(clinic), now=now)
    until(lambda: not AlertNotice.objects.filter(alert=alert, sent_at=None).exists())
    first.kill()
    second = raised(a_course(clinic), now=now)
    due = now - timedelta(minutes=1)
    # As if the minutes until it goes further had gone by.
    SafetyAlert.objects.filter(pk=alert.pk).update(escalates_at=due)
    start_worker(EMAIL_URL=smtp_catcher.url)
    escalate_alerts.delay()
    tell_of_alerts.delay()
    until(lambda: AlertNotice.objects.filter(alert=second, sent_at__isnull=False).exists())
    until(lambda: SafetyAlert.objects.filter(pk=alert.pk, escalations=1).exists())
    until(lambda: not AlertNotice.objects.filter(sent_at=None).exists())
    alert.refresh_from_db()
    acknowledge_alert(alert=alert, by=clinic.nurse, now=timezone.now())
    assert steps(alert)[:2] == ["RAISED", "ROUTED"]
    assert "ESCALATED" in steps(alert)
