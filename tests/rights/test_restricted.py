"""Restricted charts: shut to everybody, opened by break-glass for a time, and told of."""

import re
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from clinic import charts
from clinic.charts import RestrictionUnchanged, break_glass, restrict_chart
from clinic.glass_handles import LIFE, HandleSpent, handle_for, patient_behind
from clinic.glass_notices import send_notices, send_waiting
from clinic.models import BreakGlass, ChartOpening, ChartRestriction, GlassNotice, Patient, Role
from clinic.reasons import ReasonTooShort
from clinic.selectors import find_patients
from scheduling.models import Proposal
from tests.api.conftest import Caller
from tests.application import as_application
from tests.factories import NOW, make_course, make_member, make_patient, make_site, make_visit

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
REASON = "Covering for the nurse who is ill."
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


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The time is NOW until a test sets it."""

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


@pytest.fixture
def rows(clinic):
    patient = make_patient(
        clinic.site, given_name="Greta", family_name="Canaria", is_restricted=True
    )
    course = make_course(patient, clinic.version, clinic.desk)
    proposal = Proposal.objects.create(
        organization=clinic.organization,
        course=course,
        requested_by=clinic.desk,
        requested_at=NOW,
    )
    visit = make_visit(course, clinic.chair, NOW + timedelta(hours=1))
    return {"patient": patient, "course": course, "proposal": proposal, "visit": visit}


@pytest.fixture
def manager(clinic):
    return clinic.person(Role.MANAGER)


def handle_in(page):
    return re.search(r'name="handle" value="([^"]+)"', page)[1]


def opened(clinic, rows, by=None, reason=REASON):
    return break_glass(patient=rows["patient"], by=by or clinic.desk, reason=reason, now=NOW)


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


@pytest.mark.parametrize("text", ["", "canaria", "greta", "gre can", "patient", "greta canari"])
def test_browsing_and_parts_of_a_name_find_nothing(clinic, rows, text):
    assert rows["patient"] not in find_patients(member=clinic.desk, text=text)


@pytest.mark.parametrize("text", ["Greta Canaria", "canaria, greta", " GRETA  CANARIA "])
def test_the_whole_name_finds_the_chart_and_tells_nothing_else(clinic, rows, sign_in, text):
    page = sign_in(clinic.desk).post("/patients/search/", {"text": text}).content.decode()
    assert "Canaria, Greta" in page
    assert "Restricted chart" in page
    (found,) = Caller(clinic.desk).post("/patients/search", {"text": text}).json()["results"]
    assert (found["is_restricted"], found["birth_date"]) == (True, None)
    for told in (page, str(found)):
        assert rows["patient"].email not in told
        assert "1980" not in told
        assert str(rows["patient"].pk) not in told
    assert clinic.site.name not in re.search(r"<tbody.*?</tbody>", page, re.S)[0]
    assert str(clinic.site.pk) not in str(found)


def test_a_chart_that_was_found_opens_by_its_handle(clinic, rows, sign_in):
    browser, form = sign_in(clinic.desk), reverse("clinic:open_chart")
    page = browser.post("/patients/search/", {"text": "greta canaria"}).content.decode()
    asks = browser.post(form, {"handle": handle_in(page)})
    assert asks.status_code == 200
    assert "at least 20" not in asks.content.decode().partition("<form")[0]
    said = {"handle": handle_in(asks.content.decode()), "reason": REASON, "next": ""}
    answer = browser.post(form, said)
    assert answer["Location"] == reverse("clinic:patient", args=[rows["patient"].pk])
    assert browser.get(answer["Location"]).status_code == 200


def test_each_find_is_on_record(clinic, rows, sign_in):
    sign_in(clinic.desk).post("/patients/search/", {"text": "greta canaria"}, headers=HTMX)
    Caller(clinic.nurse).post("/patients/search", {"text": "greta canaria"})
    sign_in(clinic.desk).post("/patients/search/", {"text": "greta canaria"}, headers=HTMX)
    found = ChartOpening.objects.filter(patient=rows["patient"]).order_by("number")
    assert [(one.membership, one.route) for one in found] == [
        (clinic.desk, "clinic:patient_search"),
        (clinic.nurse, "api:patient_search"),
        (clinic.desk, "clinic:patient_search"),
    ]


def test_a_find_stands_for_no_opening(clinic, rows, sign_in):
    browser = sign_in(clinic.desk)
    browser.post("/patients/search/", {"text": "greta canaria"}, headers=HTMX)
    opened(clinic, rows)
    browser.get(reverse("courses:of_patient", args=[rows["patient"].pk]), headers=HTMX)
    assert ChartOpening.objects.filter(break_glass__isnull=False).count() == 1


def test_a_day_and_a_shut_visit_do_not_say_whose_it_is(clinic, rows, sign_in):
    desk, browser = Caller(clinic.desk), sign_in(clinic.desk)
    day = desk.get("/visits", site=clinic.site.pk, day="2026-01-05")
    (line,) = day.json()["results"]
    assert (line["patient"], line["course"], line["seq"]) == (None, None, None)
    assert (line["label"], line["kind"]) == ("", "")
    visit, course = rows["visit"].pk, rows["course"].pk
    told = [
        day,
        browser.get("/board/"),
        desk.get(f"/visits/{visit}"),
        browser.get(reverse("scheduling:visit", args=[visit])),
        browser.post(reverse("treatment_sessions:step", args=[visit]), {"to": "ARRIVED"}),
    ]
    for answer in told:
        assert str(rows["patient"].pk) not in answer.content.decode()
        assert str(course) not in answer.content.decode()
    assert not BreakGlass.objects.exists()


def test_two_handles_of_one_chart_are_not_alike(clinic, rows):
    first, second = (handle_for(clinic.desk, rows["patient"]) for _ in range(2))
    assert first.rpartition(":")[0] != second.rpartition(":")[0]
    assert patient_behind(clinic.desk, first) == rows["patient"].pk


@pytest.mark.parametrize("after", [LIFE + timedelta(seconds=1), timedelta(0)])
def test_a_handle_is_good_for_its_member_and_for_a_while(clinic, rows, monkeypatch, after):
    handle, then = handle_for(clinic.desk, rows["patient"]), time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: then + after.total_seconds())
    with pytest.raises(HandleSpent):
        patient_behind(clinic.desk if after else clinic.nurse, handle)
    with pytest.raises(HandleSpent):
        patient_behind(clinic.desk, handle[:-1] + ("a" if handle[-1] != "a" else "b"))


def test_whoever_opened_it_finds_it_as_any_other(clinic, rows):
    opened(clinic, rows)
    ids = charts.open_patient_ids(clinic.desk, now=NOW)
    found = find_patients(member=clinic.desk, text="cana", open_ids=ids)
    assert list(found) == [rows["patient"]]


def test_a_manager_restricts_and_lifts_for_a_reason(clinic, manager, sign_in):
    patient = make_patient(clinic.site)
    form, browser = reverse("clinic:restriction", args=[patient.pk]), sign_in(manager)
    assert browser.post(form, {"to": "restricted", "reason": "short"}).status_code == 422
    why = "A colleague's sister is treated here."
    assert browser.post(form, {"to": "restricted", "reason": why}).status_code == 302
    patient.refresh_from_db()
    assert patient.is_restricted
    again = browser.post(form, {"to": "restricted", "reason": why})
    assert "already restricted" in again.content.decode()
    assert browser.post(form, {"to": "open", "reason": why}).status_code == 302
    kept = ChartRestriction.objects.order_by("pk")
    assert [(one.is_restricted, one.by) for one in kept] == [(True, manager), (False, manager)]


def test_restricting_twice_is_refused(clinic, rows, manager):
    values = {"patient": rows["patient"], "by": manager, "reason": REASON, "now": NOW}
    with pytest.raises(RestrictionUnchanged):
        restrict_chart(is_restricted=True, **values)


def test_the_managers_page_says_who_opened_which_and_why(clinic, rows, manager, sign_in):
    opened(clinic, rows)
    page = sign_in(manager).get("/restricted/").content.decode()
    assert clinic.desk.name in page
    assert "Greta Canaria" in page
    assert REASON in page
    assert "open until" in page


def test_a_manager_of_another_site_is_not_concerned(clinic, other_clinic, rows, sign_in):
    stranger = make_member(other_clinic.site, Role.MANAGER)
    opened(clinic, rows)
    assert "Greta" not in sign_in(stranger).get("/restricted/").content.decode()


def test_the_page_goes_on_to_earlier_openings(clinic, rows, manager, sign_in):
    own = {"organization": clinic.organization, "patient": rows["patient"], "reason": REASON}
    BreakGlass.objects.bulk_create(
        BreakGlass(
            membership=clinic.desk,
            opened_at=NOW - timedelta(days=n),
            expires_at=NOW - timedelta(days=n - 1),
            **own,
        )
        for n in range(1, 53)
    )
    browser = sign_in(manager)
    first = browser.get("/restricted/")
    assert len(first.context["openings"]) == 50
    second = browser.get("/restricted/", {"before": first.context["before"].isoformat()})
    assert len(second.context["openings"]) == 2


def test_managers_are_told_by_an_email_without_names(clinic, rows, manager):
    opening = opened(clinic, rows)
    assert [notice.to for notice in GlassNotice.objects.all()] == [manager]
    assert send_notices(organization_id=clinic.organization.pk, now=NOW) == 1
    (letter,) = mail.outbox
    assert letter.to == [manager.user.email]
    assert f"/restricted/#{opening.pk}" in letter.body
    said = f"{letter.subject} {letter.body}"
    for name in ("Greta", "Canaria", clinic.desk.name, str(rows["patient"].pk), REASON):
        assert name not in said


def test_each_is_told_once(clinic, rows, manager):
    opened(clinic, rows)
    assert send_waiting(now=NOW) == 1
    assert send_waiting(now=NOW + timedelta(hours=1)) == 0
    assert len(mail.outbox) == 1


def test_what_a_dead_mail_server_did_not_take_is_sent_later(clinic, rows, manager, settings):
    opened(clinic, rows)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.rights.dead_mail.Dead"
    assert send_waiting(now=NOW) == 0
    settings.EMAIL_BACKEND = working
    assert send_waiting(now=NOW + timedelta(minutes=1)) == 0
    assert send_waiting(now=NOW + timedelta(minutes=6)) == 1


def test_opening_queues_the_notice_with_ids_alone(
    clinic, rows, manager, sign_in, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr("clinic.tasks.tell_of_opening.delay", lambda *ids: sent.append(ids))
    with django_capture_on_commit_callbacks(execute=True):
        opened(clinic, rows)
    assert sent == [(str(clinic.organization.pk),)]


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


def test_without_a_manager_of_the_site_those_of_the_others_are_told(clinic, other_clinic, rows):
    there = make_member(make_site(clinic.organization), Role.MANAGER)
    make_member(other_clinic.site, Role.MANAGER)
    opened(clinic, rows)
    assert [notice.to for notice in GlassNotice.objects.all()] == [there]


def test_with_one_the_others_are_not(clinic, rows, manager):
    make_member(make_site(clinic.organization), Role.MANAGER)
    opened(clinic, rows)
    assert [notice.to for notice in GlassNotice.objects.all()] == [manager]
