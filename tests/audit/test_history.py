"""The history in words: who saw and who changed what, with before and after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.audit.context import answering, because
from clinic.audit.history import Wanted, configuration_history, patient_history
from clinic.audit.reading import Change, Line, acts_of, lines_of
from clinic.audit.registry import audit_trigger
from clinic.audit.words import NOTHING, Names, value_in_words
from clinic.models import Membership, Patient, Room
from clinic.services import Contact, Window, update_patient
from scheduling.services import cancel_visit
from tests import factories
from tests.audit.conftest import Story
from tests.factories import NOW, Clinic

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
ALL = Wanted(zone=NEW_YORK)


def read(patient: Patient, wanted: Wanted = ALL, *, clinical: bool = True) -> list[Line]:
    page = patient_history(patient, wanted)
    return lines_of(page.rows, zone=NEW_YORK, clinical=clinical)


def test_it_tells_who_saw_and_who_changed_what(story: Story) -> None:
    by_people = [line for line in read(story.patient) if line.doer.is_person]
    (changed,) = [line for line in by_people if line.action != "seen"]
    seen = by_people[-1]
    assert (changed.action, changed.record, changed.title) == ("update", "Patient", "Ada Lovelace")
    assert changed.doer.name == story.clinic.desk.name
    assert changed.doer.way == "Page: patient edit"
    assert set(changed.changes) == {
        Change("Phone", NOTHING, "+1 212 555 0199"),
        Change("Language", "English", "Español"),
    }
    assert (seen.action, seen.record) == ("seen", "Chart")
    assert (seen.doer.name, seen.doer.way) == (story.clinic.nurse.name, "Page: patient")


def test_it_tells_of_every_table_that_concerns_the_patient(clinic: Clinic) -> None:
    patient = factories.make_patient(clinic.site)
    course = factories.make_course(patient, clinic.version, clinic.desk)
    visit = factories.make_visit(course, clinic.chair, NOW + timedelta(days=3), nurse=clinic.nurse)
    cancel_visit(visit=visit, by=clinic.desk, reason="Away", now=NOW)
    told = {(line.record, line.action) for line in read(patient)}
    assert told >= {
        ("Patient", "insert"),
        ("Course", "insert"),
        ("Visit", "insert"),
        ("Visit", "update"),
        ("Place in the book", "delete"),
        ("Staff in the book", "delete"),
        ("Event of the course", "insert"),
    }
    lines = {(line.record, line.action): line for line in read(patient)}
    assert Change("Status", "Planned", "Cancelled") in lines["Visit", "update"].changes
    place = lines["Place in the book", "delete"]
    assert Change("Room", clinic.chair.name, NOTHING) in place.changes


def test_what_a_form_sends_unchanged_is_no_change(clinic: Clinic) -> None:
    patient = factories.make_patient(clinic.site)
    same: dict[str, Any] = {
        "windows": [Window(weekday=1, starts=time(9), ends=time(12))],
        "contacts": [Contact(relationship="ESCORT", name="Sam", phone="", email="")],
        "site": patient.site,
    }
    update_patient(patient=patient, by=clinic.desk, **same)
    known = [line.number for line in read(patient)]
    update_patient(patient=patient, by=clinic.desk, **same)
    assert [line.number for line in read(patient)] == known
    update_patient(patient=patient, by=clinic.desk, **{**same, "contacts": []})
    (gone,) = [line for line in read(patient) if line.number not in known]
    assert (gone.record, gone.action) == ("Contact", "delete")


VALUES = [
    ("clinic.Patient", "email_reminders", False, "No"),
    ("clinic.Patient", "birth_date", "1980-02-29", "Fri 29 Feb 1980"),
    ("clinic.Patient", "email", "", NOTHING),
    ("clinic.PatientWindow", "weekday", 2, "Wednesday"),
    ("clinic.PatientWindow", "starts", "09:30:00", "09:30"),
    ("clinic.Room", "kinds", ["infusion", "iv"], "infusion, iv"),
    ("treatment_sessions.Session", "starts_at", "2026-03-09T14:15:00+00:00",
     "Mon 9 Mar 2026, 10:15 EDT"),
    ("scheduling.Reservation", "room_during",
     '["2026-01-05 14:00:00+00","2026-01-05 16:00:00+00")',
     "Mon 5 Jan 2026, 09:00 EST to Mon 5 Jan 2026, 11:00 EST"),
    ("scheduling.Reservation", "guard", "[2026-01-05,2026-01-07)",
     "Mon 5 Jan 2026 to Wed 7 Jan 2026"),
    ("scheduling.Proposal", "cost", {"total": 3}, '{"total": 3}'),
    ("clinic.Patient", "a_column_that_is_gone", True, "Yes"),
    ("clinic.AModelThatIsGone", "name", "x", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "column", "value", "words"), VALUES)
def test_values_are_in_words(label: str, column: str, value: object, words: str) -> None:
    assert value_in_words(label, column, value, Names(), NEW_YORK) == words


def test_lines_of_one_request_are_one_act(story: Story) -> None:
    acts = acts_of(read(story.patient))
    changed = next(act for act in acts if act.doer.is_person and not act.is_seen)
    assert changed.summary == [("update", "Patient", 1)]
    assert {line.act for line in changed.lines} == {changed.lines[0].act}


def test_what_was_done_past_the_application_appears_as_such(clinic: Clinic) -> None:
    patient = factories.make_patient(clinic.site)
    (line,) = read(patient)
    assert line.doer.name == "Outside the application"
    assert line.doer.way == f"Database role {connection.settings_dict['USER']}"
    assert not line.doer.is_person


def test_a_part_can_be_chosen(story: Story) -> None:
    desk, nurse = story.clinic.desk, story.clinic.nurse

    def chosen(**part: object) -> set[tuple[str, str]]:
        wanted = Wanted(zone=NEW_YORK, **part)  # type: ignore[arg-type]
        return {(line.doer.name, line.action) for line in read(story.patient, wanted)}

    outside = ("Outside the application", "insert")
    everything = {
        outside, (nurse.name, "seen"), (desk.name, "seen"), (desk.name, "update")
    }  # fmt: skip
    assert chosen() == everything
    assert chosen(kind="seen") == {(nurse.name, "seen"), (desk.name, "seen")}
    assert chosen(kind="changed") == {outside, (desk.name, "update")}
    assert chosen(by=str(nurse.pk)) == {(nurse.name, "seen")}
    assert chosen(by="outside") == {outside}
    assert chosen(by="task") == set()
    assert chosen(record="clinic.Patient") == {outside, (desk.name, "update")}
    today = timezone.now().astimezone(NEW_YORK).date()
    assert chosen(since=today, until=today) == everything
    assert chosen(until=today - timedelta(days=1)) == set()
    assert chosen(since=today + timedelta(days=1)) == set()


def test_days_are_those_of_the_sites_calendar() -> None:
    wanted = Wanted(zone=NEW_YORK, since=date(2026, 3, 8), until=date(2026, 3, 8))
    assert wanted.begins
    assert wanted.ends
    # The clocks go forward on that day.
    assert (wanted.ends - wanted.begins.astimezone(ZoneInfo("UTC"))) == timedelta(hours=23)


def test_pages_follow_each_other_without_a_gap(story: Story) -> None:
    for number in range(7):
        Patient.objects.filter(pk=story.patient.pk).update(phone=str(number))
    whole = [line.number for line in read(story.patient)]
    found: list[int] = []
    before = None
    while True:
        page = patient_history(story.patient, ALL, before=before, size=3)
        found += [line.number for line in lines_of(page.rows, zone=NEW_YORK, clinical=True)]
        before = page.before
        if before is None:
            break
    assert found == whole
    assert len(whole) > 7


def test_the_configuration_has_a_history_of_its_own(clinic: Clinic, other_clinic: Clinic) -> None:
    factories.make_patient(clinic.site)
    clinic.desk.user.email = "other@example.com"
    clinic.desk.user.save()
    Room.objects.filter(pk=clinic.chair.pk).update(name="Bay 7")
    Room.objects.filter(pk=other_clinic.chair.pk).update(name="Elsewhere")
    page = configuration_history(clinic.organization.pk, ALL, size=200)
    lines = lines_of(page.rows, zone=NEW_YORK, clinical=False)
    assert (lines[0].record, lines[0].changes[0].after) == ("Room", "Bay 7")
    told = {line.record for line in lines}
    assert told >= {"Organization", "Site", "Room", "Staff member", "Role", "Shift", "Account"}
    assert "Patient" not in told
    assert "Elsewhere" not in str(lines)


def test_clinical_values_are_for_those_who_may_see_them(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trigger(Patient), "is_clinical", True)
    hidden = [line for line in read(story.patient, clinical=False) if line.record == "Patient"]
    assert hidden
    assert all(line.is_withheld and not line.changes and not line.title for line in hidden)
    assert all(line.changes for line in read(story.patient) if line.record == "Patient")


def test_the_reason_of_a_clinical_change_is_clinical_too(
    story: Story, monkeypatch: pytest.MonkeyPatch, rf: RequestFactory
) -> None:
    monkeypatch.setattr(audit_trigger(Patient), "is_clinical", True)
    with answering(rf.post("/")), transaction.atomic():
        because("She is worse again")
        Patient.objects.filter(pk=story.patient.pk).update(phone="1")
    assert read(story.patient)[0].doer.reason == "She is worse again"
    assert read(story.patient, clinical=False)[0].doer.reason == ""


@contextmanager
def queries() -> Iterator[list[str]]:
    found: list[str] = []
    with CaptureQueriesContext(connection) as caught:
        yield found
    found += [query["sql"] for query in caught.captured_queries]


def test_the_number_of_queries_does_not_grow(
    clinic: Clinic, sign_in: Callable[[Membership], object]
) -> None:
    patient = factories.make_patient(clinic.site)
    counts = []
    for doses in (1, 6):
        course = factories.make_course(patient, clinic.version, clinic.desk)
        for number in range(doses):
            start = NOW + timedelta(days=30 * len(counts) + 3 * number)
            factories.make_visit(course, clinic.chair, start, nurse=clinic.nurse, seq=number + 1)
        with queries() as asked:
            read(patient)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] < 15
