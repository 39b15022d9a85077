"""Whoever is shown a chart is on record: by page and by call, and not once for each fragment."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.api.tokens import issue_token
from clinic.charts import break_glass
from clinic.models import BreakGlass, ChartOpening, Patient
from tests import factories
from tests.factories import Clinic

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
PIECE = {"HX-Request": "true"}


@pytest.fixture
def patient(clinic: Clinic) -> Patient:
    return factories.make_patient(clinic.site)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the time on."""
    began, passed = timezone.now(), [timedelta()]

    def now() -> datetime:
        return began + passed[0]

    monkeypatch.setattr(timezone, "now", now)
    return lambda length: passed.__setitem__(0, passed[0] + length)


def openings() -> list[tuple[str, str]]:
    return list(ChartOpening.objects.order_by("number").values_list("via", "route"))


def page(patient: Patient) -> str:
    return reverse("clinic:patient", args=[patient.pk])


def piece(patient: Patient) -> str:
    return reverse("courses:of_patient", args=[patient.pk])


def test_a_page_is_noted_each_time(clinic: Clinic, patient: Patient, sign_in: SignIn) -> None:
    browser = sign_in(clinic.desk)
    for _ in range(2):
        assert browser.get(page(patient)).status_code == 200
    assert openings() == [("page", "clinic:patient")] * 2
    first, second = ChartOpening.objects.order_by("number")
    assert (first.patient, first.membership, first.address) == (patient, clinic.desk, "127.0.0.1")
    assert first.request_id
    assert first.request_id != second.request_id


def test_what_a_page_loads_belongs_to_its_opening(
    clinic: Clinic, patient: Patient, sign_in: SignIn, clock: Callable[[timedelta], None]
) -> None:
    browser = sign_in(clinic.desk)
    browser.get(page(patient))
    for _ in range(3):
        assert browser.get(piece(patient), headers=PIECE).status_code == 200
    assert openings() == [("page", "clinic:patient")]


def test_a_page_that_stays_open_is_noted_again(
    clinic: Clinic, patient: Patient, sign_in: SignIn, clock: Callable[[timedelta], None]
) -> None:
    browser = sign_in(clinic.desk)
    browser.get(page(patient))
    clock(timedelta(minutes=9))
    browser.get(piece(patient), headers=PIECE)
    assert len(openings()) == 1
    clock(timedelta(minutes=2))
    browser.get(piece(patient), headers=PIECE)
    assert openings()[1:] == [("page", "courses:of_patient")]


def test_a_piece_by_itself_is_noted(clinic: Clinic, patient: Patient, sign_in: SignIn) -> None:
    """Else whoever calls itself a piece of a page would read in secret."""
    other = factories.make_patient(clinic.site)
    sign_in(clinic.nurse).get(page(patient))
    browser = sign_in(clinic.desk)
    browser.get(page(other))
    browser.get(piece(patient), headers=PIECE)
    assert ChartOpening.objects.filter(patient=patient, membership=clinic.desk).count() == 1


def test_every_page_about_a_patient_is_noted(
    clinic: Clinic, patient: Patient, sign_in: SignIn
) -> None:
    course = factories.make_course(patient, clinic.version, clinic.desk)
    visit = factories.make_visit(course, clinic.chair, timezone.now() + timedelta(days=2))
    browser = sign_in(clinic.desk)
    for name, key in (
        ("clinic:patient_edit", patient.pk),
        ("courses:course", course.pk),
        ("scheduling:visit", visit.pk),
    ):
        assert browser.get(reverse(name, args=[key])).status_code == 200
        assert ChartOpening.objects.filter(route=name).count() == 1


def test_every_call_about_a_patient_is_noted(clinic: Clinic, patient: Patient) -> None:
    _, text = issue_token(member=clinic.desk, name="Reports")
    course = factories.make_course(patient, clinic.version, clinic.desk)
    visit = factories.make_visit(course, clinic.chair, timezone.now() + timedelta(days=2))
    program = Client(headers={"Authorization": f"Bearer {text}"})
    for place in (f"patients/{patient.pk}", f"courses/{course.pk}", f"visits/{visit.pk}"):
        assert program.get(f"/api/v1/{place}").status_code == 200
    assert openings() == [("api", "api:patient"), ("api", "api:course"), ("api", "api:visit")]


def test_lists_are_no_opening(clinic: Clinic, patient: Patient, sign_in: SignIn) -> None:
    browser = sign_in(clinic.desk)
    browser.get(reverse("clinic:patients"))
    browser.post(reverse("clinic:patient_search"), {"text": patient.family_name})
    browser.get(reverse("scheduling:today"))
    assert openings() == []


def test_what_was_refused_is_no_opening(
    clinic: Clinic, patient: Patient, other_clinic: Clinic, sign_in: SignIn
) -> None:
    assert sign_in(other_clinic.desk).get(page(patient)).status_code == 404
    Patient.objects.filter(pk=patient.pk).update(is_restricted=True)
    assert sign_in(clinic.desk).get(page(patient)).status_code == 403
    assert openings() == []


def test_a_refusal_that_tells_of_the_patient_is_an_opening(
    clinic: Clinic, patient: Patient
) -> None:
    course = factories.make_course(patient, clinic.version, clinic.desk)
    visit = factories.make_visit(course, clinic.chair, timezone.now() + timedelta(days=2))
    _, text = issue_token(member=clinic.desk, name="Reports")
    program = Client(headers={"Authorization": f"Bearer {text}"})
    night = visit.starts_at.astimezone(visit.site.zone).replace(hour=3)
    answer = program.post(
        f"/api/v1/visits/{visit.pk}/move",
        {"starts_at": night.isoformat(), "reason": "Asked for"},
        content_type="application/json",
    )
    assert answer.status_code == 400, answer.content
    assert "cannot start then" in answer.json()["detail"]
    assert openings() == [("api", "api:visit_move")]


def test_a_page_that_refuses_in_its_answer_is_noted_once(
    clinic: Clinic, patient: Patient, sign_in: SignIn
) -> None:
    course = factories.make_course(patient, clinic.version, clinic.desk)
    visit = factories.make_visit(course, clinic.chair, timezone.now() + timedelta(days=2))
    place = reverse("scheduling:visit_cancel", args=[visit.pk])
    assert sign_in(clinic.desk).post(place, {"reason": ""}).status_code == 422
    assert openings() == [("page", "scheduling:visit_cancel")]


def test_a_page_that_breaks_off_after_opening_is_noted(
    clinic: Clinic, patient: Patient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object, **__: object) -> None:
        raise PermissionDenied("Too late.")

    monkeypatch.setattr("clinic.views.render", late)
    assert sign_in(clinic.desk).get(page(patient)).status_code == 403
    assert openings() == [("page", "clinic:patient")]


def test_the_opening_of_a_restricted_chart_names_what_opened_it(
    clinic: Clinic, patient: Patient, sign_in: SignIn
) -> None:
    Patient.objects.filter(pk=patient.pk).update(is_restricted=True)
    break_glass(
        patient=patient, by=clinic.desk, reason="She is at the desk and asks", now=timezone.now()
    )
    assert sign_in(clinic.desk).get(page(patient)).status_code == 200
    assert ChartOpening.objects.get().break_glass == BreakGlass.objects.get()


def test_noting_costs_one_query(clinic: Clinic, patient: Patient, sign_in: SignIn) -> None:
    browser = sign_in(clinic.desk)
    with CaptureQueriesContext(connection) as caught:
        browser.get(page(patient))
    assert sum("clinic_chartopening" in query["sql"] for query in caught.captured_queries) == 1
