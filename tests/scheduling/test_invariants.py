"""`check_invariants` finds what slipped past a constraint that was dropped."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from scheduling.invariants import INVARIANTS
from scheduling.models import Override, Reservation
from tests.factories import NOW, make_course, make_patient, make_room, make_visit
from tests.scheduling.test_proposing import accepted

ROOM = "ALTER TABLE scheduling_reservation DROP CONSTRAINT reservation_room_free"
PATIENT = "ALTER TABLE scheduling_reservation DROP CONSTRAINT reservation_patient_free"
GAP = "ALTER TABLE scheduling_reservation DROP CONSTRAINT reservation_dose_gap"
DAY = "ALTER TABLE scheduling_reservation DROP CONSTRAINT reservation_dose_day"
WHOLE = "ALTER TABLE scheduling_reservation DROP CONSTRAINT reservation_guard_is_whole"
CAPACITY = "DROP TRIGGER staffclaim_within_capacity ON scheduling_staffclaim"
MATCH = "DROP TRIGGER session_matches_reservation ON treatment_sessions_session"
MATCH_TOO = "DROP TRIGGER reservation_matches_session ON scheduling_reservation"


def drop(*guards):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for guard in guards:
            cursor.execute(guard)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def course_of(clinic):
    return make_course(make_patient(clinic.site), clinic.version, clinic.desk)


def two_in_one_room(clinic):
    make_visit(course_of(clinic), clinic.chair, NOW)
    make_visit(course_of(clinic), clinic.chair, NOW)


def one_in_two_rooms(clinic):
    course = course_of(clinic)
    make_visit(course, clinic.chair, NOW)
    make_visit(course, clinic.office, NOW, kind="prep", visit_type="preparation")


def too_much_for_one_nurse(clinic):
    for load in (4, 3):
        room = make_room(clinic.site, "infusion")
        make_visit(course_of(clinic), room, NOW, nurse=clinic.nurse, load=load)


def two_doses_a_day_apart(clinic):
    course = course_of(clinic)
    make_visit(course, clinic.chair, NOW)
    make_visit(course, clinic.chair, NOW + timedelta(days=1), seq=2)


def two_doses_within_a_day(clinic):
    course = course_of(clinic)
    make_visit(course, clinic.chair, NOW)
    make_visit(course, clinic.chair, NOW + timedelta(hours=3), seq=2)


def a_guard_that_somebody_cut(clinic):
    make_visit(course_of(clinic), clinic.chair, NOW)
    Reservation.objects.update(guard=(NOW.date(), NOW.date() + timedelta(days=1)))


def an_override_for_somebody_else(clinic):
    make_visit(course_of(clinic), clinic.chair, NOW)
    other = make_visit(course_of(clinic), clinic.chair, NOW + timedelta(days=2))
    override = Override.objects.create(
        organization=clinic.organization,
        rule=Override.Rule.MINIMUM_GAP,
        visit=other,
        starts_at=other.starts_at,
        by=clinic.prescriber,
        reason="A reason of enough characters.",
        at=NOW,
    )
    Reservation.objects.exclude(session=other).update(guard_override=override)


def a_visit_without_a_place(clinic):
    visit = make_visit(course_of(clinic), clinic.chair, NOW)
    visit.reservation.delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("guards", "breach", "name"),
    [
        ([ROOM], two_in_one_room, "room_is_used_once"),
        ([PATIENT], one_in_two_rooms, "patient_is_in_one_place"),
        ([CAPACITY], too_much_for_one_nurse, "nobody_is_overloaded"),
        ([GAP], two_doses_a_day_apart, "doses_keep_their_gap"),
        ([GAP, DAY], two_doses_within_a_day, "doses_are_a_day_apart"),
        ([WHOLE], a_guard_that_somebody_cut, "dose_guards_its_days"),
        ([], an_override_for_somebody_else, "override_is_of_the_patient"),
        ([MATCH, MATCH_TOO], a_visit_without_a_place, "visit_matches_its_reservation"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_breach_is_found(clinic, guards, breach, name):
    drop(*guards)
    breach(clinic)
    broken = next(one for one in INVARIANTS if one.name == name)
    with connection.cursor() as cursor:
        cursor.execute(broken.sql)
        assert cursor.fetchall()


@pytest.mark.django_db(transaction=True)
def test_the_command_proves_a_sound_book_and_names_a_broken_promise(clinic, capsys):
    accepted(clinic)
    call_command("check_invariants")
    assert "promises hold" in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_staffclaim SET load = load - 1 WHERE load = 6")
    with pytest.raises(CommandError, match="1 of"):
        call_command("check_invariants")
    assert "visit_has_its_people" in capsys.readouterr().err
