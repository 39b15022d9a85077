"""Pages of safety alerts: inbox, one alert, badge, banner, piece of the course's page."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.charts import break_glass
from clinic.models import Membership, Role
from courses.alerts.services import acknowledge_alert, close_alert
from courses.models import SafetyAlert
from tests.alerts.raising import a_course, raised
from tests.factories import NOW, Clinic, make_member, make_patient

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]
HTMX = {"HX-Request": "true"}
LATER = NOW + timedelta(minutes=10)
PLAN = "Safety plan reviewed with the patient; call tomorrow at nine."


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The time is NOW until a test sets it."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(LATER)
    return set_to


def assessed(**changes: Any) -> dict[str, Any]:
    """What the form sends, ten minutes after the alert by New York's clock."""
    said = {"on": "2026-01-05", "at": "09:10", "risk": "LOW", "plan": PLAN}
    return {**said, **changes}


def page(browser: Client, name: str, *args: Any) -> str:
    answer = browser.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_inbox_has_the_most_urgent_first(clinic: Clinic, sign_in: SignIn) -> None:
    for number, level in enumerate(["ALERT", "HIGH", "URGENT"]):
        patient = make_patient(clinic.site, family_name=f"{level}-patient")
        raised(a_course(clinic, patient=patient), level=level, now=NOW + timedelta(seconds=number))
    text = page(sign_in(clinic.nurse), "courses:alerts")
    order = re.findall(r">(\w+)-patient, Ada<", text)
    assert order == ["HIGH", "URGENT", "ALERT"]
    assert text.count("data-take-on") == 3


def test_an_empty_inbox_says_so(clinic: Clinic, sign_in: SignIn) -> None:
    assert "Nothing waits" in page(sign_in(clinic.nurse), "courses:alerts")


def test_a_press_takes_it_on_and_it_moves_on(clinic: Clinic, sign_in: SignIn) -> None:
    alert = raised(a_course(clinic))
    browser = sign_in(clinic.nurse)
    answer = browser.post(reverse("courses:alert_acknowledge", args=[alert.pk]))
    assert answer["Location"] == reverse("courses:alert", args=[alert.pk])
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledged_at) == (clinic.nurse, LATER)
    text = page(browser, "courses:alerts")
    assert "data-take-on" not in text
    assert f"taken on by {clinic.nurse.name} at 09:10" in text


def test_whoever_comes_second_learns_who_was_first(clinic: Clinic, sign_in: SignIn) -> None:
    alert = raised(a_course(clinic))
    acknowledge_alert(alert=alert, by=clinic.therapist, now=LATER)
    answer = sign_in(clinic.nurse).post(
        reverse("courses:alert_acknowledge", args=[alert.pk]), follow=True
    )
    assert f"{clinic.therapist.name} has taken this alert on." in answer.content.decode()


def test_closing_keeps_assessor_time_risk_and_plan(clinic: Clinic, sign_in: SignIn) -> None:
    alert = raised(a_course(clinic))
    browser = sign_in(clinic.nurse)
    said = assessed(assessor=clinic.therapist.pk)
    answer = browser.post(reverse("courses:alert_close", args=[alert.pk]), said)
    assert answer["Location"] == reverse("courses:alerts")
    alert.refresh_from_db()
    assert (alert.assessor, alert.risk, alert.plan) == (clinic.therapist, "LOW", PLAN)
    assert (alert.assessed_at, alert.closed_by) == (LATER, clinic.nurse)
    text = page(browser, "courses:alert", alert.pk)
    assert PLAN in text
    assert "Close the alert" not in text


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"risk": ""}, "What is the risk now?"),
        ({"plan": "Seen."}, "Say what was agreed, in at least 20 characters"),
        ({"plan": " " * 40}, "Say what was agreed, in at least 20 characters"),
        ({"assessor": ""}, "This field is required."),
        ({"at": "09:11"}, "It cannot have been assessed in the future."),
        ({"at": "08:59"}, "Assess the patient after the alert was raised."),
        ({"on": "yesterday"}, "Enter a valid date."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    clinic: Clinic, sign_in: SignIn, change: dict[str, str], fault: str
) -> None:
    alert = raised(a_course(clinic))
    said = {**assessed(assessor=clinic.nurse.pk), **change}
    answer = sign_in(clinic.nurse).post(reverse("courses:alert_close", args=[alert.pk]), said)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert fault in text
    assert 'value="LOW"' in text
    if "plan" not in change:
        assert PLAN in text
    assert SafetyAlert.objects.open().filter(pk=alert.pk).exists()


def test_the_page_says_who_was_told_when(clinic: Clinic, sign_in: SignIn) -> None:
    alert = raised(a_course(clinic), by=clinic.prescriber)
    text = page(sign_in(clinic.prescriber), "courses:alert", alert.pk)
    assert "Who was told when" in text
    assert f"{alert.routed_to.name}, who is on shift" in text
    assert "at 09:15 EST" in text  # when it goes further


def test_the_badge_counts_what_waits_and_is_silent_while_nothing_changes(
    clinic: Clinic, sign_in: SignIn
) -> None:
    browser = sign_in(clinic.nurse)
    raised(a_course(clinic))
    badge = reverse("courses:alerts_badge")
    text = browser.get(badge, headers=HTMX).content.decode()
    assert 'aria-live="polite"' in text
    assert f'hx-get="{badge}?seen=1"' in text
    assert browser.get(f"{badge}?seen=1", headers=HTMX).status_code == 204
    assert browser.get(f"{badge}?seen=0", headers=HTMX).status_code == 200


def test_the_open_inbox_is_replaced_only_when_something_is_new(
    clinic: Clinic, sign_in: SignIn
) -> None:
    browser = sign_in(clinic.nurse)
    alert = raised(a_course(clinic))
    seen = re.search(r"\?seen=(\w+)", page(browser, "courses:alerts"))
    assert seen
    again = f"{reverse('courses:alerts')}{seen[0]}"
    assert browser.get(again, headers=HTMX).status_code == 204
    acknowledge_alert(alert=alert, by=clinic.therapist, now=LATER)
    fresh = browser.get(again, headers=HTMX)
    assert fresh.status_code == 200
    assert "<html" not in fresh.content.decode()


def test_navigation_and_banner_are_for_clinicians_alone(clinic: Clinic, sign_in: SignIn) -> None:
    course = a_course(clinic)
    raised(course, level="URGENT")
    badge, banner = (
        reverse("courses:alerts_badge"),
        reverse("courses:alerts_banner", args=[course.patient_id]),
    )
    patient = reverse("clinic:patient", args=[course.patient_id])
    nurses = sign_in(clinic.nurse).get(patient).content.decode()
    desks = sign_in(clinic.desk).get(patient).content.decode()
    assert badge in nurses
    assert banner in nurses
    assert "alert" not in desks.replace('role="alert"', "").casefold()
    text = sign_in(clinic.nurse).get(banner, headers=HTMX).content.decode()
    assert "Safety alert, urgent: PHQ-9, item 9." in text
    assert "nobody has taken it on" in text


def test_the_courses_page_has_its_alerts(clinic: Clinic, sign_in: SignIn) -> None:
    course = a_course(clinic)
    browser = sign_in(clinic.nurse)
    assert "None was ever raised." in page(browser, "courses:alerts_of_course", course.pk)
    alert = raised(course)
    text = page(browser, "courses:alerts_of_course", course.pk)
    assert reverse("courses:alert", args=[alert.pk]) in text


@pytest.mark.parametrize(
    "name", ["courses:alerts", "courses:alerts_badge", "courses:alerts_of_course", "courses:alert"]
)
def test_the_desk_sees_no_alerts(clinic: Clinic, sign_in: SignIn, name: str) -> None:
    course = a_course(clinic)
    alert = raised(course)
    arguments = {"courses:alerts_of_course": [course.pk], "courses:alert": [alert.pk]}
    where = reverse(name, args=arguments.get(name, []))
    assert sign_in(clinic.desk).get(where).status_code == 403
    assert Client().get(where).status_code == 302


def test_who_only_reads_clinical_data_sees_the_alert_and_cannot_answer(
    clinic: Clinic, sign_in: SignIn
) -> None:
    alert = raised(a_course(clinic))
    auditor = sign_in(clinic.person(Role.AUDITOR))
    text = page(auditor, "courses:alert", alert.pk)
    assert "Take on" not in text
    assert "Close the alert" not in text
    for name in ("courses:alert_acknowledge", "courses:alert_close"):
        assert auditor.post(reverse(name, args=[alert.pk])).status_code == 403


def test_a_stranger_finds_nothing(clinic: Clinic, other_clinic: Clinic, sign_in: SignIn) -> None:
    alert = raised(a_course(clinic))
    browser = sign_in(other_clinic.nurse)
    assert browser.get(reverse("courses:alert", args=[alert.pk])).status_code == 404
    acknowledge = reverse("courses:alert_acknowledge", args=[alert.pk])
    assert browser.post(acknowledge).status_code == 404
    assert "Nothing waits" in page(browser, "courses:alerts")


def test_a_restricted_chart_shows_that_there_is_an_alert_and_not_whose(
    clinic: Clinic, sign_in: SignIn
) -> None:
    patient = make_patient(clinic.site, family_name="Canaria", is_restricted=True)
    alert = raised(a_course(clinic, patient=patient), level="HIGH")
    browser = sign_in(clinic.nurse)
    text = page(browser, "courses:alerts")
    assert "Restricted chart" in text
    assert "High risk" in text
    for secret in ("Canaria", "PHQ-9", str(patient.pk)):
        assert secret not in text
    where = reverse("courses:alert", args=[alert.pk])
    assert browser.get(where).status_code == 403
    assert browser.post(reverse("courses:alert_acknowledge", args=[alert.pk])).status_code == 403
    break_glass(patient=patient, by=clinic.nurse, reason="An alert awaits an answer.", now=LATER)
    assert browser.get(where).status_code == 200
    assert "Canaria" in page(browser, "courses:alerts")


def test_nor_how_an_alert_of_a_restricted_chart_ended(clinic: Clinic, sign_in: SignIn) -> None:
    patient = make_patient(clinic.site, is_restricted=True)
    alert = raised(a_course(clinic, patient=patient), level="ALERT")
    assessor = make_member(clinic.site, Role.PRESCRIBER)
    assessor.name = "Dr. Zephyrine"
    assessor.save()
    close_alert(
        alert=alert, assessor=assessor, assessed_at=LATER, risk="MODERATE", plan=PLAN,
        by=assessor, now=LATER,
    )  # fmt: skip
    text = page(sign_in(clinic.nurse), "courses:alerts")
    assert "Restricted chart" in text
    assert "Zephyrine" not in text
    assert "Moderate" not in text


@pytest.mark.parametrize("many", [1, 20])
def test_the_inbox_asks_a_fixed_number_of_queries(
    clinic: Clinic, sign_in: SignIn, many: int, django_assert_num_queries: Any
) -> None:
    for _ in range(many):
        raised(a_course(clinic))
    browser = sign_in(clinic.nurse)
    browser.get(reverse("courses:alerts"))
    with django_assert_num_queries(15):
        browser.get(reverse("courses:alerts"))
