"""An account that works for two organisations tells neither of the other."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.audit.context import answering, because, identify
from clinic.models import AuditEvent, Membership, Role, User
from clinic.models.audit import AccountAddress, SecondStep
from clinic.tenancy import tenant
from tests import factories
from tests.accounts.conftest import sign_in, with_password
from tests.factories import Clinic

pytestmark = pytest.mark.django_db
REASON = "Took keys of the cupboard"


@pytest.fixture
def there(clinic: Clinic, other_clinic: Clinic) -> Membership:
    """The desk's place at the other organisation."""
    return Membership.objects.create(
        organization=other_clinic.organization, user=clinic.desk.user, name="Dana elsewhere"
    )


@pytest.fixture
def neighbour(other_clinic: Clinic) -> Client:
    """The browser of the other organisation's manager."""
    return sign_in(with_password(factories.make_member(other_clinic.site, Role.MANAGER)))


def change(account: User) -> None:
    """Something of each table of accounts."""
    User.objects.filter(pk=account.pk).update(is_staff=True)
    AccountAddress.objects.create(user=account, email="second@example.com")
    SecondStep.objects.create(user=account, type=SecondStep.Type.TOTP, data={"secret": "x"})


def contexts(organization: object) -> dict[str, dict[str, str] | None]:
    """What the latest event of each such table says of who, where and why."""
    models = ("clinic.User", "clinic.AccountAddress", "clinic.SecondStep")
    rows = AuditEvent.objects.filter(organization=organization, model__in=models)
    return dict(rows.order_by("pgh_id").values_list("model", "pgh_context"))


@pytest.fixture
def asked(rf: object) -> object:
    """A page that is asked for from some address."""
    return rf.post("/", REMOTE_ADDR="192.0.2.7")  # type: ignore[attr-defined]


def test_only_the_organization_of_the_act_learns_who_and_why(
    clinic: Clinic, there: Membership, asked: object
) -> None:
    with answering(asked), tenant(clinic.organization.pk):  # type: ignore[arg-type]
        identify(clinic.nurse)
        because(REASON)
        change(clinic.desk.user)
    here = contexts(clinic.organization)
    assert len(here) == 3
    for said in here.values():
        assert said
        assert (said["membership"], said["reason"]) == (str(clinic.nurse.pk), REASON)
        assert said["address"] == "192.0.2.7"
    assert contexts(there.organization) == {key: {"via": "elsewhere"} for key in here}


def test_without_a_tenant_nobody_learns_from_where(
    clinic: Clinic, there: Membership, asked: object
) -> None:
    with answering(asked):  # type: ignore[arg-type]
        change(clinic.desk.user)
    for organization in (clinic.organization, there.organization):
        found = contexts(organization)
        assert len(found) == 3
        for said in found.values():
            assert said
            assert set(said) <= {"via", "request", "route", "user"}


def test_a_change_past_the_application_appears_as_such_everywhere(
    clinic: Clinic, there: Membership
) -> None:
    with tenant(clinic.organization.pk):
        change(clinic.desk.user)
    assert set(contexts(clinic.organization).values()) == {None}
    assert set(contexts(there.organization).values()) == {None}


def test_a_former_employer_gets_no_copy(clinic: Clinic, there: Membership) -> None:
    Membership.objects.filter(pk=clinic.desk.pk).update(is_active=False)
    before = AuditEvent.objects.filter(organization=clinic.organization).count()
    change(clinic.desk.user)
    assert AuditEvent.objects.filter(organization=clinic.organization).count() == before
    assert len(contexts(there.organization)) == 3


def test_signing_in_and_out_elsewhere_leaves_no_copy(clinic: Clinic, there: Membership) -> None:
    before = AuditEvent.objects.filter(organization=there.organization).count()
    account = clinic.desk.user
    Client().force_login(account)
    User.objects.filter(pk=account.pk).update(session_generation=7)
    assert AuditEvent.objects.filter(organization=there.organization).count() == before


def test_the_reason_of_a_deactivation_stays_where_it_was_given(
    clinic: Clinic, there: Membership, manager: Membership, neighbour: Client
) -> None:
    own = sign_in(with_password(manager))
    place = reverse("staffing:deactivate", args=[clinic.desk.pk])
    assert own.post(place, {"reason": REASON}).status_code == 302
    history = reverse("audit:configuration")
    assert REASON in own.get(history).content.decode()
    assert REASON not in neighbour.get(history).content.decode()


def test_an_act_elsewhere_is_told_as_such(
    clinic: Clinic, there: Membership, neighbour: Client, asked: object
) -> None:
    with answering(asked), tenant(clinic.organization.pk):  # type: ignore[arg-type]
        identify(clinic.nurse)
        change(clinic.desk.user)
    text = neighbour.get(reverse("audit:configuration")).content.decode()
    assert "At another organization of the account" in text
    assert "Dana elsewhere" in text
    assert clinic.nurse.name not in text


def test_the_history_names_an_account_as_the_organization_knows_it(
    clinic: Clinic, there: Membership, manager: Membership
) -> None:
    """Its address may be another by now, and is nothing to who was left."""
    change(clinic.desk.user)
    clinic.desk.name = "Dana here"
    clinic.desk.is_active = False
    clinic.desk.save()
    User.objects.filter(pk=clinic.desk.user_id).update(email="new@elsewhere.example")
    AccountAddress.objects.filter(email="second@example.com").update(email="new@elsewhere.example")
    own = sign_in(with_password(manager))
    text = own.get(reverse("audit:configuration"), {"record": "clinic.User"}).content.decode()
    assert "Dana here" in text
    for record in ("clinic.User", "clinic.AccountAddress"):
        text = own.get(reverse("audit:configuration"), {"record": record}).content.decode()
        assert "new@elsewhere.example" not in text
