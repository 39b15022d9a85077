"""Protocols as versioned data."""

from django.db import models

from clinic.audit.triggers import audited
from clinic.models import TenantModel


@audited()
class Protocol(TenantModel):
    """A treatment protocol of one organisation; its content lives in its versions."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="protocol_code_once")
        ]

    def __str__(self) -> str:
        return self.name


@audited(record="Version of a protocol", reads=("protocol",))
class ProtocolVersion(TenantModel):
    """One signed state of a protocol; published ones never change, courses keep theirs.

    `definition` has the shape of `courses.protocols.format.ProtocolDefinition`.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    definition = models.JSONField()
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "number"], name="protocol_version_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.protocol.name}, version {self.number}"
