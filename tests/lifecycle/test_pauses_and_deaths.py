"""Pauses and deaths, each test by the number of its case (DOMAIN part 8)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from clinic.deaths.services import report_death
from clinic.errors import DomainError
from courses.lapses.services import take_up_course
from courses.models import Hold
from reminders.models import Message
from scheduling.services import (
    NothingToPlan,
    halt_course,
    request_proposal,
    settle_death,
)
from sessions.services import DoseBlocked, change_status
from tests.factories import NOW, make_member
from tests.lifecycle.lives import (
    DAY,
    WHY,
    at,
    dose_of,
    give_until,
)

pytestmark = pytest.mark.django_db


class TestPause:
    """8.40: paused until a day; reminders stop; on resuming the lapse rule holds."""

    def pause(self, course, clinic, now=NOW, days=10):
        return halt_course(
            course=course, until=now.date() + days * DAY, by=clinic.desk, reason=WHY, now=now
        )

    def test_8_40_everything_ahead_is_called_off_and_told_once(self, clinic, course):
        gone = self.pause(course, clinic)
        assert (course.status, course.paused_until) == ("PAUSED", NOW.date() + 10 * DAY)
        assert len(gone) == 13
        assert not course.visits.planned().exists()
        assert Message.objects.filter(kind="CANCELLED").count() == 1
        assert not Message.objects.filter(kind="BEFORE", status="PENDING").exists()

    def test_8_40_what_has_begun_stays(self, clinic, course):
        first = dose_of(course, 1)
        change_status(visit=first, to="ARRIVED", by=clinic.desk, now=first.starts_at)
        self.pause(course, clinic, now=first.starts_at)
        first.refresh_from_db()
        assert first.status == "ARRIVED"
        with pytest.raises(DoseBlocked, match="paused"):
            change_status(visit=first, to="IN_PROGRESS", by=clinic.nurse, now=first.starts_at)

    def test_8_40_a_paused_course_is_not_planned(self, clinic, course):
        self.pause(course, clinic)
        with pytest.raises(NothingToPlan):
            request_proposal(course=course, by=clinic.desk, now=NOW)

    def test_8_40_resuming_asks_what_the_lapse_asks(self, clinic, course):
        last = give_until(course, clinic, seq=2)
        self.pause(course, clinic, now=at(last.on, course, hour=19))
        back = at(last.on + 9 * DAY, course)
        lapse = take_up_course(course=course, by=clinic.desk, reason="", now=back)
        assert lapse.awaits_decision
        assert [hold.kind for hold in Hold.objects.open()] == ["MISSED_DOSE"]

    def test_8_40_a_short_pause_asks_nothing(self, clinic, course):
        last = give_until(course, clinic, seq=2)
        self.pause(course, clinic, now=at(last.on, course, hour=19))
        take_up_course(course=course, by=clinic.desk, reason="", now=at(last.on + 3 * DAY, course))
        assert course.status == "ACTIVE"
        assert not Hold.objects.exists()

    def test_8_41_a_pause_over_28_days_asks_for_a_new_screening(self, clinic, course):
        self.pause(course, clinic, days=40)
        take_up_course(course=course, by=clinic.desk, reason="", now=NOW + 29 * DAY)
        assert [hold.kind for hold in Hold.objects.open()] == ["RESCREEN"]

    def test_8_41_28_days_do_not(self, clinic, course):
        self.pause(course, clinic, days=40)
        take_up_course(course=course, by=clinic.desk, reason="", now=NOW + 28 * DAY)
        assert not Hold.objects.exists()


class TestDeath:
    """8.43, 8.44: said by one person, confirmed by another; nothing leaves from the first word."""

    @pytest.fixture
    def death(self, clinic, course):
        return report_death(
            patient=course.patient,
            died_on=date(2026, 1, 4),
            known_from="A letter came back",
            by=clinic.desk,
            now=NOW,
        )

    def test_8_43_everything_ends_without_a_letter(self, clinic, course, death):
        settle_death(death=death, by=clinic.prescriber, now=NOW)
        course.refresh_from_db()
        assert (course.status, course.stop_reason) == ("STOPPED", "DEATH")
        assert not course.visits.planned().exists()
        assert not Message.objects.filter(status="PENDING").exists()
        assert not Message.objects.filter(kind="CANCELLED").exists()

    def test_8_43_access_may_be_restricted(self, clinic, course, death):
        manager = make_member(clinic.site, "MANAGER")
        settle_death(death=death, by=manager, now=NOW, restricts=True)
        course.patient.refresh_from_db()
        assert course.patient.is_restricted

    def test_8_44_who_reported_it_does_not_confirm_it(self, clinic, course, death):
        with pytest.raises(DomainError, match="Somebody else"):
            settle_death(death=death, by=clinic.desk, now=NOW)
        course.refresh_from_db()
        assert course.status == "ACTIVE"

    def test_8_44_the_database_asks_for_two_people_too(self, clinic, death):
        with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
            type(death).objects.update(confirmed_at=NOW, confirmed_by=clinic.desk)
