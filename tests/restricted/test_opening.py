"""Restricted charts: shut to everybody, opened by break-glass for a time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from clinic.models import BreakGlass, ChartRestriction, Patient
from clinic.reasons import ReasonTooShort
from tests.api.conftest import Caller
from tests.application import as_application
from tests.factories import NOW
from tests.restricted.conftest import REASON, handle_in, opened

pytestmark = pytest.mark.django_db

PAGES = {
    "clinic:patient": "patient",
    "clinic:patient_edit": "patient",
    "courses:of_patient": "patient",
    "reminders:of_patient": "patient",
    "scheduling:course_new": "patient",
    "courses:course": "course",
    "scheduling:timeline": "course",
    "scheduling:proposal": "proposal",
    "scheduling:visit": "visit",
    "scheduling:visit_slots": "visit",
    "reminders:of_visit": "visit",
}
CALLS = {
    "/patients/{patient}": "patient",
    "/patients/{patient}/courses": "patient",
    "/courses/{course}": "course",
    "/proposals/{proposal}": "proposal",
    "/visits/{visit}": "visit",
    "/visits/{visit}/slots": "visit",
}


@pytest.mark.parametrize(("name", "of"), PAGES.items())
def test_pages_stay_shut_until_the_glass_is_broken(clinic, rows, sign_in, name, of):
    browser, address = sign_in(clinic.desk), reverse(name, args=[rows[of].pk])
    shut = browser.get(address)
    page = shut.content.decode()
    assert shut.status_code == 403
    assert "This chart is restricted" in page
    assert "Canaria" not in page
    assert "Greta" not in page
    opened(clinic, rows)
    assert browser.get(address).status_code == 200


@pytest.mark.parametrize(("path", "of"), CALLS.items())
def test_calls_are_refused_with_what_opens_the_chart(clinic, rows, path, of):
    desk = Caller(clinic.desk)
    address = path.format(**{name: row.pk for name, row in rows.items()})
    refused = desk.get(address)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:courseline:problem:chart-restricted"
    assert (str(rows["patient"].pk) in refused.content.decode()) is (of == "patient")
    assert "Canaria" not in refused.content.decode()
    said = {"handle": refused.json()["handle"], "reason": REASON}
    assert Caller(clinic.nurse).post("/charts/open", said).json()["type"] == (
        "urn:courseline:problem:handle-spent"
    )
    answer = desk.post("/charts/open", said)
    assert answer.status_code == 201
    assert desk.get(address).status_code == 200


def test_a_restricted_chart_is_not_changed_either(clinic, rows, sign_in):
    step = reverse("treatment_sessions:step", args=[rows["visit"].pk])
    assert sign_in(clinic.desk).post(step, {"to": "ARRIVED"}).status_code == 403
    rows["visit"].refresh_from_db()
    assert rows["visit"].status == "PLANNED"


def test_the_form_leads_on_to_where_one_was(clinic, rows, sign_in):
    browser = sign_in(clinic.nurse)
    visit = reverse("scheduling:visit", args=[rows["visit"].pk])
    page = browser.get(visit).content.decode()
    assert f'name="next" value="{visit}"' in page
    said = {"reason": REASON, "next": visit, "handle": handle_in(page)}
    answer = browser.post(reverse("clinic:open_chart"), said)
    assert (answer.status_code, answer["Location"]) == (302, visit)
    opening = BreakGlass.objects.get()
    assert (opening.membership, opening.reason) == (clinic.nurse, REASON)
    assert "Canaria" in browser.get(visit).content.decode()


def test_it_leads_nowhere_else(clinic, rows, sign_in):
    form = reverse("clinic:break_glass", args=[rows["patient"].pk])
    answer = sign_in(clinic.nurse).post(form, {"reason": REASON, "next": "https://evil.example/"})
    assert answer["Location"] == reverse("clinic:patient", args=[rows["patient"].pk])


@pytest.mark.parametrize("reason", ["", "too short", "x" * 19, " " * 30, "  " + "x" * 19 + "  "])
def test_a_reason_of_fewer_than_twenty_characters_opens_nothing(clinic, rows, sign_in, reason):
    form = reverse("clinic:break_glass", args=[rows["patient"].pk])
    answer = sign_in(clinic.nurse).post(form, {"reason": reason})
    assert answer.status_code == 422
    assert "at least 20 characters" in answer.content.decode()
    body = {"reason": reason}
    assert (
        Caller(clinic.nurse).post(f"/patients/{rows['patient'].pk}/break-glass", body).status_code
        == 400
    )
    with pytest.raises(ReasonTooShort):
        opened(clinic, rows, reason=reason)
    assert not BreakGlass.objects.exists()


def test_the_database_keeps_the_length_of_reasons(clinic, rows):
    own = {"organization": clinic.organization, "patient": rows["patient"]}
    short = " " * 20 + "x" * 19 + " " * 20
    for make in (
        lambda: BreakGlass.objects.create(
            membership=clinic.desk,
            reason=short,
            opened_at=NOW,
            expires_at=NOW + timedelta(hours=1),
            **own,
        ),
        lambda: ChartRestriction.objects.create(
            is_restricted=True, reason=short, by=clinic.desk, at=NOW, **own
        ),
    ):
        with pytest.raises(IntegrityError, match="says_why"), transaction.atomic():
            make()


def test_it_opens_for_one_person_and_for_a_while(clinic, rows, sign_in, clock):
    opened(clinic, rows)
    address = reverse("clinic:patient", args=[rows["patient"].pk])
    assert sign_in(clinic.nurse).get(address).status_code == 403
    clock(NOW + timedelta(minutes=59))
    browser = sign_in(clinic.desk)
    assert browser.get(address).status_code == 200
    clock(NOW + timedelta(minutes=60))
    assert browser.get(address).status_code == 403


def test_how_long_is_the_organisations_setting(clinic, rows):
    clinic.organization.break_glass_minutes = 15
    clinic.organization.save()
    assert opened(clinic, rows).expires_at == NOW + timedelta(minutes=15)


def test_a_piece_of_a_page_asks_for_the_whole_page(clinic, rows, sign_in):
    address = reverse("courses:of_patient", args=[rows["patient"].pk])
    answer = sign_in(clinic.desk).get(address, headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"


def test_a_day_keeps_the_time_and_hides_the_name(clinic, rows, sign_in):
    for body in (
        sign_in(clinic.desk).get("/board/").content.decode(),
        Caller(clinic.desk).get("/visits", site=clinic.site.pk, day="2026-01-05").content.decode(),
    ):
        assert "Restricted chart" in body
        assert "Canaria" not in body
    opened(clinic, rows)
    assert "Canaria" in sign_in(clinic.desk).get("/board/").content.decode()
    assert "Canaria" not in sign_in(clinic.nurse).get("/board/").content.decode()


@pytest.mark.parametrize("table", ["clinic_breakglass", "clinic_chartrestriction"])
@pytest.mark.parametrize("change", ["UPDATE {} SET reason = reason", "DELETE FROM {}"])
def test_the_application_only_adds_to_these_tables(clinic, rows, table, change):
    with (
        as_application(),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(table))


def test_another_organisation_finds_no_such_patient(rows, other_clinic, sign_in):
    form = reverse("clinic:break_glass", args=[rows["patient"].pk])
    assert sign_in(other_clinic.desk).post(form, {"reason": REASON}).status_code == 404
    assert sign_in(other_clinic.desk).post(
        reverse("clinic:break_glass", args=[uuid4()]), {"reason": REASON}
    ).status_code == 404  # fmt: skip
    assert not BreakGlass.objects.exists()
    assert Patient.objects.get(pk=rows["patient"].pk).is_restricted
