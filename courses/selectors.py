"""Reads: protocols that can be used, and courses with their history."""

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from clinic.models import Organization, Patient
from courses.models import Course, CourseEvent, ProtocolVersion
from courses.protocols import ProtocolDefinition, read_definition


@dataclass(frozen=True, slots=True)
class _Content:
    """A version by its key: equal keys are equal, so a cache can go by them. What it says is only
    read where it is not at hand."""

    version_id: UUID
    version: ProtocolVersion = field(compare=False)


def definition_of(version: ProtocolVersion) -> ProtocolDefinition:
    """The definition; DefinitionError when it cannot be used. Published ones are kept at hand."""
    if version.published_at is None:
        return read_definition(version.definition)
    return _published(_Content(version.pk, version))


@lru_cache(maxsize=256)
def _published(content: _Content) -> ProtocolDefinition:
    return read_definition(content.version.definition)


def published_versions(*, organization: Organization) -> list[ProtocolVersion]:
    """The version of each protocol in use that new courses begin under, by the protocol's name."""
    latest = (
        ProtocolVersion.objects.filter(
            organization=organization,
            protocol__is_in_use=True,
            published_at__isnull=False,
            retired_at__isnull=True,
        )
        .order_by("protocol_id", "-number")
        .distinct("protocol_id")
        .select_related("protocol")
    )
    return sorted(latest, key=lambda version: (version.protocol.name, version.pk))


def courses_of_patient(*, patient: Patient) -> QuerySet[Course]:
    """The patient's courses, newest first."""
    return (
        Course.objects.filter(patient=patient)
        .select_related("site", "protocol_version__protocol", "lead_therapist")
        .order_by("-created_at", "pk")
    )


def events_of_course(*, course: Course) -> QuerySet[CourseEvent]:
    """What happened to the course, newest first."""
    return CourseEvent.objects.filter(course=course).select_related("by").order_by("-at", "-pk")
