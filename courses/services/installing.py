"""Giving an organisation the shipped protocols."""

from datetime import datetime
from typing import Any

from django.db import transaction

from clinic.models import Organization
from courses.models import Protocol, ProtocolVersion
from courses.protocols import read_definition, shipped_definitions


@transaction.atomic
def install_protocols(*, organization: Organization, now: datetime) -> list[ProtocolVersion]:
    """Publish the shipped protocols that the organisation does not have yet."""
    have = set(Protocol.objects.filter(organization=organization).values_list("code", flat=True))
    return [
        _publish_first(organization, content, now)
        for content in shipped_definitions()
        if content["code"] not in have
    ]


def _publish_first(
    organization: Organization, content: dict[str, Any], now: datetime
) -> ProtocolVersion:
    definition = read_definition(content)
    protocol = Protocol.objects.create(
        organization=organization,
        code=definition.code,
        name=definition.name,
        is_in_use=not definition.is_off_by_default,
    )
    return ProtocolVersion.objects.create(
        organization=organization,
        protocol=protocol,
        number=1,
        definition=content,
        is_shipped=True,
        published_at=now,
    )
