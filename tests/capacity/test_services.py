"""A forecast from being asked for to being counted, by workers that may die on the way."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from courses.models import Course
from scheduling.capacity.models import CapacityForecast
from scheduling.capacity.services import (
    cancel_forecast,
    count_next_week,
    request_forecast,
    resume_waiting_forecasts,
)
from scheduling.models import Proposal
from scheduling.services.proposing import LEASE, MOST_ATTEMPTS
from tests.factories import (
    NOW,
    Clinic,
    make_clinic,
    make_course,
    make_patient,
    make_version,
    make_visit,
    small_definition,
)

pytestmark = pytest.mark.django_db

Status = CapacityForecast.Status


@pytest.fixture
def clinic(db: None) -> Clinic:
    """One chair, one nurse for one infusion at a time, and a protocol of a single dose."""
    clinic = make_clinic()
    clinic.version = make_version(
        clinic.organization, small_definition(doses=1, preparation=[], integration=None)
    )
    return clinic


@pytest.fixture
def quick(settings: Any) -> None:
    """Counting ends with the first course."""
    settings.CAPACITY_MOST_COURSES = 1


def asked(clinic: Clinic, now=NOW) -> CapacityForecast:
    return request_forecast(
        site=clinic.site, protocol_version=clinic.version, by=clinic.desk, now=now
    )


def work(forecast: CapacityForecast, now=NOW) -> CapacityForecast:
    count_next_week(organization_id=forecast.organization_id, forecast_id=forecast.pk, now=now)
    forecast.refresh_from_db()
    return forecast


def test_eight_weeks_are_counted_one_by_one(clinic: Clinic) -> None:
    forecast = asked(clinic)
    for _ in range(8):
        assert forecast.status in CapacityForecast.OPEN
        work(forecast)
    assert (forecast.status, forecast.begins_on) == (Status.READY, date(2026, 1, 5))
    # An infusion of two hours and a quarter of turnover, from 8 to 18: four a day in the one chair.
    # Today it is 9, and nothing is planned within the hour: three.
    assert [week["count"] for week in forecast.weeks] == [19] + [20] * 7
    # With a second chair the nurse could begin every 105 minutes: at 8, 9:45, … 15, five a day.
    week = forecast.weeks[1]
    assert week["alone"] == {"CHAIRS": 25, "NURSES": 20}
    assert (week["with_chair"], week["with_nurse"], week["nurse_id"]) == (
        25,
        20,
        str(clinic.nurse.pk),
    )


def test_what_is_booked_is_counted_around(clinic: Clinic) -> None:
    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    monday = datetime(2026, 1, 12, 13, 0, tzinfo=UTC)  # 8 in New York
    make_visit(course, clinic.chair, monday, nurse=clinic.nurse, load=6)
    forecast = asked(clinic)
    counts = [work(forecast).weeks[-1]["count"] for _ in range(3)]
    assert counts == [19, 19, 20]
    assert not Proposal.objects.exists()
    assert Course.objects.count() == 1


def test_a_forecast_is_asked_for_once_at_a_time_and_takes_the_place_of_the_one_before(
    clinic: Clinic, quick: None
) -> None:
    for minutes in range(2):
        forecast = asked(clinic, NOW + timedelta(minutes=minutes))
        assert asked(clinic) == forecast
        for _ in range(8):
            work(forecast)
    assert list(CapacityForecast.objects.all()) == [forecast]


@pytest.mark.usefixtures("quick")
class TestWorkers:
    def test_a_week_that_a_dead_worker_held_is_counted_once_its_lease_lapses(self, clinic):
        forecast = asked(clinic)
        work(work(forecast))
        before = forecast.weeks
        CapacityForecast.objects.update(claimed_until=NOW + LEASE, attempts=1)
        assert work(forecast).weeks == before
        late = NOW + LEASE + timedelta(seconds=1)
        assert resume_waiting_forecasts(now=late) == 1
        assert (work(forecast, late).weeks[:2], forecast.weeks_done) == (before, 3)
        assert (forecast.attempts, forecast.status) == (0, Status.RUNNING)

    def test_a_worker_that_was_overtaken_writes_nothing(self, clinic):
        forecast = asked(clinic)
        self.interrupted(forecast, lambda: work(forecast, NOW + 2 * LEASE))
        assert (forecast.weeks_done, len(forecast.weeks), forecast.status) == (1, 1, Status.RUNNING)

    def test_cancelling_stops_the_worker(self, clinic):
        forecast, same = asked(clinic), {"site": clinic.site, "protocol_version": clinic.version}
        self.interrupted(forecast, lambda: cancel_forecast(**same, now=NOW))
        assert (forecast.status, forecast.weeks) == (Status.CANCELLED, [])
        assert work(forecast).status == Status.CANCELLED

    def interrupted(self, forecast, happens):
        """Count a week; something happens when the worker first looks at its clock again."""
        moments = iter([NOW])

        def clock():
            if moment := next(moments, None):
                return moment
            nonlocal happens
            now, happens = happens, (lambda: None)
            now()
            return NOW + timedelta(seconds=5)

        count_next_week(
            organization_id=forecast.organization_id,
            forecast_id=forecast.pk,
            now=NOW,
            clock=clock,
        )
        forecast.refresh_from_db()

    def test_what_cannot_be_counted_fails_after_three_attempts(self, clinic):
        broken = dict(clinic.version.definition)
        clinic.version = make_version(clinic.organization, broken | {"visit_types": {}})
        forecast = asked(clinic)
        for attempt in range(MOST_ATTEMPTS):
            assert forecast.status in CapacityForecast.OPEN
            work(forecast, NOW + attempt * 2 * LEASE)
        assert (forecast.status, forecast.weeks) == (Status.FAILED, [])
