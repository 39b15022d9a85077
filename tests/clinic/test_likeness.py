"""When two charts are likely to be of one person (DOMAIN 8.45)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.identity.rules import Identity, Likeness, folded, likenesses, phone_key

BORN = date(1980, 2, 29)
NAME, EMAIL, PHONE = Likeness.NAME_AND_BIRTH, Likeness.EMAIL, Likeness.PHONE


def person(name: str, born: date = BORN, **reach: str) -> Identity:
    given_name, family_name = name.split("/")
    return Identity(given_name, family_name, born, **reach)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José/Muñoz", "JOSE/Munoz"),
        ("Jo/García Márquez", "Garcia Marquez/Jo"),
        ("Anna-Maria/Weiß", "Anna Maria/Weiss"),
        ("Søren/Kierkegård", "Soren/Kierkegard"),
        ("Catherine/Miller", "Katherine/Miller"),
        ("Jonathan/Miller", "Jonatahn/Miller"),
        ("Ada Maria/Lovelace", "Ada/Lovelace"),
        ("Ada/King Lovelace", "Ada/Lovelace"),
    ],
)
def test_8_45_like_names_of_one_birthday_are_suspected(one, other):
    assert likenesses(person(one), person(other)) == [NAME]
    assert likenesses(person(one), person(other, date(1981, 2, 28))) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann/Lee", "Dan/Lee"),
        ("Ada/Lovelace", "Ida/Byron"),
        ("Ada/Lovelace", "Ada/Hopper"),
        ("Jo/Li", "Al/Li"),
    ],
)
def test_8_45_other_names_of_one_birthday_are_not(one, other):
    assert likenesses(person(one), person(other)) == []


def test_8_45_the_same_address_or_number_is_suspected_whoever_it_is():
    one = person("Ada/Lovelace", email="Ada@Example.com", phone="+1 (212) 555-0199")
    other = person("Grace/Hopper", date(1990, 1, 1), email="ada@example.com", phone="212.555.0199")
    assert likenesses(one, other) == [EMAIL, PHONE]
    assert likenesses(person("A/B"), person("C/D", date(1990, 1, 1))) == []
    extension = {"phone": "0199"}
    assert likenesses(person("Ada/B", **extension), person("Eve/C", **extension)) == []


NAMES = st.text(st.sampled_from("aábßøñ -’IJy"), min_size=1, max_size=9)
PEOPLE = st.builds(
    Identity,
    NAMES,
    NAMES,
    st.sampled_from([BORN, date(1990, 1, 1)]),
    st.sampled_from(["", "A@x.org", "a@x.org"]),
    st.sampled_from(["", "1234567", "0049 1234567", "12"]),
)


@settings(max_examples=300, deadline=None)
@given(PEOPLE, PEOPLE)
def test_8_45_a_likeness_is_mutual_and_everybody_is_like_themselves(one, other):
    assert likenesses(one, other) == likenesses(other, one)
    assert NAME in likenesses(one, one)
    turned = Identity(one.family_name, one.given_name, one.birth_date)
    assert NAME in likenesses(one, turned)


def test_names_are_compared_without_case_accents_and_signs():
    assert folded("  O’Brien-ÅSTRÖM ") == "o brien astrom"
    assert phone_key("+49 (0)30 / 123 456-7") == "301234567"
