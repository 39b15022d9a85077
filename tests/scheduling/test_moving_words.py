"""Why a time is refused, told so that the desk can explain it on the phone."""

from datetime import UTC, datetime, time, timedelta

import pytest

from clinic.models import Closure, Leave, PatientWindow, RoomBlock, Shift
from clinic.templatetags.courseline import plain_day
from scheduling.selectors import slot_days, why_not
from tests.factories import (
    NOW,
    make_course,
    make_patient,
    make_version,
    make_visit,
    small_definition,
)
from tests.scheduling.test_proposing import accepted

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def dose(clinic):
    return accepted(clinic).visits.get(kind="dosing", seq=2)


@pytest.fixture
def free(dose):
    """A time to which the dose could move."""
    return slot_days(dose, now=NOW)[0].slots[-1].starts_at


def said(dose, start):
    return "; ".join(why_not(dose, start, now=NOW))


def test_the_room_that_is_taken_or_out_of_use_is_named(clinic, dose, free):
    rival = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    make_visit(rival, clinic.chair, free - timedelta(minutes=30))
    until = (free + timedelta(minutes=105)).astimezone(clinic.site.zone)
    assert f"no infusion room is free ({clinic.chair.name} is taken until {until:%H:%M})" in said(
        dose, free
    )
    RoomBlock.objects.create(
        organization=clinic.organization, room=clinic.chair, during=(free + 4 * DAY, free + 5 * DAY)
    )
    assert f"{clinic.chair.name} is out of use" in said(dose, free + 4 * DAY)


def test_a_nurse_on_leave_or_off_shift_is_named(clinic, dose, free):
    Leave.objects.create(
        organization=clinic.organization, membership=clinic.nurse, during=(free, free + DAY)
    )
    assert f"{clinic.nurse.name} is away" in said(dose, free)
    Shift.objects.filter(membership=clinic.nurse).update(starts=time(8), ends=time(9))
    assert f"{clinic.nurse.name} works 08:00–09:00" in said(dose, free + 7 * DAY)


def test_an_absent_prescriber_is_named(clinic):
    content = small_definition()
    content["visit_types"]["infusion"]["phases"][1]["presence"] = ["PRESCRIBER"]
    clinic.version = make_version(clinic.organization, content)
    dose = accepted(clinic).visits.get(kind="dosing", seq=2)
    Leave.objects.create(
        organization=clinic.organization,
        membership=clinic.prescriber,
        during=(dose.starts_at, dose.starts_at + 9 * DAY),
    )
    words = said(dose, dose.starts_at + timedelta(minutes=15))
    assert f"no prescriber is on site throughout ({clinic.prescriber.name} is away)" in words


def test_the_minimum_gap_names_the_other_dose_and_its_day(dose):
    first = dose.course.visits.get(kind="dosing", seq=1)
    words = said(dose, first.starts_at + DAY)
    assert (
        f"Infusion 1 of 2 is on {plain_day(first.local_date)}, and 2 to 5 days are allowed between"
        in words
    )


def test_a_dose_of_another_course_is_named_by_its_day(clinic, dose):
    other = make_course(dose.patient, clinic.version, clinic.desk)
    booked = make_visit(other, clinic.office, dose.starts_at + 4 * DAY)
    assert (
        "too near to a dose of another course (that dose is on "
        f"{plain_day(booked.local_date)})" in said(dose, dose.starts_at + 3 * DAY)
    )


def test_the_patients_times_and_the_sites_hours_are_told(clinic, dose, free):
    assert "it is not open that day" in said(dose, datetime(2026, 1, 10, 15, tzinfo=UTC))
    there = free.astimezone(clinic.site.zone)
    PatientWindow.objects.create(
        organization=clinic.organization, patient=dose.patient, weekday=there.weekday(),
        starts=time(8), ends=time(9),
    )  # fmt: skip
    assert "they can come 08:00–09:00" in said(dose, free)


def test_a_closure_tells_its_reason(clinic, dose, free):
    day = free.astimezone(clinic.site.zone).date()
    Closure.objects.create(
        organization=clinic.organization, site=clinic.site, on=day, reason="Water damage"
    )
    assert "is on a day on which the site is closed (Water damage)" in said(dose, free)
