"""What is about the whole organisation is for those who have the right at each of its sites."""

import pytest
from django.urls import reverse

from clinic.access import require_everywhere
from clinic.models import ConsentText, Organization, Role, RoleAssignment
from clinic.rights import Right, RightMissing, RightNotEverywhere, may_everywhere
from tests.accounts.conftest import sign_in, with_password
from tests.factories import NOW, make_member, make_site

pytestmark = pytest.mark.django_db

PAGES = {
    "accounts:rules": [],
    "audit:configuration": [],
    "consents:texts": [],
    "consents:write": ["TREATMENT", "en"],
}


@pytest.fixture
def there(clinic):
    """Another site of the clinic."""
    return make_site(clinic.organization)


@pytest.fixture
def manager(there):
    """Who manages that site alone."""
    return with_password(make_member(there, Role.MANAGER))


def give(member, site, role=Role.MANAGER):
    RoleAssignment.objects.create(
        organization_id=site.organization_id, membership=member, site=site, role=role
    )
    return type(member).objects.get(pk=member.pk)


@pytest.mark.parametrize("name", PAGES)
def test_who_manages_one_site_of_two_is_told_what_is_missing(clinic, manager, name):
    page = reverse(name, args=PAGES[name])
    refused = sign_in(manager).get(page)
    assert refused.status_code == 403
    assert "It holds for every site" in refused.content.decode()
    both = give(manager, clinic.site)
    assert sign_in(both).get(page).status_code == 200


def test_the_rules_of_signing_in_stay_as_they_are(clinic, manager):
    said = {"mfa_required": "EVERYBODY", "idle_lock_minutes": "240"}
    assert sign_in(manager).post(reverse("accounts:rules"), said).status_code == 403
    found = Organization.objects.get(pk=clinic.organization.pk)
    assert (found.mfa_required, found.idle_lock_minutes) == ("NOBODY", 15)


def test_a_text_stays_a_draft(clinic, manager):
    draft = ConsentText.objects.create(
        organization=clinic.organization,
        kind="TREATMENT",
        language="en",
        number=1,
        title="Consent",
        body="Words.",
        created_by=make_member(clinic.site, Role.MANAGER),
        created_at=NOW,
    )
    browser = sign_in(manager)
    for name in ("text", "publish", "discard"):
        call = browser.get if name == "text" else browser.post
        assert call(reverse(f"consents:{name}", args=[draft.pk])).status_code == 403
    draft.refresh_from_db()
    assert draft.published_at is None


def test_links_are_for_those_who_may(clinic, manager):
    links = [reverse(name) for name in ("accounts:rules", "audit:configuration", "consents:texts")]
    page = sign_in(manager).get("/staff/").content.decode()
    assert not any(f'href="{link}"' in page for link in links)
    page = sign_in(give(manager, clinic.site)).get("/staff/").content.decode()
    assert all(f'href="{link}"' in page for link in links)


def test_another_role_there_is_not_enough_and_another_organisation_does_not_count(
    clinic, manager, other_clinic
):
    assert may_everywhere(make_member(other_clinic.site, Role.MANAGER), Right.MANAGE_SETTINGS)
    nurse = give(manager, clinic.site, Role.NURSE)
    with pytest.raises(RightNotEverywhere):
        require_everywhere(nurse, Right.MANAGE_SETTINGS)
    require_everywhere(nurse, Right.BOOK)
    with pytest.raises(RightMissing):
        require_everywhere(nurse, Right.SIGN_THRESHOLDS)
    assert not may_everywhere(None, Right.BOOK)
