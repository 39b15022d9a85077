"""Shapes of what the API takes and gives about protocols and courses."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Moment
from courses.models import Course


class ProtocolOutput(serializers.Serializer[Any]):
    """The published version of a protocol, by which a course may start."""

    id = serializers.UUIDField(help_text="The version's id: `protocol_version` of a new course")
    code = serializers.CharField(source="protocol.code")
    name = serializers.CharField(source="protocol.name")
    version = serializers.IntegerField(source="number")
    published_at = Moment()


class ProtocolList(serializers.Serializer[Any]):
    """All published protocols."""

    results = ProtocolOutput(many=True)


class CourseProtocol(serializers.Serializer[Any]):
    """The version of a protocol that a course keeps."""

    id = serializers.UUIDField()
    code = serializers.CharField(source="protocol.code")
    name = serializers.CharField(source="protocol.name")
    version = serializers.IntegerField(source="number")


class CourseOutput(serializers.Serializer[Any]):
    """A patient's whole treatment."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="patient_id")
    site = serializers.UUIDField(source="site_id")
    timezone = serializers.CharField(source="site.timezone")
    protocol = CourseProtocol(source="protocol_version")
    status = serializers.ChoiceField(choices=Course.Status.choices)
    earliest_on = serializers.DateField()
    latest_first_on = serializers.DateField()
    doses = serializers.IntegerField(source="dose_count")
    lead_therapist = serializers.UUIDField(source="lead_therapist_id", allow_null=True)

    def get_url(self, course: Course) -> str:
        """Where the course is read."""
        return reverse("api:course", args=[course.pk])
