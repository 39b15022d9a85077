"""Managers are told of each opening by an e-mail that names nobody."""

from datetime import timedelta

import pytest
from django.core import mail

from clinic.glass_notices import send_notices, send_waiting
from clinic.models import GlassNotice, Role
from tests.factories import NOW, make_member, make_site
from tests.restricted.conftest import REASON, opened
from tests.rights.fussy_mail import REFUSED

pytestmark = pytest.mark.django_db


def test_managers_are_told_by_an_email_without_names(clinic, rows, manager):
    opening = opened(clinic, rows)
    assert [notice.to for notice in GlassNotice.objects.all()] == [manager]
    assert send_notices(organization_id=clinic.organization.pk, now=NOW) == 1
    (letter,) = mail.outbox
    assert letter.to == [manager.user.email]
    assert f"/restricted/#{opening.pk}" in letter.body
    said = f"{letter.subject} {letter.body}"
    for name in ("Greta", "Canaria", clinic.desk.name, str(rows["patient"].pk), REASON):
        assert name not in said


def test_each_is_told_once(clinic, rows, manager):
    opened(clinic, rows)
    assert send_waiting(now=NOW) == 1
    assert send_waiting(now=NOW + timedelta(hours=1)) == 0
    assert len(mail.outbox) == 1


def test_what_a_dead_mail_server_did_not_take_is_sent_later(clinic, rows, manager, settings):
    opened(clinic, rows)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.rights.dead_mail.Dead"
    assert send_waiting(now=NOW) == 0
    settings.EMAIL_BACKEND = working
    assert send_waiting(now=NOW + timedelta(minutes=1)) == 0
    assert send_waiting(now=NOW + timedelta(minutes=6)) == 1


def test_an_address_that_is_refused_keeps_nobody_else_waiting(clinic, rows, manager, settings):
    other = make_member(clinic.site, Role.MANAGER)
    opened(clinic, rows)
    first = GlassNotice.objects.order_by("pk")[0].to
    first.user.email = REFUSED
    first.user.save()
    settings.EMAIL_BACKEND = "tests.rights.fussy_mail.Fussy"
    assert send_waiting(now=NOW) == 1
    reached = other if first == manager else manager
    assert [letter.to for letter in mail.outbox] == [[reached.user.email]]


def test_opening_queues_the_notice_with_ids_alone(
    clinic, rows, manager, sign_in, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr("clinic.tasks.tell_of_opening.delay", lambda *ids: sent.append(ids))
    with django_capture_on_commit_callbacks(execute=True):
        opened(clinic, rows)
    assert sent == [(str(clinic.organization.pk),)]


def test_without_a_manager_of_the_site_those_of_the_others_are_told(clinic, other_clinic, rows):
    there = make_member(make_site(clinic.organization), Role.MANAGER)
    make_member(other_clinic.site, Role.MANAGER)
    opened(clinic, rows)
    assert [notice.to for notice in GlassNotice.objects.all()] == [there]


def test_with_one_the_others_are_not(clinic, rows, manager):
    make_member(make_site(clinic.organization), Role.MANAGER)
    opened(clinic, rows)
    assert [notice.to for notice in GlassNotice.objects.all()] == [manager]
