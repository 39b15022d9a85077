"""A manager says who needs a second step and when screens lock; it holds at once."""

import pytest

from clinic.models import Organization, Role
from tests.accounts.conftest import sign_in, with_password
from tests.factories import make_member

pytestmark = pytest.mark.django_db

RULES = "/accounts/rules/"


@pytest.fixture
def manager(clinic):
    return sign_in(with_password(make_member(clinic.site, Role.MANAGER)))


def rules_of(clinic) -> tuple[str, int]:
    found = Organization.objects.get(pk=clinic.organization.pk)
    return found.mfa_required, found.idle_lock_minutes


def test_the_rules_are_shown_and_changed(manager, clinic, other_clinic):
    page = manager.get(RULES).content.decode()
    assert 'value="15"' in page
    answer = manager.post(RULES, {"mfa_required": "EVERYBODY", "idle_lock_minutes": "5"})
    assert answer["Location"] == RULES
    assert rules_of(clinic) == ("EVERYBODY", 5)
    assert rules_of(other_clinic) == ("NOBODY", 15)


def test_they_hold_at_once_also_for_who_made_them(manager, clinic):
    manager.post(RULES, {"mfa_required": "EVERYBODY", "idle_lock_minutes": "15"})
    desk = sign_in(with_password(clinic.desk))
    for browser in (manager, desk):
        assert browser.get("/patients/")["Location"] == "/accounts/two-step/"
    undone = manager.post(RULES, {"mfa_required": "NOBODY", "idle_lock_minutes": "15"})
    assert undone["Location"] == "/accounts/two-step/"
    assert rules_of(clinic) == ("EVERYBODY", 15)


@pytest.mark.parametrize(
    "data",
    [
        {"mfa_required": "SOMEBODY", "idle_lock_minutes": "5"},
        {"mfa_required": "NOBODY", "idle_lock_minutes": "0"},
        {"mfa_required": "NOBODY", "idle_lock_minutes": "241"},
        {},
    ],
)
def test_odd_rules_are_refused(manager, clinic, data):
    assert manager.post(RULES, data).status_code == 422
    assert rules_of(clinic) == ("NOBODY", 15)


@pytest.mark.parametrize("who", ["desk", "nurse", "prescriber"])
def test_only_who_manages_settings_may(clinic, who):
    browser = sign_in(with_password(getattr(clinic, who)))
    assert browser.get(RULES).status_code == 403
    assert browser.post(RULES, {"mfa_required": "NOBODY"}).status_code == 403
