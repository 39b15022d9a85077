"""Moving a course to another version of its protocol."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.fields import Input, Moment, Text
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, named
from clinic.rights import Right
from courses.access import course_for, protocol_version_for
from courses.editor.moving import version_ahead
from courses.editor.serializers import DifferenceOutput
from courses.serializers import CourseOutput
from scheduling.services.versions import change_version, version_change


class VisitAheadOutput(serializers.Serializer[Any]):
    """A visit ahead, and why it cannot stay as it is booked."""

    id = serializers.UUIDField(source="visit.pk")
    starts_at = Moment(source="visit.starts_at")
    faults = serializers.ListField(
        child=serializers.CharField(), help_text="Why it cannot stay; empty where it can"
    )
    notes = serializers.ListField(child=serializers.CharField())


class VersionChangeOutput(serializers.Serializer[Any]):
    """What would differ for the course under the version in force."""

    version = serializers.UUIDField(source="fit.version.pk")
    number = serializers.IntegerField(source="fit.version.number")
    doses = serializers.IntegerField(source="fit.doses")
    changes = DifferenceOutput(source="fit.changes", many=True)
    may_stay = serializers.BooleanField(help_text="Whether everything that is booked can stay")
    visits = VisitAheadOutput(many=True)


class VersionChangeInput(Input):
    """To which version, why, and what becomes of the visits that are booked."""

    protocol_version = serializers.UUIDField()
    keep_visits = serializers.BooleanField(
        help_text="False: they are called off, to be planned anew"
    )
    reason = Text(max_length=240)


class CourseVersion(ApiView):
    """GET and POST /courses/{id}/version"""

    right = Right.DECIDE

    @extend_schema(
        operation_id="read_version_change",
        tags=["courses"],
        responses={200: VersionChangeOutput, 204: None},
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        """What would differ under the version in force; nothing (204) where it goes by that."""
        course = course_for(self.member, course_id, Right.DECIDE)
        version = version_ahead(course)
        if version is None:
            return Response(status=204)
        change = version_change(course, version, now=timezone.now())
        return Response(VersionChangeOutput(change).data)

    @extend_schema(
        operation_id="change_course_version",
        tags=["courses"],
        request=VersionChangeInput,
        responses=CourseOutput,
    )
    @idempotent
    def post(self, request: Request, course_id: UUID) -> Response:
        """Move the course to the version."""
        course = course_for(self.member, course_id, Right.DECIDE)
        said = self.sent(VersionChangeInput)
        version_id = said.pop("protocol_version")
        version = named("protocol_version", lambda: protocol_version_for(self.member, version_id))
        change_version(course=course, version=version, by=self.member, now=timezone.now(), **said)
        return Response(CourseOutput(course).data)
