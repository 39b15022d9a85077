"""The pages, the file and the call: for whom, with what, and safe to open."""

import csv
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.api.tokens import issue_token
from clinic.audit.exporting import COLUMNS, safe_cell
from clinic.models import AuditEvent, ChartOpening, Membership, Patient, Room
from tests.audit.conftest import Story
from tests.factories import Clinic

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]


def page(patient: Patient) -> str:
    return reverse("audit:history", args=[patient.pk])


def file(patient: Patient) -> str:
    return reverse("audit:history_file", args=[patient.pk])


def content(answer: HttpResponse) -> str:
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return whole.decode()


def test_the_page_shows_before_and_after(
    story: Story, auditor: Membership, sign_in: SignIn
) -> None:
    text = content(sign_in(auditor).get(page(story.patient)))
    for words in ("opened the chart", "English", "Español", "+1 212 555 0199",
                  story.clinic.nurse.name, "Outside the application"):  # fmt: skip
        assert words in text


def test_to_read_a_history_is_to_open_the_chart(
    story: Story, auditor: Membership, sign_in: SignIn
) -> None:
    sign_in(auditor).get(page(story.patient))
    assert ChartOpening.objects.filter(membership=auditor, route="audit:history").count() == 1


@pytest.mark.parametrize("name", ["audit:history", "audit:history_file"])
def test_only_who_may_see_the_audit_gets_in(
    name: str, story: Story, other_clinic: Clinic, auditor: Membership, sign_in: SignIn
) -> None:
    place = reverse(name, args=[story.patient.pk])
    assert Client().get(place).status_code == 302
    assert sign_in(story.clinic.desk).get(place).status_code == 403
    assert sign_in(auditor).get(place).status_code == 200
    assert sign_in(auditor).post(place).status_code == 405
    assert sign_in(other_clinic.desk).get(place).status_code in (403, 404)


def test_what_is_chosen_is_shown(story: Story, auditor: Membership, sign_in: SignIn) -> None:
    browser = sign_in(auditor)
    seen = content(browser.get(page(story.patient), {"kind": "seen"}))
    assert "opened the chart" in seen
    assert "Español" not in seen
    nobody = content(browser.get(page(story.patient), {"by": "command"}))
    assert "Nothing fits" in nobody


@pytest.mark.parametrize(
    "query",
    [{"kind": "odd"}, {"by": "x'"}, {"since": "tomorrow"}, {"before": "x"}, {"before": "9" * 40},
     {"since": "2026-02-02", "until": "2026-02-01"}],
)  # fmt: skip
def test_an_odd_choice_is_left_out(
    query: dict[str, str], story: Story, auditor: Membership, sign_in: SignIn
) -> None:
    answer = sign_in(auditor).get(page(story.patient), query)
    assert answer.status_code == 200
    assert "opened the chart" in content(answer)


def test_earlier_ones_follow(story: Story, auditor: Membership, sign_in: SignIn) -> None:
    for number in range(60):
        Patient.objects.filter(pk=story.patient.pk).update(phone=str(number))
    browser = sign_in(auditor)
    first = browser.get(page(story.patient), {"kind": "changed"})
    query = first.context["older_query"]
    assert "kind=changed" in query
    assert "Español" not in content(first)
    assert "Español" in content(browser.get(f"{page(story.patient)}?{query}"))


def test_the_file_has_a_row_for_each_field(
    story: Story, auditor: Membership, sign_in: SignIn
) -> None:
    answer = sign_in(auditor).get(file(story.patient))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "Ada" not in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(content(answer).removeprefix("\ufeff"))))
    assert tuple(rows[0]) == COLUMNS
    changed = {row["Field"]: row for row in rows if row["Action"] == "update"}
    assert changed["Language"]["Before"] == "English"
    assert changed["Language"]["After"] == "Español"
    assert changed["Phone"]["After"] == "'+1 212 555 0199"
    assert any(row["Action"] == "seen" for row in rows)


def test_the_file_goes_on_past_one_page(story: Story, auditor: Membership, sign_in: SignIn) -> None:
    for number in range(520):
        Patient.objects.filter(pk=story.patient.pk).update(phone=str(number))
    text = content(sign_in(auditor).get(file(story.patient), {"record": "clinic.Patient"}))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len([row for row in rows if row["Field"] == "Phone"]) == 521


def test_taking_the_file_is_on_record(story: Story, auditor: Membership, sign_in: SignIn) -> None:
    sign_in(auditor).get(file(story.patient))
    noted = ChartOpening.objects.filter(membership=auditor).values_list("via", flat=True)
    assert set(noted) == {"page", "export"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "  =1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ada", "1 - 2", "a=b", "—"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


def test_the_history_of_the_organization(
    clinic: Clinic, auditor: Membership, sign_in: SignIn
) -> None:
    Room.objects.filter(pk=clinic.chair.pk).update(name="Bay 7")
    place = reverse("audit:configuration")
    text = content(sign_in(auditor).get(place, {"record": "clinic.Room"}))
    assert "Bay 7" in text
    assert clinic.chair.name in text
    assert sign_in(clinic.desk).get(place).status_code == 403


def test_the_number_of_queries_does_not_grow(
    story: Story, auditor: Membership, sign_in: SignIn
) -> None:
    browser = sign_in(auditor)
    counts = []
    for more in (1, 20):
        for number in range(more):
            Patient.objects.filter(pk=story.patient.pk).update(phone=f"{more} {number}")
        with CaptureQueriesContext(connection) as caught:
            browser.get(page(story.patient))
        counts.append(len(caught.captured_queries))
    assert counts[0] == counts[1]


def test_links_lead_there_for_those_who_may(
    story: Story, auditor: Membership, sign_in: SignIn
) -> None:
    chart = reverse("clinic:patient", args=[story.patient.pk])
    text = content(sign_in(auditor).get(chart))
    assert page(story.patient) in text
    assert reverse("audit:configuration") in text
    assert page(story.patient) not in content(sign_in(story.clinic.desk).get(chart))


def caller(member: Membership) -> Client:
    _, text = issue_token(member=member, name="Audit")
    return Client(headers={"Authorization": f"Bearer {text}"})


def test_the_call_tells_the_same(story: Story, auditor: Membership) -> None:
    program, place = caller(auditor), f"/api/v1/patients/{story.patient.pk}/history"
    answer = program.get(place, {"kind": "changed", "page_size": 1})
    assert answer.status_code == 200, answer.content
    (line,) = answer.json()["results"]
    assert line["doer"]["name"] == story.clinic.desk.name
    assert {"name": "Language", "before": "English", "after": "Español"} in line["changes"]
    older = program.get(answer.json()["next"]).json()
    assert older["results"][0]["action"] == "insert"
    assert older["next"] is None


def test_the_call_is_for_those_who_may(
    story: Story, other_clinic: Clinic, auditor: Membership
) -> None:
    place = f"/api/v1/patients/{story.patient.pk}/history"
    assert Client().get(place).status_code == 401
    assert caller(story.clinic.desk).get(place).status_code == 403
    assert caller(other_clinic.desk).get(place).status_code == 403
    assert caller(auditor).get(place, {"before": "x"}).status_code == 400
    assert caller(auditor).get(place, {"kind": "odd"}).status_code == 400
    assert not AuditEvent.objects.filter(model="clinic.ChartOpening").exists()
