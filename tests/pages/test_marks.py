"""What an open page hears of: everything that changes the board, from wherever it is written."""

import re
from datetime import time, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from clinic.models import (
    Closure,
    Leave,
    Patient,
    Room,
    RoomBlock,
    Shift,
    ShiftChange,
    SpecialHours,
)
from scheduling.looking import Look
from scheduling.models import Reservation, StaffClaim
from scheduling.selectors.board import Viewer
from scheduling.selectors.marks import board_mark
from scheduling.selectors.week import days_of_week
from scheduling.services import cancel_visit, move_visit
from sessions.models import Session
from tests.factories import (
    NOW,
    make_course,
    make_member,
    make_patient,
    make_room,
    make_site,
    make_visit,
)
from tests.pages.conftest import booked, queries_of
from tests.pages.test_today import visit_at

pytestmark = pytest.mark.django_db

TODAY = "/"
DAY = NOW.date()


def in_the_book(clinic):
    """Every way in which visits change, each of which must be heard of."""
    visit = visit_at(clinic, NOW + timedelta(hours=1))
    yield "booked"
    Session.objects.filter(pk=visit.pk).update(status="ARRIVED")
    yield "a step"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE treatment_sessions_session SET is_provisional = false WHERE id = %s",
                       [visit.pk])  # fmt: skip
    yield "raw SQL"
    Reservation.objects.filter(session=visit).update(room=make_room(clinic.site, "infusion"))
    yield "another room"
    StaffClaim.objects.filter(reservation__session=visit).update(load=2)
    yield "another load"
    Patient.objects.filter(pk=visit.patient_id).update(family_name="Byron")
    yield "another name"
    StaffClaim.objects.filter(reservation__session=visit).delete()
    yield "nobody serves"


def around_it(clinic):
    """Every way in which hours, rooms and people change."""
    own = {"organization": clinic.organization}
    SpecialHours.objects.create(site=clinic.site, on=DAY, starts=time(9), ends=time(12), **own)
    yield "other hours"
    Closure.objects.create(site=clinic.site, on=DAY, reason="Snow", **own)
    yield "closed"
    Room.objects.filter(pk=clinic.chair.pk).update(name="Window")
    yield "a room's name"
    during = (NOW, NOW + timedelta(hours=1))
    RoomBlock.objects.create(room=clinic.chair, during=during, reason="Paint", **own)
    yield "a room out of use"
    Leave.objects.create(membership=clinic.nurse, during=during, **own)
    yield "away"
    ShiftChange.objects.create(membership=clinic.nurse, site=clinic.site, on=DAY, **own)
    yield "off for a day"
    Shift.objects.filter(membership=clinic.nurse).delete()
    yield "no shifts"
    make_member(clinic.site, "NURSE")
    yield "somebody new"


@pytest.mark.parametrize("changes", [in_the_book, around_it])
def test_every_change_is_heard_of(clinic, changes):
    seen = {board_mark(clinic.site, [DAY]): "before"}
    for change in changes(clinic):
        mark = board_mark(clinic.site, [DAY])
        assert mark not in seen, f"{change}: as {seen.get(mark)}"
        seen[mark] = change
    assert board_mark(clinic.site, [DAY]) in seen, "a change that nobody made"


def test_moving_and_cancelling_is_heard_of_on_both_days(clinic):
    course = booked(clinic)
    dose = course.visits.filter(kind="dosing").order_by("seq").last()
    days = days_of_week(dose.local_date)
    before = board_mark(clinic.site, days)
    later = dose.starts_at + timedelta(minutes=30)
    move_visit(visit=dose, starts_at=later, by=clinic.desk, reason="", now=NOW)
    moved = board_mark(clinic.site, days)
    cancel_visit(visit=dose, by=clinic.desk, reason="Fever", now=NOW)
    assert len({before, moved, board_mark(clinic.site, days)}) == 3


def test_other_days_and_sites_are_not_heard_of(clinic):
    before = board_mark(clinic.site, [DAY])
    visit_at(clinic, NOW + timedelta(days=2))
    away = make_site(clinic.organization)
    Closure.objects.create(organization=clinic.organization, site=away, on=DAY)
    assert board_mark(clinic.site, [DAY]) == before


def test_what_somebody_who_works_here_carries_elsewhere_is_heard_of(clinic):
    before = board_mark(clinic.site, [DAY])
    away = make_site(clinic.organization)
    course = make_course(make_patient(away), clinic.version, clinic.desk)
    hour = NOW + timedelta(hours=1)
    visit = make_visit(course, make_room(away, "infusion"), hour, nurse=clinic.nurse)
    booked_there = board_mark(clinic.site, [DAY])
    StaffClaim.objects.filter(reservation__session=visit).update(load=2)
    assert len({before, booked_there, board_mark(clinic.site, [DAY])}) == 3


def test_a_mark_is_of_what_one_is_shown(clinic):
    patient = make_patient(clinic.site)
    viewers = (Viewer(), Viewer(has_names=True), Viewer(has_names=True, open_ids=[patient.pk]))
    marks = {Look([], clinic.site, DAY, DAY, viewer).mark([DAY]) for viewer in viewers}
    assert len(marks) == 3


def test_an_open_page_asks_without_a_session_in_few_queries_however_full_the_day(clinic, desk):
    counts = set()
    for n in range(8):
        visit = visit_at(clinic, NOW + timedelta(hours=n), room=make_room(clinic.site, "infusion"),
                         load=1)  # fmt: skip
        address = address_in(desk.get(TODAY))
        assert Client().get(address).status_code == 204
        if n in (0, 7):
            counts.add(queries_of(Client(), address))
    assert len(counts) == 1, counts
    assert counts.pop() <= 7
    Session.objects.filter(pk=visit.pk).update(status="ARRIVED")
    changed = Client().get(address)
    assert (changed.status_code, changed.content) == (200, b"")


def address_in(answer):
    return unescape(re.search(r'data-live="([^"]+)"', answer.content.decode())[1])


@pytest.mark.parametrize("page", [TODAY, "/week/"])
def test_a_key_is_good_for_its_days_alone_and_not_for_ever(clinic, desk, monkeypatch, page):
    address = address_in(desk.get(page))
    assert Client().get(address).status_code == 204
    assert Client().get(address.replace("/book/mark/", "/book/mark/x")).status_code == 404
    monkeypatch.setattr("scheduling.looking.WATCHED_FOR", timedelta(seconds=-1))
    assert Client().get(address).status_code == 404
