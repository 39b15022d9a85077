"""What patients have agreed to: the texts, and who signed which of them, when and how."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models.patients import Patient
from clinic.models.staff import Membership
from clinic.models.tenancy import TenantModel


class ConsentKind(models.TextChoices):
    """What a consent is about (FHIR: the scope of a Consent)."""

    TREATMENT = "TREATMENT", "Treatment"
    EMAIL_DETAIL = "EMAIL_DETAIL", "Detail in e-mails"
    ESCORT_CONTACT = "ESCORT_CONTACT", "Contact with the escort"
    RELEASE = "RELEASE", "Release of information"


class Drug(models.TextChoices):
    """Drugs as protocols name them."""

    RACEMIC = "racemic ketamine", "Ketamine"
    ESKETAMINE = "esketamine", "Esketamine"


class Route(models.TextChoices):
    """Routes as protocols name them."""

    IV = "IV", "into a vein (IV)"
    IM = "IM", "into a muscle (IM)"
    SC = "SC", "under the skin (SC)"
    ORAL = "oral", "by mouth"
    SUBLINGUAL = "sublingual", "under the tongue"
    NASAL = "nasal", "nasal spray"


@audited(record="Text of a consent")
class ConsentText(TenantModel):
    """One version of what is read and signed; once published it never changes.

    The latest published version of a kind and language is the one in use; consents keep theirs.
    """

    kind = models.CharField(max_length=16, choices=ConsentKind.choices)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField(max_length=20_000)
    # How long a consent to it is good at most; none = until it is withdrawn.
    valid_months = models.PositiveSmallIntegerField(null=True, blank=True)
    # Our own words, without any authority: the clinic puts its own in their place.
    is_shipped = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "language", "number"],
                name="consenttext_number_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "kind", "language"],
                name="consenttext_one_draft",
                condition=Q(published_at__isnull=True),
            ),
            models.CheckConstraint(
                name="consenttext_kind", condition=Q(kind__in=ConsentKind.values)
            ),
            models.CheckConstraint(
                name="consenttext_valid_for_a_while",
                condition=Q(valid_months__isnull=True) | Q(valid_months__range=(1, 120)),
            ),
            models.CheckConstraint(
                name="consenttext_published_by_somebody",
                condition=Q(published_by__isnull=True)
                | Q(published_at__isnull=False, published_at__gte=F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"


@audited(record="Consent")
class ConsentRecord(TenantModel):
    """That a patient agreed to one text; only its withdrawal is ever added to it.

    An empty `drug` or `route` means any. `recipient` is to whom information may go; empty for the
    escort, it is whoever the patient has named.
    """

    class How(models.TextChoices):
        PAPER = "PAPER", "On paper, seen by staff"
        SCREEN = "SCREEN", "On a screen at the clinic"
        LINK = "LINK", "By the patient’s own link"
        VERBAL = "VERBAL", "In words, before a witness"

    class SignedBy(models.TextChoices):
        PATIENT = "PATIENT", "The patient"
        REPRESENTATIVE = "REPRESENTATIVE", "A legal representative"

    application_may = ("SELECT", "INSERT", "UPDATE")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="records")
    # The text's, repeated so that a patient's consents of one kind are found by one index.
    kind = models.CharField(max_length=16, choices=ConsentKind.choices)
    drug = models.CharField(max_length=40, choices=Drug.choices, blank=True)
    route = models.CharField(max_length=20, choices=Route.choices, blank=True)
    recipient = models.CharField(max_length=160, blank=True)
    signed_at = models.DateTimeField()
    how = models.CharField(max_length=8, choices=How.choices)
    signed_by = models.CharField(max_length=16, choices=SignedBy.choices)
    representative = models.CharField(max_length=160, blank=True)
    witness = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    withdrawal_reason = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="consentrecord_expires_after_signing",
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("signed_at")),
            ),
            models.CheckConstraint(
                name="consentrecord_signed_before_recorded",
                condition=Q(recorded_at__gte=F("signed_at")),
            ),
            models.CheckConstraint(
                name="consentrecord_withdrawn_after_signing",
                condition=Q(
                    withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason=""
                )
                | Q(withdrawn_at__gte=F("recorded_at"), withdrawn_by__isnull=False),
            ),
            models.CheckConstraint(
                name="consentrecord_scope_of_kind",
                condition=Q(kind="TREATMENT", recipient="")
                | Q(kind="RELEASE", drug="", route="") & ~Q(recipient="")
                | Q(kind__in=["EMAIL_DETAIL", "ESCORT_CONTACT"], drug="", route=""),
            ),
            models.CheckConstraint(
                name="consentrecord_route_of_a_drug", condition=Q(route="") | ~Q(drug="")
            ),
            models.CheckConstraint(
                name="consentrecord_representative_has_a_name",
                condition=Q(signed_by="PATIENT", representative="")
                | Q(signed_by="REPRESENTATIVE") & ~Q(representative=""),
            ),
            models.CheckConstraint(
                name="consentrecord_words_need_a_witness",
                condition=(
                    Q(how__in=["PAPER", "SCREEN", "LINK"]) | Q(how="VERBAL", witness__isnull=False)
                )
                & (Q(witness__isnull=True) | ~Q(witness=F("recorded_by"))),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "kind", "-signed_at"], name="consentrecord_by_patient")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
