"""Protocols as versioned data."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, TenantModel


@audited()
class Protocol(TenantModel):
    """A treatment protocol of one organisation; its content lives in its versions.

    New courses begin under the latest published version, while it is in use.
    """

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    is_in_use = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="protocol_code_once")
        ]

    def __str__(self) -> str:
        return self.name


@audited(record="Version of a protocol", reads=("protocol",))
class ProtocolVersion(TenantModel):
    """One signed state of a protocol; published ones never change, courses keep theirs.

    `definition` has the shape of `courses.protocols.format.ProtocolDefinition`; that of a draft
    may still have faults. A shipped version is published without a signature: what it has no
    authority for is a default until the medical director signs it.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    definition = models.JSONField()
    is_shipped = models.BooleanField(default=False)
    # What changed and why, in the words of who drafted it.
    note = models.CharField(max_length=240, blank=True)
    # The version that the draft began with.
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # Empty for shipped versions.
    drafted_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    drafted_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    # The role that the signer held then, and the words that were signed.
    signed_as = models.CharField(max_length=40, blank=True)
    statement = models.CharField(max_length=400, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    retired_reason = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "number"], name="protocol_version_number_once"
            ),
            models.UniqueConstraint(
                fields=["protocol"],
                name="protocol_version_one_draft",
                condition=Q(published_at__isnull=True),
            ),
            models.CheckConstraint(
                name="protocol_version_signed_by_somebody",
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, signed_as="")
                & Q(statement="")
                | Q(signed_at__isnull=False, signed_by__isnull=False, published_at__isnull=False)
                & ~Q(signed_as="")
                & ~Q(statement=""),
            ),
            models.CheckConstraint(
                name="protocol_version_published_is_signed_or_shipped",
                condition=Q(published_at__isnull=True)
                | Q(is_shipped=True)
                | Q(signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="protocol_version_retired_after_publishing",
                condition=Q(retired_at__isnull=True, retired_by__isnull=True, retired_reason="")
                | Q(
                    retired_at__isnull=False,
                    published_at__isnull=False,
                    retired_at__gte=F("published_at"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protocol.name}, version {self.number}"

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.published_at is None

    @property
    def is_signed(self) -> bool:
        """Whether a medical director stands for its numbers."""
        return self.signed_at is not None
