"""Finding patients."""

import pytest

from clinic.selectors import PAGE_SIZE, find_patients, patient_page
from tests.factories import make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(clinic):
    return make_patient(
        clinic.site,
        given_name="Ada",
        family_name="Lovelace",
        email="countess@example.com",
        phone="+44 20 7946 0999",
    )


@pytest.mark.parametrize("text", ["love", "LACE ada", "countess@", "7946", "", "  ada  "])
def test_every_word_may_be_anywhere_in_name_address_or_phone(clinic, ada, text):
    assert list(find_patients(member=clinic.desk, text=text)) == [ada]


@pytest.mark.parametrize("text", ["lovelace grace", "%", "_", "countess@other"])
def test_every_word_must_be_there_and_wildcards_are_letters(clinic, ada, text):
    assert not find_patients(member=clinic.desk, text=text).exists()


def test_patients_of_others_are_not_found(clinic, other_clinic, ada):
    assert not find_patients(member=other_clinic.desk, text="ada").exists()


def test_pages_follow_each_other_without_a_gap_or_a_double(clinic):
    # Same names on purpose: the order must still be total.
    made = {make_patient(clinic.site, family_name="Same").pk for _ in range(PAGE_SIZE + 3)}
    first = patient_page(member=clinic.desk, text="same")
    second = patient_page(member=clinic.desk, text="same", after=first.after)
    assert len(first.rows) == PAGE_SIZE
    assert second.after is None
    assert {patient.pk for patient in first.rows + second.rows} == made


def test_a_page_that_is_just_full_is_the_last(clinic):
    for _ in range(PAGE_SIZE):
        make_patient(clinic.site)
    assert patient_page(member=clinic.desk, text="").after is None


def test_another_organisations_patient_is_no_place_to_go_on_from(clinic, other_clinic, ada):
    stranger = make_patient(other_clinic.site, family_name="Zz")
    page = patient_page(member=clinic.desk, text="", after=stranger.pk)
    assert page.rows == [ada]
