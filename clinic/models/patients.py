"""Patients: who they are, how to reach them, when they can come."""

from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat, Lower, Right
from django.utils.functional import cached_property

from clinic.audit.triggers import audited
from clinic.models.organizations import Site, validate_timezone
from clinic.models.tenancy import TenantModel, WeeklyInterval


@audited(patient="id")
class Patient(TenantModel):
    """A person in treatment. Names and contact data never leave for logs or URLs."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    birth_date = models.DateField()
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    timezone = models.CharField(max_length=64, blank=True, validators=[validate_timezone])
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")
    email_reminders = models.BooleanField(default=True)
    # Opens only by break-glass: somebody who works here is a patient, say (DOMAIN 8.66).
    is_restricted = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    search = models.GeneratedField(
        expression=Lower(
            Concat(
                *(
                    part
                    for name in ("given_name", "family_name", "given_name", "email", "phone")
                    for part in (Cast(name, models.TextField()), Value(" "))
                ),
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    # The chart of the same person that stands in this one's place, as the links in force say
    # (`clinic.identity`); empty where this one stands.
    principal = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="others",
        null=True,
        blank=True,
        editable=False,
        db_index=False,
    )
    # The same for all charts of one person: what gaps, caps and holds are counted by.
    person_id = models.GeneratedField(
        expression=Coalesce(F("principal_id"), F("id")),
        output_field=models.UUIDField(),
        db_persist=True,
    )
    # What likely duplicates are found by; as columns, because row-level security keeps readers
    # from indexes on expressions. `clinic.identity.rules` compares by the same.
    email_key = models.GeneratedField(
        expression=Lower("email"), output_field=models.CharField(max_length=254), db_persist=True
    )
    phone_key = models.GeneratedField(
        expression=Right(
            Func(F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace"), 9
        ),
        output_field=models.CharField(max_length=9),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="patient_principal_is_another", condition=~Q(principal=F("id"))
            )
        ]
        indexes = [
            models.Index(
                fields=["principal"],
                name="patient_by_principal",
                condition=Q(principal__isnull=False),
            ),
            models.Index(fields=["person_id"], name="patient_by_person"),
            models.Index(fields=["organization", "birth_date"], name="patient_by_birth"),
            models.Index(fields=["organization", "email_key"], name="patient_by_email"),
            models.Index(fields=["organization", "phone_key"], name="patient_by_phone"),
            GinIndex(
                OpClass("organization", name="uuid_ops"),
                OpClass("search", name="gin_trgm_ops"),
                name="patient_search",
            ),
            models.Index(
                fields=["organization", "family_name", "given_name", "id"], name="patient_by_name"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @cached_property
    def site_ids(self) -> frozenset[UUID]:
        """The sites, by id, whose people treat the patient; read once, then kept."""
        return frozenset([self.site_id, *(shared.site_id for shared in self.other_sites.all())])

    @property
    def sort_name(self) -> str:
        """The name as lists show it: family name first."""
        return f"{self.family_name}, {self.given_name}"


@audited(record="Death of the patient")
class PatientDeath(TenantModel):
    """That the patient has died: said by one person, confirmed by another (DOMAIN 8.43, 8.44).

    From the first word on no message leaves; only what is confirmed ends courses. What turns
    out wrong is withdrawn before it is confirmed, and stays on record.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="deaths")
    died_on = models.DateField(null=True, blank=True)
    # How it became known: a relative called, a letter came back.
    known_from = models.CharField(max_length=240)
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey("clinic.Membership", on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "clinic.Membership", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "clinic.Membership", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], name="patientdeath_once", condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                name="patientdeath_confirmed_by_another",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__gte=F("reported_at"), confirmed_by__isnull=False)
                & ~Q(confirmed_by=F("reported_by")),
                violation_error_message="Somebody else than who reported it confirms it.",
            ),
            models.CheckConstraint(
                name="patientdeath_withdrawn_unconfirmed",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(
                    withdrawn_at__isnull=False,
                    withdrawn_by__isnull=False,
                    confirmed_at__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return "Confirmed" if self.confirmed_at else "Reported, not confirmed"


@audited(record="Further site")
class PatientSite(TenantModel):
    """A site besides their own at which a patient is treated; its people see the patient too."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="other_sites")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "site"], name="patientsite_once")]
        indexes = [models.Index(fields=["site", "patient"], name="patientsite_by_site")]

    def __str__(self) -> str:
        return str(self.pk)


@audited(record="Contact")
class PatientContact(TenantModel):
    """Somebody around the patient."""

    class Relationship(models.TextChoices):
        ESCORT = "ESCORT", "Escort home"
        EMERGENCY = "EMERGENCY", "Emergency contact"
        REFERRER = "REFERRER", "Referring clinician"

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="contacts")
    relationship = models.CharField(max_length=12, choices=Relationship.choices)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.name


@audited(record="Time that suits")
class PatientWindow(WeeklyInterval):
    """When a patient can come, by the site's clock; no rows = whenever the site is open.

    `preferred` marks the times that the patient likes best.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="windows")
    preferred = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


@audited(record="Time away")
class PatientUnavailability(TenantModel):
    """A stretch during which the patient cannot come."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="unavailabilities")
    during = DateTimeRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="patientunavailability_not_empty",
                condition=Q(during__isempty=False)
                & Q(during__startswith__isnull=False, during__endswith__isnull=False),
                violation_error_message="It has a start and a later end.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.patient_id} unavailable"
