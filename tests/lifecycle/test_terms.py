"""What a course is for, said when it starts or later, on pages and through the API."""

import pytest
from django.urls import reverse

from courses.models import Course
from tests.api.conftest import Caller
from tests.factories import make_patient, make_version
from tests.lifecycle.lives import definition_with_rules

pytestmark = pytest.mark.django_db
DEPRESSION = "Depression that resists treatment"


@pytest.fixture
def version(clinic):
    """A protocol for two indications."""
    content = definition_with_rules(indications=["IN_TRD", "IN_PTSD"])
    return make_version(clinic.organization, content)


def said(patient, version, **more):
    return {
        "patient": str(patient.pk),
        "protocol_version": str(version.pk),
        "earliest_on": "2026-01-06",
        "latest_first_on": "2026-01-16",
        **more,
    }


class TestApi:
    def test_a_course_starts_with_its_terms(self, clinic, version):
        terms = {
            "indication": "IN_PTSD",
            "goal": "PCL-5 below 33",
            "planned_end_on": "2026-02-20",
            "review_on": "2026-02-01",
            "lead_prescriber": str(clinic.prescriber.pk),
        }
        body = said(make_patient(clinic.site), version, **terms)
        assert Caller(clinic.desk).post("/courses", body).status_code == 202
        course = Course.objects.get()
        state = Caller(clinic.prescriber).get(f"/courses/{course.pk}/state").json()
        assert {name: state[name] for name in terms} == terms

    def test_none_of_them_is_needed(self, clinic, version):
        body = said(make_patient(clinic.site), version)
        assert Caller(clinic.desk).post("/courses", body).status_code == 202
        assert Course.objects.get().indication == ""

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("indication", "IN_OCD"),
            ("indication", "depression"),
            ("goal", "x" * 241),
            ("planned_end_on", "2025-12-01"),
            ("review_on", "soon"),
            ("lead_prescriber", "nurse"),
        ],
    )
    def test_what_does_not_fit_is_named(self, clinic, version, member, value):
        value = str(clinic.nurse.pk) if value == "nurse" else value
        body = said(make_patient(clinic.site), version, **{member: value})
        answer = Caller(clinic.desk).post("/courses", body)
        assert answer.status_code == 400
        assert member in answer.content.decode()
        assert not Course.objects.exists()


class TestPages:
    @pytest.fixture
    def page(self, clinic, version):
        return reverse("scheduling:course_new", args=[make_patient(clinic.site).pk])

    def start(self, clinic, version, **more):
        return {
            "protocol_version": version.pk,
            "site": clinic.site.pk,
            "earliest_on": "2026-01-06",
            "latest_first_on": "2026-01-16",
            **more,
        }

    def test_the_indication_is_asked_in_words(self, clinic, version, page, sign_in):
        desk = sign_in(clinic.desk)
        assert DEPRESSION in desk.get(page).content.decode()
        answer = desk.post(page, self.start(clinic, version, indication="IN_TRD"))
        assert answer.status_code == 302
        assert Course.objects.get().indication == "IN_TRD"

    def test_one_that_the_protocol_is_not_for_is_refused(self, clinic, version, page, sign_in):
        answer = sign_in(clinic.desk).post(
            page, self.start(clinic, version, indication="IN_OCD", goal="Fewer rituals")
        )
        assert answer.status_code == 422
        html = answer.content.decode()
        assert "The protocol is not for this indication." in html
        assert "Fewer rituals" in html
        assert not Course.objects.exists()

    def test_the_terms_are_in_words_too(self, clinic, course, prescriber):
        html = prescriber.get(reverse("scheduling:course_terms", args=[course.pk])).content.decode()
        assert f'<option value="IN_TRD">{DEPRESSION}</option>' in html
