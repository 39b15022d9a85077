"""Which protocol's capacity at which site somebody asks for."""

from clinic.models import Membership
from courses.models import ProtocolVersion
from courses.selectors import published_versions


def versions_for(member: Membership) -> list[ProtocolVersion]:
    """The protocols in use of the member's organisation, by name."""
    return published_versions(organization=member.organization)


def chosen_version(versions: list[ProtocolVersion], said: str) -> ProtocolVersion | None:
    """The one that is named, else the first; None where no protocol is in use."""
    named = (version for version in versions if str(version.pk) == said)
    return next(named, versions[0] if versions else None)
