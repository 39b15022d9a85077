"""A course with its line of visits."""

import pytest
from django.urls import reverse

from courses.services import record_event
from scheduling.models import Proposal
from scheduling.services import cancel_visit
from tests.factories import (
    NOW,
    make_course,
    make_patient,
    make_room,
    make_version,
    make_visit,
    small_definition,
)
from tests.pages.conftest import proposed, queries_of
from tests.scheduling.test_proposing import accepted

pytestmark = pytest.mark.django_db


def page(course):
    return reverse("courses:course", args=[course.pk])


def timeline(course):
    return reverse("scheduling:timeline", args=[course.pk])


def test_the_page_names_who_what_and_where_it_stands(clinic, desk, course):
    html = desk.get(page(course)).content.decode()
    for words in ("Ada Lovelace", clinic.version.protocol.name, "version 1", "Active"):
        assert words in html
    assert f'hx-get="{timeline(course)}"' in html
    assert "Visits booked" in html


def test_every_visit_is_on_the_line_with_its_state(desk, course):
    html = desk.get(timeline(course)).content.decode()
    for visit in course.visits.all():
        assert reverse("scheduling:visit", args=[visit.pk]) in html
    assert html.count('data-state="PLANNED"') >= course.visits.count()
    assert "Next:" in html
    assert "<html" not in html


def test_a_missing_visit_can_be_planned(clinic, desk, course):
    dose = course.visits.get(kind="dosing", seq=2)
    cancel_visit(visit=dose, by=clinic.desk, reason="Ill", now=NOW)
    html = desk.get(timeline(course)).content.decode()
    assert 'data-state="CANCELLED"' in html
    assert 'data-state="UNBOOKED"' in html
    assert "Plan 2 missing visits<" in html.replace("\n", "")


def test_what_was_written_at_cancelling_is_for_who_reads_clinical_words(clinic, sign_in, course):
    dose = course.visits.get(kind="dosing", seq=2)
    said = {"reason": "Panic in the chair", "code": "PATIENT_ILL"}
    cancel_visit(visit=dose, by=clinic.prescriber, now=NOW, **said)
    pages = (page(course), timeline(course), reverse("scheduling:visit", args=[dose.pk]))
    for who, is_told in ((clinic.desk, False), (clinic.prescriber, True)):
        browser = sign_in(who)
        for address in pages:
            html = browser.get(address).content.decode()
            assert ("Panic in the chair" in html) is is_told
            assert is_told or "Patient unwell" in html


def test_an_open_proposal_is_one_click_away(clinic, desk):
    waiting = proposed(clinic)
    html = desk.get(timeline(waiting.course)).content.decode()
    assert reverse("scheduling:proposal", args=[waiting.pk]) in html
    assert "Look at the proposal" in html


def test_the_number_of_queries_does_not_grow(clinic, desk):
    version = make_version(clinic.organization, small_definition(doses=20))
    course = make_course(
        make_patient(clinic.site), version, clinic.desk, status="ACTIVE", dose_count=20
    )
    counts = set()
    desk.get(page(course))
    for seq in range(1, 21):
        room = make_room(clinic.site, "consulting")
        starts_at = NOW.replace(day=seq)
        make_visit(course, room, starts_at, kind="integration", seq=seq, visit_type="integration")
        record_event(course=course, kind="SCHEDULED", by=clinic.desk, now=NOW)
        if seq in (1, 20):
            counts.add((queries_of(desk, page(course)), queries_of(desk, timeline(course))))
    assert len(counts) == 1, counts


def test_why_nothing_fits_is_one_click_away(clinic, desk):
    waiting = proposed(clinic)
    Proposal.objects.filter(pk=waiting.pk).update(status="IMPOSSIBLE")
    html = desk.get(timeline(waiting.course)).content.decode()
    assert "Why nothing fits" in html
    assert reverse("scheduling:proposal", args=[waiting.pk]) in html


class TestFurtherDoses:
    def extend(self, desk, course, doses):
        address = reverse("scheduling:course_extend", args=[course.pk])
        return desk.post(address, {"doses": doses}, follow=True)

    def test_a_course_that_is_planned_to_its_end_offers_none(self, desk, course):
        assert "Plan further doses" not in desk.get(timeline(course)).content.decode()
        assert "no more doses" in self.extend(desk, course, 1).content.decode()

    def test_an_open_ended_one_is_planned_further(self, clinic, desk):
        content = small_definition()
        weekly = {"min_days": 7, "target_days": 7, "max_days": 14}
        content["blocks"].append(
            {"name": "later", "label": "Later", "visit": "infusion", "entry_gap": weekly,
             "gaps": [weekly]}
        )  # fmt: skip
        clinic.version = make_version(clinic.organization, content)
        course = accepted(clinic)
        assert "Plan further doses" in desk.get(timeline(course)).content.decode()
        answer = self.extend(desk, course, 2)
        assert answer.redirect_chain[-1][0].startswith("/proposals/")
        assert Proposal.objects.filter(course=course, status="QUEUED").count() == 1

    def test_an_odd_number_changes_nothing(self, desk, course):
        for doses in ("", "0", "99", "many"):
            assert "Between one and four" in self.extend(desk, course, doses).content.decode()
