"""Likely duplicates are shown before saving, listed, told apart, linked and unlinked."""

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.charts import break_glass
from clinic.identity.selectors import STRETCH, link_of, suspected_pairs
from clinic.models import ChartLink, DistinctCharts, Patient, PatientSite, Role
from scheduling.services import link_persons
from tests.factories import NOW, make_course, make_member, make_patient, make_site, make_visit
from tests.pages.test_patient_form import NEW, sheet

pytestmark = pytest.mark.django_db
WHY = "The same passport was shown at both sites."
PAIRS = "/patients/duplicates/"


@pytest.fixture
def known(clinic):
    return make_patient(clinic.site, given_name="Adá", family_name="LOVELACE", email="")


@pytest.fixture
def desk(clinic, sign_in):
    return sign_in(clinic.desk)


@pytest.fixture
def nurse(clinic, sign_in):
    return sign_in(clinic.nurse)


def said(page):
    return " ".join(page.content.decode().split())


def at_link(patient):
    return reverse("scheduling:chart_link", args=[patient.pk])


class TestBeforeSaving:
    def test_8_45_a_likely_duplicate_is_shown_and_stops_nobody(self, clinic, desk, known):
        page = desk.post(NEW, sheet(clinic))
        assert page.status_code == 422
        assert "is this somebody you know already?" in said(page)
        assert reverse("clinic:patient", args=[known.pk]) in said(page)
        assert Patient.objects.count() == 1
        assert 'value="Lovelace"' in said(page)
        answer = desk.post(NEW, sheet(clinic, shown=str(known.pk)))
        saved = Patient.objects.exclude(pk=known.pk).get()
        assert answer["Location"] == reverse("clinic:patient", args=[saved.pk])
        assert not DistinctCharts.objects.exists()

    def test_8_45_nor_is_anything_asked_twice(self, clinic, desk, known):
        desk.post(NEW, sheet(clinic, shown=str(known.pk), apart="yes"))
        saved = Patient.objects.exclude(pk=known.pk).get()
        assert DistinctCharts.objects.filter(chart=known, other=saved).exists()
        edit = reverse("clinic:patient_edit", args=[saved.pk])
        assert desk.post(edit, sheet(clinic)).status_code == 302
        third = make_patient(clinic.site, email="ada@example.com", given_name="Eve")
        page = desk.post(edit, sheet(clinic))
        assert str(third.pk) in said(page)
        assert str(known.pk) not in said(page)

    def test_8_45_a_restricted_chart_is_shown_to_who_opened_it_alone(self, clinic, desk, known):
        Patient.objects.update(is_restricted=True)
        assert desk.post(NEW, sheet(clinic)).status_code == 302
        assert not DistinctCharts.objects.exists()
        break_glass(patient=known, by=clinic.desk, reason=WHY, now=timezone.now())
        page = desk.post(NEW, sheet(clinic, email=""))
        assert str(known.pk) in said(page)

    def test_8_45_a_chart_of_another_site_is_shown_to_its_people_alone(self, clinic, desk, known):
        elsewhere = make_site(clinic.organization)
        Patient.objects.update(site=elsewhere)
        assert desk.post(NEW, sheet(clinic, email="")).status_code == 302
        Patient.objects.exclude(pk=known.pk).delete()
        PatientSite.objects.create(
            organization=clinic.organization, patient=known, site=clinic.site
        )
        assert desk.post(NEW, sheet(clinic, email="")).status_code == 422


class TestTheList:
    def test_8_45_pairs_are_listed_until_somebody_says_what_they_are(self, clinic, desk, known):
        other = make_patient(clinic.site, given_name="Lovelace", family_name="Ada")
        page = desk.get(PAIRS)
        assert [pair.charts for pair in page.context["page"].pairs] == [(known, other)]
        assert "Same date of birth and a like name" in said(page)
        to = reverse("identity:apart", args=[other.pk])
        assert desk.post(to, {"other": str(known.pk)})["Location"] == PAIRS
        assert "No charts look alike" in said(desk.get(PAIRS))
        assert desk.post(to, {"other": "nobody"}).status_code == 404

    def test_8_45_restricted_linked_and_strange_charts_are_not_listed(self, clinic, desk, known):
        linked, restricted = (
            make_patient(clinic.site, given_name="Ada", family_name="Lovelace") for _ in range(2)
        )
        Patient.objects.filter(pk=restricted.pk).update(is_restricted=True)
        make_patient(make_site(clinic.organization), family_name="Lovelace")
        said = {"by": clinic.nurse, "reason": WHY, "now": NOW}
        link_persons(chart=linked, principal=known, **said)
        assert desk.get(PAIRS).context["page"].pairs == []

    def test_8_45_the_list_costs_the_same_however_long_it_is(
        self, clinic, django_assert_num_queries, known
    ):
        assert clinic.desk.duties
        for number in range(2):
            for born in range(number * 9 + 1):
                same = {"given_name": "Ada", "phone": f"21255501{number}{born}"}
                make_patient(clinic.site, **same), make_patient(clinic.site, **same)
            with django_assert_num_queries(5):
                pairs = suspected_pairs(clinic.desk, now=NOW).pairs
                assert all(pair.second.site_ids for pair in pairs)
        assert len(pairs) > 10
        assert STRETCH >= 100

    def test_8_45_older_charts_are_looked_through_from_where_a_page_ended(
        self, clinic, monkeypatch, known
    ):
        monkeypatch.setattr("clinic.identity.selectors.STRETCH", 2)
        other = make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
        for name in ("Hopper", "Curie"):
            make_patient(clinic.site, given_name="Eve", family_name=name)
        first = suspected_pairs(clinic.desk, now=NOW)
        assert first.pairs == []
        second = suspected_pairs(clinic.desk, now=NOW, after=first.after)
        assert [pair.charts for pair in second.pairs] == [(known, other)]
        assert second.after is None


class TestLinking:
    def test_8_45_charts_are_linked_and_each_shows_the_other(self, clinic, nurse, known):
        other = make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
        page = nurse.get(at_link(other))
        assert [match.patient for match in page.context["choices"]] == [known]
        typed = {"other": str(known.pk), "stands": "OTHER", "reason": WHY}
        answer = nurse.post(at_link(other), typed)
        there = reverse("clinic:patient", args=[other.pk])
        assert answer["Location"] == there
        assert link_of(other).principal == known
        page = said(nurse.get(there))
        assert "This chart is kept for reading" in page
        assert reverse("clinic:patient", args=[known.pk]) in page
        assert reverse("scheduling:course_new", args=[other.pk]) not in page
        page = said(nurse.get(reverse("clinic:patient", args=[known.pk])))
        assert "This person has another chart" in page
        assert reverse("scheduling:course_new", args=[known.pk]) in page

    def test_8_45_any_chart_is_found_by_name(self, clinic, nurse, known):
        other = make_patient(clinic.site, family_name="Byron", birth_date=NOW.date())
        page = nurse.post(at_link(other), {"find": "1", "text": "lovelace", "reason": WHY})
        assert page.status_code == 200
        assert [match.patient for match in page.context["choices"]] == [known]

    @pytest.mark.parametrize("change", [{"reason": "Same"}, {"other": ""}, {"stands": "BOTH"}])
    def test_8_45_what_is_missing_is_said_and_nothing_typed_is_lost(
        self, clinic, nurse, known, change
    ):
        other = make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
        typed = {"other": str(known.pk), "stands": "OTHER", "reason": WHY, **change}
        page = nurse.post(at_link(other), typed)
        assert page.status_code == 422
        assert typed["reason"] in said(page)
        assert not ChartLink.objects.exists()

    def test_8_45_what_one_person_cannot_have_is_listed(self, clinic, nurse, known):
        other = make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
        for chart, room in ((known, clinic.chair), (other, clinic.office)):
            make_visit(make_course(chart, clinic.version, clinic.desk), room, NOW)
        typed = {"other": str(known.pk), "stands": "THIS", "reason": WHY}
        page = nurse.post(at_link(other), typed)
        assert page.status_code == 409
        assert said(page).count("at the same time") == 1
        assert "5 January 2026 at 09:00" in said(page)

    def test_8_45_a_chart_that_is_not_theirs_is_not_linked(self, clinic, nurse, known):
        strange = make_patient(make_site(clinic.organization))
        typed = {"other": str(strange.pk), "stands": "THIS", "reason": WHY}
        page = nurse.post(at_link(known), typed)
        assert page.status_code == 422
        assert "There is no such chart at your sites." in said(page)

    def test_8_45_a_link_is_undone_for_a_reason(self, clinic, nurse, known):
        other = make_patient(clinic.site)
        undo = reverse("identity:unlink", args=[other.pk])
        assert "nothing to undo" in said(nurse.get(undo))
        assert nurse.post(undo, {"reason": WHY}).status_code == 409
        link_persons(chart=other, principal=known, by=clinic.nurse, reason=WHY, now=NOW)
        assert WHY in said(nurse.get(undo))
        assert nurse.post(undo, {"reason": "No"}).status_code == 422
        assert nurse.post(undo, {"reason": WHY}).status_code == 302
        assert link_of(other) is None

    def test_8_45_of_a_chart_elsewhere_its_name_is_not_told(self, clinic, sign_in, known):
        elsewhere = make_site(clinic.organization)
        other = make_patient(elsewhere, family_name="Byron")
        both = make_member(clinic.site, Role.NURSE)
        both.assignments.create(organization=clinic.organization, site=elsewhere, role=Role.NURSE)
        link_persons(chart=other, principal=known, by=both, reason=WHY, now=NOW)
        page = said(sign_in(clinic.nurse).get(reverse("clinic:patient", args=[known.pk])))
        assert "This person has another chart" in page
        assert "It is not open to you." in page
        assert "Byron" not in page

    def test_8_45_nor_on_the_page_that_undoes_the_link(self, clinic, sign_in, known):
        other = make_patient(clinic.site)
        link_persons(chart=other, principal=known, by=clinic.nurse, reason=WHY, now=NOW)
        Patient.objects.update(is_restricted=True)
        break_glass(patient=other, by=clinic.nurse, reason=WHY, now=timezone.now())
        undo = reverse("identity:unlink", args=[other.pk])
        nurse = sign_in(clinic.nurse)
        assert undo not in said(nurse.get(reverse("clinic:patient", args=[other.pk])))
        for page in (nurse.get(undo), nurse.post(undo, {"reason": WHY})):
            assert page.status_code == 403
            assert "LOVELACE" not in said(page)
        assert link_of(other)
