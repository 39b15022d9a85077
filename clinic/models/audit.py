"""What happened to whose data: every change, every opening of a chart, for ever (G11)."""

import pgtrigger
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import models
from django.db.models import Func, Q, Value
from pghistory.models import Event

from clinic.audit.triggers import audited
from clinic.models.patients import Patient
from clinic.models.staff import Membership
from clinic.models.tenancy import TenantModel

NUMBERS = "clinic_audit_numbers"
# Binds the owner of the tables too, short of a deliberate `pgtrigger.ignore` (old rows leaving).
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


def next_number() -> Func:
    """The database's next number: later ones are greater, in both tables of this file."""
    return Func(Value(NUMBERS), function="nextval", output_field=models.BigIntegerField())


class AuditEvent(Event):
    """That a row of some model came, changed or went; written by triggers alone.

    One table for all models: what was recorded outlives the columns that it tells of, and one
    index leads to everything about a patient. An account's events are written once for each
    organisation that the account works for.
    """

    class Label(models.TextChoices):
        INSERT = "insert", "Added"
        UPDATE = "update", "Changed"
        DELETE = "delete", "Deleted"

    application_may = ("SELECT",)

    pgh_id = models.BigIntegerField(primary_key=True, db_default=next_number(), editable=False)
    pgh_context = models.JSONField(null=True)
    model = models.CharField(max_length=80)
    object_id = models.CharField(max_length=64)
    # Not checked against its table: the event stays when that row is gone.
    organization = models.ForeignKey(
        "clinic.Organization",
        on_delete=models.DO_NOTHING,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
    )
    patient_id = models.UUIDField(null=True)
    # Of an update only the columns that changed.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    database_role = models.CharField(max_length=63)

    class Meta:
        indexes = [
            models.Index(
                fields=["patient_id", "-pgh_id"],
                name="auditevent_by_patient",
                condition=Q(patient_id__isnull=False),
            ),
            models.Index(
                fields=["organization", "-pgh_id"],
                name="auditevent_of_configuration",
                condition=Q(patient_id__isnull=True),
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.pgh_label} {self.model}"

    @classmethod
    def pghistory_setup(cls) -> None:
        """Nothing: the models say themselves that they are audited (`clinic.audit.triggers`)."""


class ChartOpening(TenantModel):
    """That somebody was shown a patient's chart."""

    class Via(models.TextChoices):
        PAGE = "page", "Page"
        API = "api", "API"
        EXPORT = "export", "Export"

    application_may = ("SELECT", "INSERT")

    number = models.BigIntegerField(db_default=next_number(), unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    via = models.CharField(max_length=8, choices=Via.choices)
    # The name of the view.
    route = models.CharField(max_length=200)
    request_id = models.UUIDField(null=True)
    address = models.GenericIPAddressField(null=True)
    # What opened a restricted chart.
    break_glass = models.ForeignKey(
        "clinic.BreakGlass", on_delete=models.PROTECT, related_name="+", null=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-number"], name="chartopening_by_patient"),
            models.Index(
                fields=["patient", "membership", "opened_at"], name="chartopening_of_late"
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return str(self.pk)


@audited(account="user", record="E-mail address of an account")
class AccountAddress(EmailAddress):  # type: ignore[misc]  # allauth has no types
    """An account's e-mail address, with its changes on record."""

    class Meta:
        proxy = True


@audited(account="user", without=["data", "last_used_at"], record="Second step to sign in")
class SecondStep(Authenticator):  # type: ignore[misc]  # allauth has no types
    """That an account has a second step to sign in, without its secret."""

    class Meta:
        proxy = True
