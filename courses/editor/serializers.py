"""Shapes of what the API takes and gives about protocols and their versions."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import Input, Moment, Text
from courses.editor.faults import faults_of
from courses.editor.lines import Change
from courses.editor.selectors import ProtocolRow
from courses.models import ProtocolVersion


class DraftFaultOutput(serializers.Serializer[Any]):
    """Something that keeps a draft from being signed."""

    path = serializers.CharField(help_text="JSON pointer into the definition; empty: the whole")
    detail = serializers.CharField(source="text")


class ProtocolVersionRow(serializers.Serializer[Any]):
    """One version of a protocol, without its content."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    protocol = serializers.UUIDField(source="protocol_id")
    code = serializers.CharField(source="protocol.code")
    number = serializers.IntegerField()
    note = serializers.CharField()
    is_shipped = serializers.BooleanField()
    is_draft = serializers.BooleanField()
    is_signed = serializers.BooleanField(
        help_text="Whether a medical director stands for the values without an authority"
    )
    drafted_by = serializers.UUIDField(source="drafted_by_id", allow_null=True)
    drafted_at = Moment(allow_null=True)
    signed_by = serializers.UUIDField(source="signed_by_id", allow_null=True)
    signed_as = serializers.CharField(help_text="The role that the signer held then")
    signed_at = Moment(allow_null=True)
    published_at = Moment(allow_null=True)
    retired_at = Moment(allow_null=True)
    retired_reason = serializers.CharField()

    def get_url(self, version: ProtocolVersion) -> str:
        """Where the version is read."""
        return reverse("api:protocol_version", args=[version.pk])


class ProtocolVersionOutput(ProtocolVersionRow):
    """One version of a protocol with its content."""

    definition = serializers.JSONField()
    faults = serializers.SerializerMethodField(help_text="Of a draft; a published one has none")
    statement = serializers.CharField(help_text="The words that were signed")

    @extend_schema_field(DraftFaultOutput(many=True))
    def get_faults(self, version: ProtocolVersion) -> Any:
        """What keeps a draft from being signed."""
        found = faults_of(version.definition) if version.is_draft else []
        return DraftFaultOutput(found, many=True).data


class ProtocolRowOutput(serializers.Serializer[Any]):
    """A protocol, its version in force and its draft."""

    id = serializers.UUIDField(source="protocol.pk")
    code = serializers.CharField(source="protocol.code")
    name = serializers.CharField(source="protocol.name")
    is_in_use = serializers.BooleanField(
        source="protocol.is_in_use", help_text="Whether new courses may begin under it"
    )
    in_force = ProtocolVersionRow(allow_null=True)
    draft = ProtocolVersionRow(allow_null=True)
    running_courses = serializers.IntegerField(source="running")
    running_under_earlier_versions = serializers.IntegerField(source="behind")


class ProtocolRows(serializers.Serializer[Any]):
    """All protocols of the organisation."""

    results = ProtocolRowOutput(many=True)

    @classmethod
    def of(cls, rows: list[ProtocolRow]) -> Any:
        """The answer."""
        return cls({"results": rows}).data


class NewProtocolInput(Input):
    """A new protocol under a code of its own, with the content of a version."""

    template = serializers.UUIDField(help_text="The version whose content it begins with")
    code = serializers.RegexField(r"^[A-Z][A-Z0-9_]*$", max_length=20)
    name = Text(max_length=120)


class ProtocolUseInput(Input):
    """Whether new courses may begin under the protocol."""

    is_in_use = serializers.BooleanField()


class ProtocolDraftInput(Input):
    """What a draft says now."""

    definition = serializers.JSONField(
        help_text="In the format courseline-protocol-1; kept with its faults, which are answered"
    )
    note = Text(max_length=240, required=False, allow_blank=True, default="")
    seen = serializers.DateTimeField(help_text="`drafted_at` of the draft that this began with")

    def validate_definition(self, value: Any) -> dict[str, Any]:
        """An object."""
        if not isinstance(value, dict):
            raise serializers.ValidationError("A definition is an object.")
        return value


class ProtocolSignInput(Input):
    """Of a draft, which state of it was looked at."""

    seen = serializers.DateTimeField(
        required=False, help_text="`drafted_at` of the draft; left out for a shipped version"
    )


class ProtocolRetireInput(Input):
    """Why no course begins under the version any more."""

    reason = Text(max_length=240)


class ProtocolLineOutput(serializers.Serializer[Any]):
    """One value in words, and where it comes from."""

    value = serializers.CharField()
    authority = serializers.CharField(
        source="source.authority",
        default="",
        help_text="`dd`: a default that nobody stands for but who signs it; `gk`: general "
        "knowledge; else marks of the definition’s references",
    )
    note = serializers.CharField(source="source.note", default="")


class DifferenceOutput(serializers.Serializer[Any]):
    """What two versions have differently."""

    section = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the word for it everywhere
    before = ProtocolLineOutput(allow_null=True)
    after = ProtocolLineOutput(allow_null=True)


class VersionComparison(serializers.Serializer[Any]):
    """A version beside another."""

    version = serializers.UUIDField()
    before = serializers.UUIDField(allow_null=True)
    changes = DifferenceOutput(many=True)

    @classmethod
    def of(
        cls, version: ProtocolVersion, before: ProtocolVersion | None, changes: list[Change]
    ) -> Any:
        """The answer."""
        known = {"version": version.pk, "before": before and before.pk, "changes": changes}
        return cls(known).data
