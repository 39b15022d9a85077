"""Reads for the editor: the protocols with their versions, and the courses that go by them."""

from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from clinic.models import Organization
from courses.models import Protocol, ProtocolVersion

# Courses that may still have a dose ahead of them.
RUNNING = ("DRAFT", "ACTIVE", "PAUSED", "INTERRUPTED")


@dataclass(slots=True)
class ProtocolRow:
    """A protocol with its version in force, its draft, and how many courses run under it."""

    protocol: Protocol
    running: int
    in_force: ProtocolVersion | None = None
    draft: ProtocolVersion | None = None
    # Running courses under a version before the one in force.
    behind: int = 0
    versions: list[ProtocolVersion] = field(default_factory=list)


def protocol_rows(*, organization: Organization) -> list[ProtocolRow]:
    """Every protocol of the organisation, by name, in a fixed number of queries."""
    rows = {
        protocol.pk: ProtocolRow(protocol, 0)
        for protocol in Protocol.objects.filter(organization=organization).order_by("name", "pk")
    }
    for version in _counted(ProtocolVersion.objects.filter(organization=organization)):
        _add(rows[version.protocol_id], version)
    return list(rows.values())


def _counted(versions: QuerySet[ProtocolVersion]) -> QuerySet[ProtocolVersion]:
    """With the number of running courses, newest first, without what only a reader needs."""
    running = Count("courses", filter=Q(courses__status__in=RUNNING))
    return (
        versions.defer("definition")
        .select_related("signed_by", "drafted_by", "protocol")
        .annotate(running=running)
        .order_by("-number", "pk")
    )


def _add(row: ProtocolRow, version: ProtocolVersion) -> None:
    row.versions.append(version)
    running: int = version.running  # type: ignore[attr-defined]
    row.running += running
    if version.is_draft:
        row.draft = version
    elif row.in_force is None and version.retired_at is None:
        row.in_force = version
    elif row.in_force is not None:
        row.behind += running


def versions_of(*, protocol: Protocol) -> QuerySet[ProtocolVersion]:
    """The protocol's versions, newest first, each with the number of its running courses."""
    return _counted(ProtocolVersion.objects.filter(protocol=protocol))


def in_force(*, protocol: Protocol) -> ProtocolVersion | None:
    """The version by which new courses begin, if there is one."""
    rows = protocol.versions.filter(published_at__isnull=False, retired_at=None)
    return rows.order_by("-number").first()


def version_before(version: ProtocolVersion) -> ProtocolVersion | None:
    """What the version is compared with: the one that it began with, else the one before."""
    if version.follows_id:
        return version.follows
    return version.protocol.versions.filter(number__lt=version.number).order_by("-number").first()
