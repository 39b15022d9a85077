"""What the database refuses by itself (G1 to G4), whoever asks."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction

from scheduling.models import Reservation, StaffClaim
from sessions.models import Session
from tests.factories import NOW, Clinic, make_course, make_patient, make_room, make_visit

TWO_HOURS = timedelta(hours=2)


def course_of(clinic: Clinic, **fields):
    return make_course(make_patient(clinic.site), clinic.version, clinic.desk, **fields)


def broken_constraint(excinfo) -> str:
    return excinfo.value.__cause__.diag.constraint_name


@pytest.mark.django_db
def test_a_room_is_not_used_twice_at_once(clinic):
    make_visit(course_of(clinic), clinic.chair, NOW)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        make_visit(course_of(clinic), clinic.chair, NOW + timedelta(minutes=119))
    assert broken_constraint(refusal) == "reservation_room_free"
    make_visit(course_of(clinic), clinic.chair, NOW + TWO_HOURS)


@pytest.mark.django_db
def test_a_patient_is_not_in_two_places(clinic):
    course = course_of(clinic)
    make_visit(course, clinic.chair, NOW)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        make_visit(course, clinic.office, NOW, kind=Session.Kind.PREPARATION)
    assert broken_constraint(refusal) == "reservation_patient_free"


@pytest.mark.django_db
def test_two_doses_keep_the_gap_over_courses(clinic):
    course = course_of(clinic)
    make_visit(course, clinic.chair, NOW)
    other = make_course(course.patient, clinic.version, clinic.desk)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        make_visit(other, clinic.chair, NOW + timedelta(days=1))
    assert broken_constraint(refusal) == "reservation_dose_gap"
    make_visit(other, clinic.chair, NOW + timedelta(days=2))


@pytest.mark.django_db
def test_nobody_carries_more_than_their_capacity(clinic):
    make_visit(course_of(clinic), make_room(clinic.site), NOW, nurse=clinic.nurse)
    make_visit(course_of(clinic), make_room(clinic.site), NOW, nurse=clinic.nurse)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        make_visit(course_of(clinic), make_room(clinic.site), NOW + TWO_HOURS / 2,
                   nurse=clinic.nurse, load=1)  # fmt: skip
    assert broken_constraint(refusal) == "staffclaim_within_capacity"
    make_visit(course_of(clinic), make_room(clinic.site), NOW + TWO_HOURS, nurse=clinic.nurse)


@pytest.mark.django_db
def test_capacity_does_not_sink_under_what_is_booked(clinic):
    make_visit(course_of(clinic), clinic.chair, NOW, nurse=clinic.nurse, load=5)
    clinic.nurse.capacity = 5
    clinic.nurse.save()
    clinic.nurse.capacity = 4
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        clinic.nurse.save()
    assert broken_constraint(refusal) == "staffclaim_within_capacity"


@pytest.mark.django_db(transaction=True)
def test_claims_under_a_stale_snapshot_are_refused(clinic):
    visit = make_visit(course_of(clinic), clinic.chair, NOW)
    claim = StaffClaim(
        organization=clinic.organization,
        reservation=visit.reservation,
        membership=clinic.nurse,
        role="NURSE",
        during=(NOW, NOW + TWO_HOURS),
        load=1,
    )
    with transaction.atomic():
        connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(NotSupportedError, match="READ COMMITTED"):
            claim.save()
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE treatment_sessions_session SET starts_at = starts_at + interval '5 min'", "time"),
        ("DELETE FROM scheduling_reservation", "holds no place"),
        ("UPDATE scheduling_reservation SET guard = NULL, gap_days = NULL", "not guarded"),
        ("UPDATE scheduling_reservation SET room_during = patient_during * "
         "tstzrange(NULL, lower(patient_during) + interval '1 hour')", "throughout"),
        ("UPDATE treatment_sessions_session SET status = 'MISSED'", "still holds"),
    ],
)  # fmt: skip
def test_a_visit_and_its_reservation_change_together(clinic, change, fault):
    make_visit(course_of(clinic), clinic.chair, NOW)
    with pytest.raises(IntegrityError, match=fault) as refusal, connection.cursor() as cursor:
        cursor.execute(change)
    assert broken_constraint(refusal) == "session_matches_reservation"
    assert Reservation.objects.filter(session__status="PLANNED").count() == 1
