"""Giving an organisation the shipped protocols, and what became of them since."""

from datetime import datetime
from typing import Any

from django.db import transaction

from clinic.models import Organization
from courses.models import Protocol, ProtocolVersion
from courses.protocols import read_definition, shipped_definitions


@transaction.atomic
def install_protocols(*, organization: Organization, now: datetime) -> list[ProtocolVersion]:
    """Publish the shipped protocols that the organisation does not have as they are shipped now.

    A protocol that somebody drafted, signed or retired a version of is the clinic's own and left
    alone.
    """
    have = {one.code: one for one in Protocol.objects.filter(organization=organization)}
    installed = (
        _publish_next(have[content["code"]], content, now)
        if content["code"] in have
        else _publish_first(organization, content, now)
        for content in shipped_definitions()
    )
    return [version for version in installed if version]


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
    return _publish(protocol, 1, content, now)


def _publish_next(
    protocol: Protocol, content: dict[str, Any], now: datetime
) -> ProtocolVersion | None:
    versions = list(protocol.versions.select_for_update(no_key=True).order_by("-number"))
    if not versions or versions[0].definition == content or _is_own(versions):
        return None
    protocol.versions.filter(retired_at=None).update(
        retired_at=now, retired_reason=f"Replaced by version {versions[0].number + 1}"
    )
    Protocol.objects.filter(pk=protocol.pk).update(name=content["name"])
    return _publish(protocol, versions[0].number + 1, content, now)


def _is_own(versions: list[ProtocolVersion]) -> bool:
    """Whether somebody of the organisation had a hand in the protocol."""
    return any(
        not one.is_shipped or one.signed_at or one.retired_by_id or one.published_at is None
        for one in versions
    )


def _publish(
    protocol: Protocol, number: int, content: dict[str, Any], now: datetime
) -> ProtocolVersion:
    return ProtocolVersion.objects.create(
        organization_id=protocol.organization_id,
        protocol=protocol,
        number=number,
        definition=content,
        is_shipped=True,
        published_at=now,
    )
