"""Pages and API of authorisations: who may, what is told, what is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from clinic.models import Membership, Role
from courses.authorizations.forms import profile_choices
from courses.models import Authorization, Payer, SelfPayAgreement
from tests.api.conftest import Caller
from tests.authorizations.granting import esketamine_course, granted, make_payer
from tests.factories import NOW, Clinic, make_patient

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


def typed(clinic: Clinic, covers: object, **changes: Any) -> dict[str, Any]:
    said = {
        "payer": make_payer(clinic).pk,
        "reference": "PA-77",
        "covers": covers,
        "starts_on": "2026-01-05",
        "ends_on": "2026-04-05",
        "visits_granted": "8",
        "units_granted": "23",
        "renewal_days": "",
        "evidence": "A score that halved",
    }
    return {**said, **changes}


def test_the_desk_records_changes_and_withdraws(clinic: Clinic, sign_in: SignIn) -> None:
    course = esketamine_course(clinic)
    browser = sign_in(clinic.desk)
    listed = reverse("courses:authorizations_of_patient", args=[course.patient_id])
    assert "No payer has granted anything yet" in browser.get(listed).content.decode()
    new = reverse("courses:authorization_new", args=[course.patient_id])
    assert (
        f'value="{course.pk}" selected' in browser.get(f"{new}?course={course.pk}").content.decode()
    )
    assert browser.post(new, typed(clinic, course.pk))["Location"] == listed
    one = Authorization.objects.get()
    assert (one.course, one.units_granted, one.renewal_days) == (course, 23, 30)
    where = reverse("courses:authorization", args=[one.pk])
    assert 'value="PA-77"' in browser.get(where).content.decode()
    browser.post(where, typed(clinic, "esketamine", visits_granted="9"))
    one.refresh_from_db()
    assert (one.course, one.drug, one.visits_granted) == (None, "esketamine", 9)
    browser.post(reverse("courses:authorization_end", args=[one.pk]), {"reason": "Recorded twice"})
    text = browser.get(listed).content.decode()
    assert "Withdrawn" in text
    assert "Recorded twice" in text


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"ends_on": "2026-01-04"}, "The last day is not before the first."),
        ({"visits_granted": "", "units_granted": ""}, "How many visits, or devices, are granted?"),
        ({"visits_granted": "0", "units_granted": ""}, "greater than or equal to 1"),
        ({"payer": ""}, "This field is required."),
        ({"reference": ""}, "This field is required."),
        ({"covers": "heroin"}, "Select a valid choice."),
    ],
)
def test_a_fault_is_said_beside_its_field_and_what_was_typed_stays(
    clinic: Clinic, sign_in: SignIn, change: dict[str, str], fault: str
) -> None:
    course = esketamine_course(clinic)
    new = reverse("courses:authorization_new", args=[course.patient_id])
    answer = sign_in(clinic.desk).post(new, {**typed(clinic, course.pk), **change})
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert "A score that halved" in answer.content.decode()
    assert not Authorization.objects.exists()


def test_withdrawing_wants_a_reason(clinic: Clinic, sign_in: SignIn) -> None:
    patient = make_patient(clinic.site)
    one = granted(clinic, patient, drug="esketamine", visits_granted=1)
    where = reverse("courses:authorization_end", args=[one.pk])
    answer = sign_in(clinic.desk).post(where, {"reason": ""})
    assert (answer.status_code, "This field is required." in answer.content.decode()) == (422, True)


def test_the_due_page_lists_what_is_near_its_end(
    clinic: Clinic, sign_in: SignIn, clock: Callable[[datetime], None]
) -> None:
    course = esketamine_course(clinic)
    granted(clinic, course.patient, course=course, visits_granted=8)
    browser, where = sign_in(clinic.desk), reverse("courses:authorizations_due")
    assert "Nothing is to be renewed" in browser.get(where).content.decode()
    clock(NOW.replace(month=3, day=15))
    browser = sign_in(clinic.desk)
    text = browser.get(where).content.decode()
    assert course.patient.sort_name in text
    assert "8 visits" in text


def test_a_shut_chart_is_on_the_due_page_without_its_name(
    clinic: Clinic, sign_in: SignIn, clock: Callable[[datetime], None]
) -> None:
    patient = make_patient(clinic.site, family_name="Canaria", is_restricted=True)
    course = esketamine_course(clinic, patient)
    granted(clinic, patient, course=course, visits_granted=8)
    clock(NOW.replace(month=3, day=15))
    text = sign_in(clinic.desk).get(reverse("courses:authorizations_due")).content.decode()
    assert "Restricted chart" in text
    for secret in ("Canaria", "Elm Health", str(patient.pk)):
        assert secret not in text
    found = Caller(clinic.desk).get("/authorizations/due").json()
    assert found == {"results": []}


def test_self_pay_from_the_courses_page(clinic: Clinic, sign_in: SignIn) -> None:
    course = esketamine_course(clinic)
    browser = sign_in(clinic.desk)
    browser.post(reverse("courses:self_pay", args=[course.pk]), {"signed_on": "2026-01-05"})
    agreement = SelfPayAgreement.objects.get()
    piece = reverse("courses:authorizations_of_course", args=[course.pk])
    assert "The patient pays what no payer covers" in browser.get(piece).content.decode()
    browser.post(reverse("courses:self_pay_end", args=[agreement.pk]))
    agreement.refresh_from_db()
    assert agreement.ended_by == clinic.desk


def test_a_payers_new_rules_are_offered_from_their_day_at_the_clinic(
    clinic: Clinic, sign_in: SignIn, clock: Callable[[datetime], None]
) -> None:
    clock(datetime(2025, 1, 21, 3, tzinfo=UTC))  # the evening of the 20th in New York
    new = {name for _, name in profile_choices(date(2025, 1, 21))}
    new -= {name for _, name in profile_choices(date(2025, 1, 20))}
    html = sign_in(clinic.desk).get(reverse("courses:payers")).content.decode()
    assert new
    assert not [name for name in new if escape(name) in html]


def test_payers_are_kept(clinic: Clinic, sign_in: SignIn) -> None:
    browser, where = sign_in(clinic.desk), reverse("courses:payers")
    assert "No payer yet" in browser.get(where).content.decode()
    said = {"name": "Cigna Elm", "profile": "CIGNA", "is_active": "on"}
    assert browser.post(where, said).status_code == 302
    text = browser.get(where).content.decode()
    assert "Criteria: Cigna" in text
    assert browser.post(where, said).status_code == 422
    one = Payer.objects.get()
    browser.post(reverse("courses:payer", args=[one.pk]), {"name": "Cigna", "profile": ""})
    one.refresh_from_db()
    assert (one.name, one.profile, one.is_active) == ("Cigna", "", False)


def test_who_may_only_see_patients_changes_nothing(clinic: Clinic, sign_in: SignIn) -> None:
    course = esketamine_course(clinic)
    one = granted(clinic, course.patient, course=course, visits_granted=8)
    therapist = sign_in(clinic.therapist)
    listed = therapist.get(
        reverse("courses:authorizations_of_patient", args=[course.patient_id])
    ).content.decode()
    assert "Elm Health" in listed
    assert "Change or withdraw" not in listed
    for name, row in [
        ("courses:authorization", one),
        ("courses:authorization_end", one),
        ("courses:authorization_new", course.patient),
        ("courses:self_pay", course),
    ]:
        assert therapist.post(reverse(name, args=[row.pk])).status_code == 403
    assert therapist.get(reverse("courses:payers")).status_code == 403


def test_a_stranger_finds_nothing(clinic: Clinic, other_clinic: Clinic, sign_in: SignIn) -> None:
    course = esketamine_course(clinic)
    one = granted(clinic, course.patient, course=course, visits_granted=8)
    stranger = sign_in(other_clinic.desk)
    assert stranger.get(reverse("courses:authorization", args=[one.pk])).status_code == 404
    assert stranger.get(reverse("courses:payer", args=[one.payer_id])).status_code == 404
    assert Caller(other_clinic.desk).get(f"/authorizations/{one.pk}").status_code == 404
    assert Client().get(reverse("courses:authorizations_due")).status_code == 302


def test_the_api_does_the_same(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    desk = Caller(clinic.desk)
    payer = desk.post("/payers", {"name": "Elm Health"}).json()
    assert desk.get("/payers").json()["results"] == [payer]
    body = {
        "payer": payer["id"], "course": str(course.pk), "reference": "PA-1",
        "starts_on": "2026-01-05", "ends_on": "2026-04-05", "units_granted": 23,
    }  # fmt: skip
    path = f"/patients/{course.patient_id}/authorizations"
    made = desk.post(path, body)
    assert made.status_code == 201
    one = made.json()
    assert (one["units_left"], one["visits_left"], one["renew_from"]) == (23, None, "2026-03-06")
    assert desk.get(path).json()["results"] == [one]
    refused = desk.post(path, {**body, "ends_on": "2026-01-04"}).json()
    assert refused["errors"][0]["pointer"] == "#/ends_on"
    ended = desk.post(f"/authorizations/{one['id']}/end", {"reason": "Recorded twice"})
    assert ended.json()["state"] == "ENDED"
    again = desk.post(f"/authorizations/{one['id']}/end", {"reason": "Again"})
    assert (again.status_code, again.json()["type"]) == (
        409,
        "urn:courseline:problem:authorization-ended",
    )
    agreed = desk.post(f"/courses/{course.pk}/self-pay", {"signed_on": "2026-01-05"}).json()
    found = desk.get(f"/courses/{course.pk}/authorizations").json()
    assert found["self_pay"]["id"] == agreed["id"]
    assert desk.post(f"/self-pay/{agreed['id']}/end").status_code == 204


def test_the_auditor_reads_and_the_manager_keeps(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    path = f"/courses/{course.pk}/authorizations"
    assert Caller(clinic.person(Role.AUDITOR)).get(path).status_code == 200
    assert Caller(clinic.person(Role.MANAGER)).post("/payers", {"name": "A"}).status_code == 201
    assert Caller(clinic.person(Role.AUDITOR)).post("/payers", {"name": "B"}).status_code == 403


@pytest.mark.parametrize(
    ("signed_on", "fault"), [("x", "Enter a valid date"), ("2031-01-01", "in the future")]
)
def test_a_bad_day_of_self_pay_is_said_beside_the_field_and_stays(
    clinic: Clinic, sign_in: SignIn, signed_on: str, fault: str
) -> None:
    where = reverse("courses:self_pay", args=[esketamine_course(clinic).pk])
    answer = sign_in(clinic.desk).post(where, {"signed_on": signed_on})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert f'value="{signed_on}"' in text
    assert fault in text.split('name="signed_on"')[1].split("</form>")[0]
    assert not SelfPayAgreement.objects.exists()
