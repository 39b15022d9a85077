"""What PostgreSQL itself refuses, to the application and to the owner of the tables."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic.tenancy import tenant
from courses.alerts.services import acknowledge_alert, close_alert
from courses.models import AlertEvent, AlertNotice, SafetyAlert
from tests.alerts.raising import a_course, raised
from tests.application import as_application
from tests.factories import NOW, Clinic

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)
PLAN = "Safety plan reviewed; the patient calls tomorrow."
TABLES = ["courses_safetyalert", "courses_alertevent", "courses_alertnotice"]


@pytest.fixture
def alert(clinic: Clinic) -> SafetyAlert:
    return raised(a_course(clinic), level="URGENT")


def run(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def change(alert: SafetyAlert, what: str, *values: Any) -> None:
    run(f"UPDATE courses_safetyalert SET {what} WHERE id = %s", *values, alert.pk)  # noqa: S608 # constants only


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes_a_row(alert: SafetyAlert, table: str) -> None:
    with pytest.raises(IntegrityError):
        run(f"DELETE FROM {table}")  # noqa: S608 # constants only
    with (
        as_application(),
        tenant(alert.organization_id),
        pytest.raises(DatabaseError, match="permission denied"),
    ):
        run(f"DELETE FROM {table}")  # noqa: S608 # constants only
    assert SafetyAlert.objects.filter(pk=alert.pk).exists()


@pytest.mark.parametrize(
    "what",
    [
        "level = 'ALERT'",
        "rule = 'OTHER'",
        "raised_at = raised_at - interval '1 day'",
        "raised_by_id = routed_to_id",
        "source_id = gen_random_uuid()",
        "patient_id = gen_random_uuid()",
        "course_id = NULL",
        "escalations = escalations - 1",
        "acknowledged_at = NULL, acknowledged_by_id = NULL",
        "acknowledged_at = acknowledged_at + interval '1 minute'",
        "id = gen_random_uuid()",
    ],
)
def test_no_step_back_even_for_the_owner(clinic: Clinic, alert: SafetyAlert, what: str) -> None:
    change(alert, "escalations = 1")
    acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON)
    with pytest.raises(DatabaseError):
        change(alert, what)


def test_forward_steps_are_taken(clinic: Clinic, alert: SafetyAlert) -> None:
    acknowledge_alert(alert=alert, by=clinic.nurse, now=SOON)
    change(alert, "level = 'HIGH', acknowledged_at = NULL, acknowledged_by_id = NULL")
    alert.refresh_from_db()
    assert (alert.level, alert.acknowledged_at) == ("HIGH", None)


@pytest.mark.parametrize(
    "what", ["plan = plan || '.'", "risk = 'NONE'", "closed_at = NULL", "escalations = 9"]
)
def test_a_closed_alert_does_not_change(clinic: Clinic, alert: SafetyAlert, what: str) -> None:
    close_alert(
        alert=alert, assessor=clinic.nurse, assessed_at=SOON, risk="LOW", plan=PLAN,
        by=clinic.nurse, now=SOON,
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        change(alert, what)


WHOLE = {
    "acknowledged_at": SOON,
    "closed_at": SOON,
    "assessed_at": SOON,
    "risk": "LOW",
    "plan": PLAN,
}


@pytest.mark.parametrize(
    "lacking",
    [
        {"assessor": None},
        {"assessed_at": None},
        {"risk": ""},
        {"plan": ""},
        {"plan": "Seen."},
        {"risk": "SOME"},
        {"assessed_at": NOW - timedelta(seconds=1)},
        {"closed_by": None},
        {"acknowledged_at": None, "acknowledged_by": None},
    ],
)
def test_no_end_without_a_whole_assessment(
    clinic: Clinic, alert: SafetyAlert, lacking: dict[str, Any]
) -> None:
    people = dict.fromkeys(["acknowledged_by", "assessor", "closed_by"], clinic.nurse)
    rows = SafetyAlert.objects.filter(pk=alert.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**{**WHOLE, **people, **lacking})
    assert rows.update(**WHOLE, **people) == 1


def test_history_and_notices_are_never_rewritten(alert: SafetyAlert) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertEvent.objects.filter(alert=alert).update(at=SOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertNotice.objects.filter(alert=alert).update(written_at=SOON)
    AlertNotice.objects.filter(alert=alert).update(sent_at=SOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertNotice.objects.filter(alert=alert).update(sent_at=None)


def test_no_second_open_alert_of_one_source(clinic: Clinic, alert: SafetyAlert) -> None:
    with pytest.raises(IntegrityError, match="safetyalert_open_once"), transaction.atomic():
        SafetyAlert.objects.create(
            organization=clinic.organization,
            patient=alert.patient,
            site=alert.site,
            rule=alert.rule,
            level="ALERT",
            source_id=alert.source_id,
            raised_at=NOW,
            route="NOBODY",
            escalates_at=NOW,
        )
