"""Roles hold at sites: what is at another site is not to be known of, or not to be done."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.access import site_for, sites_of
from clinic.api.tokens import issue_token
from clinic.models import Patient, PatientSite, Role, RoleAssignment
from clinic.rights import Right, RightMissing, may
from clinic.selectors import find_patients
from clinic.services import update_patient
from courses.services import start_course
from tests.api.conftest import Caller
from tests.audit.conftest import patient_form
from tests.factories import (
    NOW,
    make_course,
    make_member,
    make_patient,
    make_room,
    make_site,
    make_visit,
)

pytestmark = pytest.mark.django_db

PAGES = {
    "clinic:patient": "patient",
    "clinic:patient_edit": "patient",
    "scheduling:course_new": "patient",
    "courses:course": "course",
    "scheduling:timeline": "course",
    "scheduling:visit": "visit",
    "scheduling:visit_slots": "visit",
}


@pytest.fixture
def there(clinic):
    """Another site of the same organisation, where nobody of ours works."""
    return make_site(clinic.organization)


@pytest.fixture
def rows(clinic, there):
    patient = make_patient(there, family_name="Elsewhere")
    course = make_course(patient, clinic.version, clinic.desk)
    room = make_room(there, "infusion")
    visit = make_visit(course, room, NOW + timedelta(days=1))
    return {"patient": patient, "course": course, "visit": visit}


def hire(member, site, *roles):
    own = {"organization_id": site.organization_id, "membership": member, "site": site}
    RoleAssignment.objects.bulk_create(RoleAssignment(role=role, **own) for role in roles)


@pytest.mark.parametrize(("name", "of"), PAGES.items())
def test_rows_of_a_site_without_a_role_are_not_found(clinic, rows, sign_in, name, of):
    address = reverse(name, args=[rows[of].pk])
    assert sign_in(clinic.desk).get(address).status_code == 404
    hire(clinic.desk, rows["patient"].site, Role.FRONT_DESK)
    assert sign_in(clinic.desk).get(address).status_code == 200


@pytest.mark.parametrize("name", ["clinic:patient_edit", "scheduling:course_new"])
def test_a_role_there_without_the_right_is_told_what_is_missing(clinic, rows, sign_in, name):
    hire(clinic.desk, rows["patient"].site, Role.AUDITOR)
    answer = sign_in(clinic.desk).get(reverse(name, args=[rows["patient"].pk]))
    assert answer.status_code == 403
    assert "Your roles here do not include" in answer.content.decode()


@pytest.mark.parametrize(("status", "roles"), [(404, []), (403, [Role.AUDITOR])])
def test_the_api_makes_the_same_difference(clinic, rows, status, roles):
    hire(clinic.desk, rows["patient"].site, *roles)
    answer = Caller(clinic.desk).post(f"/visits/{rows['visit'].pk}/cancel", {"reason": "Asked for"})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "urn:courseline:problem:right-missing"
        assert answer.json()["right"] == "BOOK"


def test_several_roles_add_up_at_their_site_alone(clinic, there):
    hire(clinic.desk, there, Role.NURSE, Role.MANAGER)
    assert may(clinic.desk, Right.RECORD, there)
    assert may(clinic.desk, Right.MANAGE_STAFF, there)
    assert not may(clinic.desk, Right.RECORD, clinic.site)
    assert may(clinic.desk, Right.RECORD)


def test_a_site_is_chosen_only_where_the_thing_may_be_done(clinic, there):
    hire(clinic.desk, there, Role.AUDITOR)
    assert list(sites_of(clinic.desk, Right.BOOK)) == [clinic.site]
    assert set(sites_of(clinic.desk, Right.VIEW_SCHEDULE)) == {clinic.site, there}
    assert site_for(clinic.desk, there.pk, Right.VIEW_SCHEDULE) == there
    with pytest.raises(RightMissing):
        site_for(clinic.desk, there.pk, Right.BOOK)


def test_pickers_list_no_other_site(clinic, there, sign_in):
    hire(clinic.desk, there, Role.AUDITOR)
    patient = make_patient(clinic.site)
    browser = sign_in(clinic.desk)
    for address in (
        reverse("clinic:patient_new"),
        reverse("scheduling:course_new", args=[patient.pk]),
    ):
        page = browser.get(address).content.decode()
        assert clinic.site.name in page
        assert there.name not in page


def test_the_days_of_ones_own_sites_are_shown(clinic, there, sign_in):
    browser = sign_in(clinic.desk)
    assert there.name not in browser.get("/").content.decode()
    assert browser.get(f"/?site={there.pk}").status_code == 404
    assert Caller(clinic.desk).get("/sites").json()["results"][0]["id"] == str(clinic.site.pk)


def test_lists_hold_the_patients_of_ones_own_sites(clinic, there, rows):
    ours = make_patient(clinic.site, family_name="Here")
    assert list(find_patients(member=clinic.desk, text="")) == [ours]
    everywhere = make_member(there, Role.AUDITOR)
    hire(everywhere, clinic.site, Role.AUDITOR)
    assert set(find_patients(member=everywhere, text="")) == {ours, rows["patient"]}


def test_a_course_at_another_site_shares_the_patient_with_it(clinic, there, sign_in):
    patient = make_patient(clinic.site)
    nurse = make_member(there, Role.NURSE)
    address = reverse("clinic:patient", args=[patient.pk])
    assert sign_in(nurse).get(address).status_code == 404
    terms = {"earliest_on": NOW.date(), "latest_first_on": NOW.date(), "lead_therapist": None}
    start_course(
        patient=patient,
        site=there,
        protocol_version=clinic.version,
        by=clinic.desk,
        now=NOW,
        **terms,
    )
    assert sign_in(nurse).get(address).status_code == 200
    assert list(find_patients(member=nurse, text="")) == [patient]


def test_a_patient_who_moves_to_another_site_stays_known_at_the_first(clinic, there):
    patient = make_patient(clinic.site)
    values = {
        name: getattr(patient, name)
        for name in (
            "given_name", "family_name", "birth_date", "email", "phone", "timezone", "language",
            "email_reminders",
        )
    }  # fmt: skip
    update_patient(patient=patient, by=clinic.desk, windows=[], contacts=[], site=there, **values)
    assert PatientSite.objects.get(patient=patient).site == clinic.site
    assert Patient.objects.get(pk=patient.pk).site_ids == {clinic.site.pk, there.pk}


def test_what_a_person_may_not_do_is_not_offered(clinic, sign_in):
    patient = make_patient(clinic.site)
    visit = make_visit(make_course(patient, clinic.version, clinic.desk), clinic.chair, NOW)
    pages = {
        reverse("clinic:patients"): ["Register a patient"],
        reverse("clinic:patient", args=[patient.pk]): ["Start a course", "Edit<"],
        reverse("scheduling:visit", args=[visit.pk]): ["Move the visit", "Cancel the visit"],
    }
    for address, offers in pages.items():
        shown = sign_in(clinic.desk).get(address).content.decode()
        hidden = sign_in(clinic.person(Role.AUDITOR)).get(address).content.decode()
        for offer in offers:
            assert offer in shown.replace("\n", ""), (address, offer)
            assert offer not in hidden.replace("\n", ""), (address, offer)


def test_rights_cost_no_query_of_their_own(clinic, sign_in, django_assert_max_num_queries):
    browser = sign_in(clinic.desk)
    browser.get("/roles/")
    with django_assert_max_num_queries(20) as seen:
        browser.get("/patients/")
    held = [q["sql"] for q in seen.captured_queries if "clinic_roleassignment" in q["sql"]]
    assert len(held) == 1
    assert "clinic_membership" in held[0]


def test_editing_at_a_shared_site_leaves_the_home_site(clinic, there, sign_in):
    patient = make_patient(clinic.site)
    PatientSite.objects.create(organization=clinic.organization, patient=patient, site=there)
    browser = sign_in(make_member(there, Role.FRONT_DESK))
    form = reverse("clinic:patient_edit", args=[patient.pk])
    site = browser.get(form).context["form"]["site"]
    assert site.value() == clinic.site.pk
    assert {choice.value for choice, _ in site.field.choices} == {clinic.site.pk, there.pk}
    assert browser.post(form, patient_form(patient)).status_code == 302
    patient.refresh_from_db()
    assert patient.site == clinic.site


def test_the_schedule_alone_names_nobody(clinic):
    patient = make_patient(clinic.site, given_name="Greta", family_name="Canaria")
    course = make_course(patient, clinic.version, clinic.desk)
    make_visit(course, clinic.chair, NOW)
    day = f"/api/v1/visits?site={clinic.site.pk}&day={NOW.date()}"

    def told(*scopes):
        _, text = issue_token(member=clinic.desk, name="Screen", scopes=scopes)
        return Client(headers={"Authorization": f"Bearer {text}"}).get(day).json()["results"][0]

    line = told("VIEW_SCHEDULE")
    assert (line["patient"], line["course"], line["patient_name"]) == (None, None, "Booked")
    for word in ("Greta", "Canaria", str(patient.pk), str(course.pk)):
        assert word not in str(line)
    assert told("VIEW_SCHEDULE", "VIEW_PATIENTS")["patient_name"] == "Canaria, Greta"
