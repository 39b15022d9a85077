"""Pages and API of repairs: shown first, entered at once, accepted in part, refused with a fresh
one; names only for who may know them."""

import json
import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from clinic.api.tokens import issue_token
from clinic.models import Leave, Patient, Role, RoleAssignment
from scheduling.models import Repair
from scheduling.services import cancel_visit
from sessions.models import Session
from tests.factories import NOW, make_course, make_member, make_patient, make_room, make_site
from tests.repairs.clinics import MONDAY, at, book, mended, way

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SICK = {
    "act": "leave", "kind": "SICK", "from_on": MONDAY.date().isoformat(),
    "to_on": MONDAY.date().isoformat(),
}  # fmt: skip


JSON = {"content_type": "application/json"}


def manager(ward):
    """Somebody who keeps the roster and books."""
    return make_member(ward.site, Role.MANAGER, Role.FRONT_DESK)


def on_duty(member, site, role):
    own = {"organization_id": site.organization_id, "membership": member, "site": site}
    RoleAssignment.objects.create(role=role, **own)


def disrupt(browser, ward, step="look", **said):
    place = reverse("scheduling:disruption", args=[ward.site.pk])
    return browser.post(place, {**SICK, "member": ward.ill.pk, "step": step, **said})


def page(repair, name="repair"):
    return reverse(f"scheduling:{name}", args=[repair.pk])


def test_leave_is_shown_with_all_that_it_hits_before_it_is_entered(well_ward, sign_in):
    browser = sign_in(manager(well_ward))
    html = disrupt(browser, well_ward).content.decode()
    assert "6 visits of 6 courses" in html
    assert all(str(visit.patient) in html for visit in well_ward.hit)
    assert not Leave.objects.exists()
    assert disrupt(browser, well_ward, "save").status_code == 302
    assert Leave.objects.count() == 1
    assert not Repair.objects.exists()
    call = browser.get(reverse("scheduling:repair_call", args=[well_ward.site.pk]))
    assert "6 visits of 6 courses" in call.content.decode()


def test_of_a_site_at_which_the_reader_has_no_role_the_number_alone_is_told(well_ward, sign_in):
    clinic, other = well_ward.clinic, make_site(well_ward.clinic.organization)
    on_duty(well_ward.ill, other, Role.NURSE)
    patient = make_patient(other, family_name="Elsewhere")
    course = make_course(patient, clinic.version, clinic.desk)
    book(clinic, course, 1, at(14), make_room(other, "infusion"), well_ward.ill)
    html = disrupt(sign_in(manager(well_ward)), well_ward).content.decode()
    assert "7 visits of 7 courses" in html
    assert other.name in html
    assert "Elsewhere" not in html
    assert str(course.pk) not in html
    both = manager(well_ward)
    on_duty(both, other, Role.FRONT_DESK)
    assert "Elsewhere" in disrupt(sign_in(both), well_ward).content.decode()


def test_leave_that_cannot_be_entered_says_why(well_ward, sign_in):
    browser = sign_in(manager(well_ward))
    answer = disrupt(browser, well_ward, "mend", to_on="2026-01-11")
    assert answer.status_code == 422
    assert "later than the start" in answer.content.decode()
    assert not Repair.objects.exists()
    nobody = disrupt(browser, well_ward, member="")
    assert nobody.status_code == 422
    assert "Choose who is away." in nobody.content.decode()
    assert 'value="2026-01-12"' in nobody.content.decode()


def test_entering_it_starts_a_repair_that_is_accepted_in_part(
    well_ward, sign_in, django_assert_max_num_queries
):
    browser = sign_in(manager(well_ward))
    answer = disrupt(browser, well_ward, "mend")
    repair = Repair.objects.get()
    assert answer["Location"] == page(repair)
    assert 'hx-trigger="every 1s"' in browser.get(page(repair)).content.decode()
    repair = mended(well_ward)
    with django_assert_max_num_queries(20):
        html = browser.get(page(repair)).content.decode()
    assert "Proven: no repair leaves more visits at their time" in html
    parts = sorted(set(map(int, re.findall(r'name="part" value="(\d+)"', html))))
    said = {"way": way(repair).pk, "part": parts[:1]}
    assert browser.post(page(repair, "repair_accept"), {"way": said["way"]}).status_code == 422
    assert browser.post(page(repair, "repair_accept"), said).status_code == 302
    after = browser.get(page(repair)).content.decode()
    assert f'name="part" value="{parts[0]}"' not in after
    assert f'name="part" value="{parts[1]}"' in after


def test_what_changed_is_told_above_a_fresh_repair(ward, sign_in):
    repair = mended(ward)
    row = way(repair).visits.filter(new_starts_at__isnull=False).first()
    gone = Session.objects.get(pk=row.visit_id)
    cancel_visit(visit=gone, by=ward.clinic.desk, reason="", now=NOW)
    answer = sign_in(ward.clinic.desk).post(
        page(repair, "repair_accept"), {"way": way(repair).pk, "all": "1"}
    )
    assert answer.status_code == 409
    assert "is cancelled now" in answer.content.decode()
    fresh = Repair.objects.exclude(pk=repair.pk).get()
    assert fresh.status == Repair.Status.QUEUED
    assert page(fresh, "repair_progress") in answer.content.decode()


def test_of_a_restricted_chart_the_time_alone_is_told(ward, sign_in):
    hidden = ward.hit[0].patient
    Patient.objects.filter(pk=hidden.pk).update(is_restricted=True)
    repair = mended(ward)
    browser = sign_in(ward.clinic.desk)
    html = browser.get(page(repair)).content.decode()
    assert "Restricted chart" in html
    assert hidden.family_name not in html
    assert str(hidden.pk) not in html


def test_a_restricted_chart_is_called_by_its_visit_and_named_in_no_refusal(ward, sign_in):
    repair = mended(ward)
    row = next(row for row in way(repair).visits.select_related("visit") if row.is_moved)
    Patient.objects.filter(pk=row.visit.patient_id).update(is_restricted=True, email="")
    browser, place = sign_in(ward.clinic.desk), f"/api/v1/repairs/{repair.pk}/accept"
    said = {"data": {"way": str(way(repair).pk), "parts": [row.part]}, **JSON}
    with transaction.atomic():
        cancel_visit(visit=row.visit, by=ward.clinic.desk, reason="", now=NOW)
        refused = browser.post(place, **said, headers={"Idempotency-Key": "early"})
        transaction.set_rollback(True)
    assert refused.json()["changes"] == [
        {"visit": "Restricted chart", "change": "is cancelled now"}
    ]
    answer = browser.post(place, **said, headers={"Idempotency-Key": "once"})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["to_call"], answer.json()["to_call_visits"]) == ([], [str(row.visit_id)])
    assert str(row.visit.patient_id) not in answer.content.decode()


def test_a_token_that_may_book_alone_reads_no_names(ward):
    repair = mended(ward)
    _, text = issue_token(member=ward.clinic.desk, name="Desk", scopes=["BOOK"])
    caller = Client(headers={"Authorization": f"Bearer {text}"})
    hits = caller.get(f"/api/v1/sites/{ward.site.pk}/hit-visits").json()
    told = caller.get(f"/api/v1/repairs/{repair.pk}")
    rows = told.json()["ways"][0]["visits"]
    assert len(hits) == 6
    assert {(one["patient"], one["course"], one["kind"]) for one in hits + rows} == {
        ("Booked", None, "")
    }
    assert not any(visit.patient.family_name in told.content.decode() for visit in ward.hit)


def test_strangers_and_who_cannot_book_see_no_repair(ward, other_clinic, sign_in):
    repair = mended(ward)
    assert sign_in(other_clinic.desk).get(page(repair)).status_code == 404
    auditor = make_member(ward.site, Role.AUDITOR)
    assert sign_in(auditor).get(page(repair)).status_code == 403
    assert sign_in(ward.clinic.desk).get(page(repair, "repair_accept")).status_code == 405


def test_cancelling_ends_the_search_and_the_page_says_so(ward, sign_in):
    repair = mended(ward)
    Repair.objects.filter(pk=repair.pk).update(status="RUNNING", claimed_until=NOW)
    browser = sign_in(ward.clinic.desk)
    assert browser.post(page(repair, "repair_cancel")).status_code == 302
    html = browser.get(page(repair, "repair_progress")).content.decode()
    assert "This repair was cancelled" in html
    assert "every 1s" not in html


def test_the_api_tells_and_carries_out_the_same(ward, sign_in):
    browser = sign_in(ward.clinic.desk)
    place = f"/api/v1/sites/{ward.site.pk}"
    assert len(browser.get(f"{place}/hit-visits").json()) == 6
    repair = mended(ward)
    told = browser.get(f"/api/v1/repairs/{repair.pk}").json()
    first = told["ways"][0]
    assert (first["how"], first["is_proven"]) == ("FEWEST", True)
    answer = browser.post(
        f"/api/v1/repairs/{repair.pk}/accept", json.dumps({"way": first["id"]}),
        content_type="application/json", headers={"Idempotency-Key": "once"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert len(answer.json()["changed"]) == len(first["visits"])
    assert answer.json()["repair"]["repair"]["status"] == "ACCEPTED"
    day = (MONDAY + timedelta(days=1)).date().isoformat()
    again = browser.post(
        f"{place}/repairs", json.dumps({"first_on": day, "last_on": day}),
        content_type="application/json", headers={"Idempotency-Key": "twice"},
    )  # fmt: skip
    assert again.status_code == 202
