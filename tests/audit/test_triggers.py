"""Every table is audited, and an event says what happened: no more, no less, and no secret."""

from datetime import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models
from django.test import Client
from knox.models import get_token_model

from clinic.api.tokens import issue_token
from clinic.audit.registry import UNTRACKED, audit_trigger
from clinic.models import AuditEvent, Membership, PatientWindow, Room, User
from scheduling.models import Proposal
from tests import factories
from tests.factories import NOW, Clinic

pytestmark = pytest.mark.django_db


def unaudited() -> set[str]:
    """Models with a table that nothing records the changes of, and that no reason excuses."""
    every = apps.get_models(include_auto_created=True)
    models_of_tables = [model for model in every if model._meta.managed]
    recorded = {model._meta.db_table for model in models_of_tables if audit_trigger(model)}
    return {
        model._meta.label
        for model in models_of_tables
        if not model._meta.proxy and model._meta.db_table not in recorded
    } - set(UNTRACKED)


def events(row: models.Model, **of: Any) -> list[AuditEvent]:
    """What is recorded of one row, in order."""
    found = AuditEvent.objects.filter(model=row._meta.label, object_id=str(row.pk), **of)
    return list(found.order_by("pgh_id"))


def test_every_model_is_audited() -> None:
    assert unaudited() == set()
    assert not [label for label in UNTRACKED if audit_trigger(apps.get_model(label))]


def test_an_unaudited_model_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room._meta, "triggers", [])
    assert unaudited() == {"clinic.Room"}


AUDITED = [model for model in apps.get_models() if audit_trigger(model)]


@pytest.mark.parametrize("model", AUDITED, ids=lambda model: model._meta.label)
def test_the_trigger_is_installed_as_the_code_says(model: type[models.Model]) -> None:
    trigger = audit_trigger(model)
    assert trigger is not None
    assert trigger.get_installation_status(model) == ("INSTALLED", True)


def test_an_insert_tells_the_row(clinic: Clinic) -> None:
    (event,) = events(clinic.chair)
    assert (event.pgh_label, event.before) == ("insert", None)
    assert event.after["name"] == clinic.chair.name
    assert event.organization_id == clinic.organization.pk
    assert event.patient_id is None


def test_an_update_tells_what_changed_alone(clinic: Clinic) -> None:
    old = clinic.chair.name
    Room.objects.filter(pk=clinic.chair.pk).update(name="Bay 7", is_active=True)
    event = events(clinic.chair)[-1]
    assert (event.pgh_label, event.before, event.after) == (
        "update",
        {"name": old},
        {"name": "Bay 7"},
    )


def test_an_update_that_changes_nothing_leaves_no_event(clinic: Clinic) -> None:
    clinic.chair.save()
    assert len(events(clinic.chair)) == 1


def test_a_delete_tells_what_is_gone(clinic: Clinic) -> None:
    patient = factories.make_patient(clinic.site)
    window = PatientWindow.objects.create(
        organization=clinic.organization, patient=patient, weekday=1, starts=time(9), ends=time(12)
    )
    key = str(window.pk)
    window.delete()
    event = AuditEvent.objects.get(object_id=key, pgh_label="delete")
    assert (event.before["starts"], event.after) == ("09:00:00", None)
    assert event.patient_id == patient.pk


def test_what_says_nothing_leaves_no_event(clinic: Clinic) -> None:
    course = factories.make_course(factories.make_patient(clinic.site), clinic.version, clinic.desk)
    proposal = Proposal.objects.create(
        organization=clinic.organization, course=course, requested_by=clinic.desk, requested_at=NOW
    )
    Proposal.objects.filter(pk=proposal.pk).update(progress=40, claimed_until=NOW, stage="doses")
    assert len(events(proposal)) == 1
    Proposal.objects.filter(pk=proposal.pk).update(progress=100, status=Proposal.Status.READY)
    assert events(proposal)[-1].after == {"status": "READY"}


def test_an_event_finds_the_patient_through_what_the_row_refers_to(clinic: Clinic) -> None:
    patient = factories.make_patient(clinic.site)
    course = factories.make_course(patient, clinic.version, clinic.desk)
    factories.make_visit(course, clinic.chair, NOW, nurse=clinic.nurse)
    told = AuditEvent.objects.filter(patient_id=patient.pk).values_list("model", flat=True)
    assert set(told) == {
        "clinic.Patient",
        "courses.Course",
        "courses.Screening",
        "treatment_sessions.Session",
        "scheduling.Reservation",
        "scheduling.StaffClaim",
    }


def test_an_account_concerns_each_organization_that_it_works_for(
    clinic: Clinic, other_clinic: Clinic
) -> None:
    account = clinic.desk.user
    Membership.objects.create(organization=other_clinic.organization, user=account, name="Both")
    User.objects.filter(pk=account.pk).update(is_active=False)
    changed = events(account, pgh_label="update")
    assert {event.organization_id for event in changed} == {
        clinic.organization.pk,
        other_clinic.organization.pk,
    }


def secrets_of(member: Membership) -> list[str]:
    """Everything about an account that opens a door, after a change of each."""
    account = member.user
    account.set_password("a first password, long enough")
    account.save()
    first = account.password
    account.set_password("a second password, long enough")
    account.save()
    token, text = issue_token(member=member, name="Reports")
    step = Authenticator.objects.create(
        user=account, type=Authenticator.Type.TOTP, data={"secret": "canary-totp-secret"}
    )
    step.data = {"secret": "another-totp-secret"}
    step.save()
    digest = get_token_model().objects.get(pk=token.pk).digest
    return [first, account.password, text, digest, "canary-totp-secret", "another-totp-secret"]


def recorded() -> str:
    """Everything in every column of every event."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM clinic_auditevent AS e ORDER BY pgh_id")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_no_secret_is_ever_in_an_event(clinic: Clinic) -> None:
    secrets = secrets_of(clinic.desk)
    text = recorded()
    assert not [secret for secret in secrets if secret in text]
    assert '"type": "totp"' in text
    assert "Reports" in text


def test_a_secret_in_an_event_would_be_seen(clinic: Clinic) -> None:
    clinic.chair.name = "canary-totp-secret"
    clinic.chair.save()
    assert [secret for secret in secrets_of(clinic.desk) if secret in recorded()]


def test_addresses_of_accounts_are_recorded(clinic: Clinic) -> None:
    row = EmailAddress.objects.create(user=clinic.desk.user, email="new@example.com")
    event = AuditEvent.objects.get(model="clinic.AccountAddress", object_id=str(row.pk))
    assert event.organization_id == clinic.organization.pk
    assert event.after["email"] == "new@example.com"


def test_a_sign_in_is_no_change_of_the_account(clinic: Clinic) -> None:
    known = len(events(clinic.desk.user))
    Client().force_login(clinic.desk.user)
    assert len(events(clinic.desk.user)) == known
