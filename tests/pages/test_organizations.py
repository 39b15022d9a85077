"""Somebody who works for two organisations chooses between them in the account's menu."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership
from tests.factories import make_patient

pytestmark = pytest.mark.django_db

CHOOSE = "/organization/"


@pytest.fixture
def second(clinic, other_clinic):
    """The front desk's place in the other organisation."""
    member = Membership.objects.create(
        organization=other_clinic.organization, user=clinic.desk.user, name="The same person"
    )
    member.assignments.create(
        organization=other_clinic.organization, site=other_clinic.site, role="FRONT_DESK"
    )
    return member


def test_with_one_organisation_there_is_nothing_to_choose(desk):
    assert CHOOSE not in desk.get("/patients/").content.decode()


def test_the_menu_offers_ones_own_organisations(clinic, desk, second):
    html = desk.get("/patients/").content.decode()
    assert f'action="{CHOOSE}"' in html
    for member in (clinic.desk, second):
        assert f'value="{member.pk}"' in html
        assert member.organization.name in html


def test_the_choice_holds_until_the_next_one(clinic, other_clinic, desk, second):
    here, there = make_patient(clinic.site), make_patient(other_clinic.site)
    for member, own, foreign in ((second, there, here), (clinic.desk, here, there)):
        answer = desk.post(CHOOSE, {"membership": str(member.pk)})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert desk.get(reverse("clinic:patient", args=[own.pk])).status_code == 200
        assert desk.get(reverse("clinic:patient", args=[foreign.pk])).status_code == 404


def test_the_site_that_was_looked_at_stays_behind(clinic, desk, second):
    desk.get("/", {"site": clinic.site.pk})
    desk.post(CHOOSE, {"membership": str(second.pk)})
    assert "site" not in desk.session


def test_only_ones_own_can_be_chosen(clinic, other_clinic, desk, second):
    second.is_active = False
    second.save()
    for asked in (other_clinic.nurse.pk, second.pk, uuid4(), "nonsense", ""):
        assert desk.post(CHOOSE, {"membership": str(asked)}).status_code == 404
    assert desk.post(CHOOSE).status_code == 404
    assert desk.get("/patients/").context["membership"].pk == clinic.desk.pk


def test_a_place_that_ended_is_left_for_the_other(clinic, desk, second):
    desk.post(CHOOSE, {"membership": str(second.pk)})
    second.is_active = False
    second.save()
    assert desk.get("/patients/").context["membership"].pk == clinic.desk.pk


def test_it_is_a_post_of_somebody_who_is_signed_in(clinic, desk, second):
    assert desk.get(CHOOSE).status_code == 405
    answer = Client().post(CHOOSE, {"membership": str(second.pk)})
    assert answer["Location"].startswith("/accounts/login/")
