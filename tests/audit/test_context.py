"""Each event says who, from where and by what; a change past the application says that too."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from celery import Task
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pghistory import runtime

from clinic.api.tokens import issue_token
from clinic.audit.commands import running
from clinic.audit.context import asked
from clinic.audit.tasks import AuditedTask
from clinic.celery import app
from clinic.models import AuditEvent, ChartOpening, Room
from local.testing import database_url
from tests import factories
from tests.factories import Clinic

SignIn = Callable[..., Client]
ROOT = Path(__file__).resolve().parents[2]


def latest(**of: object) -> AuditEvent:
    found = AuditEvent.objects.filter(**of).order_by("pgh_id").last()
    assert found is not None
    return found


@pytest.mark.django_db
def test_a_page_says_who_from_where_and_by_which_view(clinic: Clinic, sign_in: SignIn) -> None:
    browser = sign_in(clinic.desk)
    answer = browser.post(
        reverse("clinic:patient_new"),
        {
            "site": clinic.site.pk,
            "given_name": "Ada",
            "family_name": "Lovelace",
            "birth_date": "1980-02-29",
            "language": "en",
            "contacts-TOTAL_FORMS": "0",
            "contacts-INITIAL_FORMS": "0",
        },
        headers={"X-Forwarded-For": "203.0.113.9"},
    )
    assert answer.status_code == 302, answer.content
    said = latest(model="clinic.Patient").pgh_context
    assert UUID(said.pop("request"))
    assert said == {
        "via": "page",
        "address": "127.0.0.1",
        "route": "clinic:patient_new",
        "user": str(clinic.desk.user_id),
        "membership": str(clinic.desk.pk),
    }


@pytest.mark.django_db
def test_the_address_is_the_one_that_our_proxy_saw(
    clinic: Clinic, sign_in: SignIn, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    patient = factories.make_patient(clinic.site)
    sign_in(clinic.desk).get(
        reverse("clinic:patient", args=[patient.pk]),
        headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"},
    )
    assert ChartOpening.objects.get().address == "203.0.113.9"


@pytest.mark.django_db
def test_a_call_says_by_which_token(clinic: Clinic) -> None:
    token, text = issue_token(member=clinic.desk, name="Reports")
    answer = Client().post(
        "/api/v1/patients",
        {
            "site": str(clinic.site.pk),
            "given_name": "Ada",
            "family_name": "Lovelace",
            "birth_date": "1980-02-29",
            "windows": [],
            "contacts": [],
        },
        content_type="application/json",
        headers={"Authorization": f"Bearer {text}"},
    )
    assert answer.status_code == 201, answer.content
    said = latest(model="clinic.Patient").pgh_context
    assert UUID(said.pop("request"))
    assert said == {
        "via": "api",
        "address": "127.0.0.1",
        "route": "api:patients",
        "user": str(clinic.desk.user_id),
        "membership": str(clinic.desk.pk),
        "token": str(token.id),
    }


@pytest.mark.django_db
def test_an_act_says_why(clinic: Clinic, sign_in: SignIn) -> None:
    course = factories.make_course(factories.make_patient(clinic.site), clinic.version, clinic.desk)
    visit = factories.make_visit(course, clinic.chair, timezone.now() + timedelta(days=2))
    said = {"code": "PATIENT", "cancelled_by": "PATIENT", "reason": "Away on a trip"}
    answer = sign_in(clinic.prescriber).post(
        reverse("scheduling:visit_cancel", args=[visit.pk]), said
    )
    assert answer.status_code < 400, answer.content
    assert latest(model="treatment_sessions.Session").pgh_context["reason"] == "Away on a trip"
    assert latest(model="scheduling.Reservation").pgh_context["reason"] == "Away on a trip"


@pytest.mark.django_db
def test_nothing_of_a_request_stays_for_the_next(clinic: Clinic, sign_in: SignIn) -> None:
    test_an_act_says_why(clinic, sign_in)
    nurse = sign_in(clinic.therapist)
    nurse.get(reverse("scheduling:today"))
    Client().force_login(clinic.nurse.user)
    assert not hasattr(runtime._tracker, "value")
    assert asked() is None


@pytest.mark.django_db
def test_a_task_gives_its_name(clinic: Clinic) -> None:
    @app.task(name="tests.rename", bind=True)
    def rename(self: Task, name: str) -> None:
        Room.objects.filter(pk=clinic.chair.pk).update(name=name)

    rename.apply(args=["Bay 7"], task_id="11-22")
    said = {"via": "task", "task": "tests.rename", "task_id": "11-22"}
    assert latest(after={"name": "Bay 7"}).pgh_context == said


def test_every_task_is_one_that_gives_its_name() -> None:
    app.loader.import_default_modules()
    ours = [one for name, one in app.tasks.items() if not name.startswith("celery.")]
    assert len(ours) > 4
    assert all(isinstance(one, AuditedTask) for one in ours)


RENAME = "from clinic.models import Room; Room.objects.filter(pk='{key}').update(name='{name}')"


def run(*arguments: str) -> None:
    """A program of its own, on the test's database, as the owner."""
    own = {name: database_url(name) for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=os.environ | own, check=True)


@pytest.mark.django_db(transaction=True)
def test_a_shell_is_named_and_a_script_appears_as_its_role() -> None:
    chair = factories.make_clinic().chair
    run("manage.py", "shell", "-c", RENAME.format(key=chair.pk, name="By shell"))
    by_shell = latest(after={"name": "By shell"})
    assert by_shell.pgh_context["command"] == "shell"
    assert by_shell.pgh_context["os_user"]
    run("-c", f"import django; django.setup(); {RENAME.format(key=chair.pk, name='By script')}")
    by_script = latest(after={"name": "By script"})
    assert by_script.pgh_context is None
    assert by_script.database_role == connection.settings_dict["USER"]


@pytest.mark.django_db
def test_a_write_without_a_transaction_says_who_too(clinic: Clinic) -> None:
    with running(["manage.py", "shell"]):
        clinic.chair.name = "By hand"
        clinic.chair.save()
    assert latest(after={"name": "By hand"}).pgh_context["via"] == "command"


@pytest.mark.django_db
def test_migrating_goes_on_while_a_command_is_named() -> None:
    with running(["manage.py", "migrate"]):
        call_command("migrate", verbosity=0)
