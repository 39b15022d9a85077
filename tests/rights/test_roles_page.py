"""The page and the call that print the table, made of the very table."""

import re

import pytest

from clinic.models import Role
from clinic.rights import TABLE, Right
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


def printed(page):
    """Right to the roles with a mark, as read off the page."""
    columns = re.findall(r'<th scope="col"[^>]*>\s*([^<]+?)\s*<', page)
    found = {}
    for row in re.findall(r"<tr role=\"row\">.*?</tr>", page, re.S):
        label = re.search(r'right-label">([^<]+)<', row)
        if label:
            marks = re.findall(r'<td role="cell" class="(yes|no)">', row)
            found[label[1]] = {c for c, m in zip(columns, marks, strict=True) if m == "yes"}
    return found


def test_the_page_prints_the_table_of_the_code(clinic, sign_in):
    page = sign_in(clinic.desk).get("/roles/").content.decode()
    assert printed(page) == {
        right.label: {role.label for role in TABLE if right in TABLE[role]} for right in Right
    }
    assert all(right.meaning in page for right in Right)


def test_the_page_follows_a_change_of_the_table(clinic, sign_in, monkeypatch):
    monkeypatch.setitem(TABLE, Role.FRONT_DESK, frozenset([Right.EXPORT]))
    page = sign_in(clinic.desk).get("/roles/").content.decode()
    assert Role.FRONT_DESK.label in printed(page)[Right.EXPORT.label]
    assert Role.FRONT_DESK.label not in printed(page)[Right.BOOK.label]


@pytest.mark.parametrize("role", Role)
def test_everybody_may_read_it_and_finds_their_own_column(clinic, sign_in, role):
    answer = sign_in(clinic.person(role)).get("/roles/")
    assert answer.status_code == 200
    own = re.findall(r'class="own">\s*([^<]+?)\s*<', answer.content.decode())
    assert own == [role.label]


def test_the_call_gives_the_same_table(clinic):
    answer = Caller(clinic.nurse).get("/roles").json()
    assert {one["right"]: set(one["roles"]) for one in answer["results"]} == {
        right.value: {role.value for role in TABLE if right in TABLE[role]} for right in Right
    }
    assert answer["own"] == [{"site": str(clinic.site.pk), "role": "NURSE"}]
