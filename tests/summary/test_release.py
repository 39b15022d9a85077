"""Giving the summary out: by whom, under which consent, and that it is on record."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.consents.services import (
    Scope,
    Signature,
    install_texts,
    record_consent,
    withdraw_consent,
)
from clinic.models import ChartOpening, ConsentKind, ConsentRecord, ConsentText
from tests.caseload.following import followed, reviewed_version
from tests.factories import NOW
from tests.pages.conftest import clock, desk, queries_of, stranger

pytestmark = pytest.mark.django_db
__all__ = ["clock", "desk", "stranger"]

DOCTOR = "Dr. Robin Hale"


@pytest.fixture
def course(clinic):
    install_texts(organization=clinic.organization, now=NOW - timedelta(days=400))
    return followed(clinic, 12, 9, name="Ada Alder", version=reviewed_version(clinic))


@pytest.fixture
def prescriber(clinic, sign_in):
    return sign_in(clinic.prescriber)


def agree(clinic, course, recipient=DOCTOR, kind=ConsentKind.RELEASE, at=NOW) -> ConsentRecord:
    text = ConsentText.objects.get(kind=kind, language="en", organization=clinic.organization)
    return record_consent(
        patient=course.patient, text=text, signature=Signature(at - timedelta(hours=1), "PAPER"),
        scope=Scope(recipient=recipient), by=clinic.desk, now=at,
    )  # fmt: skip


def page(course):
    return reverse("courses:summary", args=[course.pk])


def paper(course, consent):
    return reverse("courses:summary_paper", args=[course.pk, consent.pk])


def by_api(course, consent):
    return reverse("api:course_summary", args=[course.pk, consent.pk])


def test_without_a_consent_the_page_says_why_there_is_none(course, prescriber):
    html = prescriber.get(page(course)).content.decode()
    assert "No consent covers a release" in html
    assert "Record a consent to release" in html


def test_under_a_consent_the_paper_goes_to_its_recipient(clinic, course, prescriber):
    consent = agree(clinic, course)
    assert DOCTOR in prescriber.get(page(course)).content.decode()
    answer = prescriber.get(paper(course, consent))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="course-summary.pdf"'
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF-")
    assert prescriber.get(by_api(course, consent)).content == answer.content


def test_taking_it_out_is_noted_as_an_opening(clinic, course, prescriber):
    consent = agree(clinic, course)
    prescriber.get(paper(course, consent))
    opening = ChartOpening.objects.filter(patient=course.patient).latest("opened_at")
    assert opening.membership == clinic.prescriber
    assert "summary" in opening.route


def withdrawn(clinic, course):
    consent = agree(clinic, course)
    (record,) = withdraw_consent(record=consent, by=clinic.desk, now=NOW, reason="No longer")
    return record


def run_out(clinic, course):
    return agree(clinic, course, at=NOW - timedelta(days=399))


def about_something_else(clinic, course):
    return agree(clinic, course, kind=ConsentKind.ESCORT_CONTACT)


@pytest.mark.parametrize("signed", [withdrawn, run_out, about_something_else])
def test_what_no_consent_covers_stays_here(clinic, course, prescriber, signed):
    consent = signed(clinic, course)
    answer = prescriber.get(paper(course, consent), follow=True)
    assert "No consent that holds today covers" in answer.content.decode()
    refused = prescriber.get(by_api(course, consent))
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("release-not-covered")


def test_a_consent_of_somebody_else_covers_nothing(clinic, course, prescriber):
    other = followed(clinic, name="Ben Birch", version=course.protocol_version)
    consent = agree(clinic, other)
    assert prescriber.get(by_api(course, consent)).status_code == 409


def test_who_may_not_see_scores_gets_no_summary(clinic, course, desk, stranger, client):
    consent = agree(clinic, course)
    for address in (page(course), paper(course, consent), by_api(course, consent)):
        assert desk.get(address).status_code == 403
        assert stranger.get(address).status_code in (403, 404)
        assert client.get(address).status_code in (302, 401)
    assert "Summary for the referring" not in desk.get(
        reverse("courses:course", args=[course.pk])
    ).content.decode()  # fmt: skip


def test_the_page_costs_the_same_however_much_was_signed(clinic, course, prescriber):
    counts = set()
    prescriber.get(page(course))
    for number in range(20):
        agree(clinic, course, recipient=f"Dr. No {number}")
        if number in (0, 19):
            counts.add(queries_of(prescriber, page(course)))
    assert len(counts) == 1, counts
