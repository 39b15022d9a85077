"""Alerts that nobody takes on, with a moving clock (DOMAIN 5.9)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from clinic.models import Membership, Role
from clinic.tenancy import tenant
from courses.alerts.services import (
    acknowledge_alert,
    escalate_alerts,
    escalate_due,
    plan_on_call,
)
from courses.models import AlertNotice, SafetyAlert
from courses.thresholds.selectors import thresholds_of
from tests.alerts.raising import a_course, raised, steps, told
from tests.application import as_application
from tests.factories import NOW, Clinic, make_member
from tests.race import race

MINUTE = timedelta(minutes=1)
NIGHT = NOW + timedelta(hours=13)  # 22:00 in New York


@pytest.fixture
def director(clinic: Clinic) -> Membership:
    return make_member(clinic.site, Role.MEDICAL_DIRECTOR, on_shift=False)


@pytest.fixture
def until(clinic: Clinic) -> Callable[[datetime, datetime], int]:
    """Beat's task every minute from one moment to another; how often it passed something on."""

    def run(start: datetime, end: datetime) -> int:
        passed, now = 0, start
        while now <= end:
            passed += escalate_alerts(organization_id=clinic.organization.pk, now=now)
            now += MINUTE
        return passed

    return run


pytestmark = pytest.mark.django_db


def test_the_default_is_fifteen_minutes(clinic: Clinic) -> None:
    assert thresholds_of(clinic.organization).alert_escalation_minutes == 15
    assert raised(a_course(clinic)).escalates_at == NOW + 15 * MINUTE


def test_after_a_quarter_of_an_hour_it_goes_to_the_director(
    clinic: Clinic, director: Membership, until: Callable[..., int]
) -> None:
    alert = raised(a_course(clinic))
    (first,) = told(alert)
    assert until(NOW, NOW + 14 * MINUTE) == 0
    assert until(NOW + 15 * MINUTE, NOW + 15 * MINUTE) == 1
    alert.refresh_from_db()
    assert (alert.routed_to, alert.route, alert.escalations) == (director, "DIRECTOR", 1)
    assert alert.escalated_at == NOW + 15 * MINUTE
    assert told(alert) == [first, director]
    assert steps(alert) == ["RAISED", "ROUTED", "ESCALATED", "ROUTED"]


def test_it_goes_on_again_and_again_until_somebody_answers(
    clinic: Clinic, director: Membership, until: Callable[..., int]
) -> None:
    alert = raised(a_course(clinic))
    assert until(NOW, NOW + 46 * MINUTE) == 3
    assert told(alert).count(director) == 3
    assert {clinic.nurse, clinic.therapist, clinic.prescriber} <= set(told(alert))
    alert.refresh_from_db()
    acknowledge_alert(alert=alert, by=director, now=NOW + 47 * MINUTE)
    assert until(NOW + 47 * MINUTE, NOW + 120 * MINUTE) == 0


def test_off_hours_the_director_knows_at_once_and_hears_of_it_again(
    clinic: Clinic, director: Membership, until: Callable[..., int]
) -> None:
    plan_on_call(
        site=clinic.site,
        member=clinic.nurse,
        starts_at=NIGHT - timedelta(hours=1),
        ends_at=NIGHT + timedelta(hours=9),
        now=NOW,
    )
    alert = raised(a_course(clinic), now=NIGHT)
    assert told(alert) == [clinic.nurse, director]
    assert until(NIGHT, NIGHT + 15 * MINUTE) == 1
    assert told(alert)[2:] == [director, clinic.nurse]


def test_without_a_director_or_anybody_on_call_everybody_hears_of_it(
    clinic: Clinic, until: Callable[..., int]
) -> None:
    alert = raised(a_course(clinic))
    until(NOW, NOW + 15 * MINUTE)
    assert set(told(alert)) == {clinic.nurse, clinic.therapist, clinic.prescriber}


def test_each_organisation_has_its_own(
    clinic: Clinic, other_clinic: Clinic, director: Membership
) -> None:
    here, there = raised(a_course(clinic)), raised(a_course(other_clinic))
    with as_application():
        assert escalate_due(now=NOW + 15 * MINUTE) == 2
    assert told(here)[-1] == director
    assert director not in told(there)


def test_under_the_applications_role_it_sees_one_organisation_at_a_time(
    clinic: Clinic, other_clinic: Clinic
) -> None:
    raised(a_course(clinic))
    with as_application(), tenant(other_clinic.organization.pk):
        assert not SafetyAlert.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_passes_it_on(clinic: Clinic, director: Membership) -> None:
    alert = raised(a_course(clinic))
    organization_id = clinic.organization.pk
    passed = race(
        lambda _n: escalate_alerts(organization_id=organization_id, now=NOW + 15 * MINUTE),
        rivals=6,
    )
    assert sum(passed) == 1
    assert AlertNotice.objects.filter(alert=alert, to=director).count() == 1
