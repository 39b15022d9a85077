"""Making an organisation with its sites, rooms and people from one description."""

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.consents.services import install_texts
from clinic.founding_file import (
    DAYS,
    Founding,
    FoundingRefused,
    PersonPart,
    PostPart,
    SitePart,
    read_founding,
    rows,
)
from clinic.models import (
    Closure,
    Membership,
    OpeningHours,
    Organization,
    RoleAssignment,
    Room,
    Shift,
    Site,
    User,
)


def read_organization(text: str) -> Founding:
    """What a founding file describes; FoundingRefused lists all that is wrong with it, names
    and e-mails that exist already included."""
    return read_founding(text, also=_taken)


@transaction.atomic
def found_organization(*, founding: Founding) -> Organization:
    """A new organisation as described; FoundingRefused when its name or an e-mail exists."""
    if faults := list(_taken(founding.model_dump())):
        raise FoundingRefused(faults)
    organization = Organization.objects.create(name=founding.name, sender_name=founding.sender_name)
    sites = {part.name: _open_site(organization, part) for part in founding.sites}
    for person in founding.staff:
        _employ(organization, person, sites)
    install_texts(organization=organization, now=timezone.now())
    return organization


def _taken(data: Any) -> Iterator[str]:
    """What exists already; the description may be anything that JSON can say."""
    name = _searchable(data.get("name") if isinstance(data, dict) else None)
    if name and Organization.objects.filter(name__iexact=name).exists():
        yield f"$.name: there is an organisation “{name}” already"
    emails = {n: _searchable(person.get("email")).lower() for n, person in rows(data, "staff")}
    known = set(User.objects.filter(email__in=emails.values()).values_list("email", flat=True))
    for number, email in emails.items():
        if email in known:
            yield f"$.staff[{number}].email: there is an account “{email}” already"


def _searchable(value: Any) -> str:
    """A text that a query takes: without the characters that PostgreSQL refuses."""
    return value if isinstance(value, str) and value.isprintable() else ""


def _open_site(organization: Organization, part: SitePart) -> Site:
    site = Site.objects.create(
        organization=organization,
        **part.model_dump(exclude={"hours", "closures", "rooms"}),
    )
    own = {"organization": organization, "site": site}
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=day, starts=starts, ends=ends, **own)
        for day, starts, ends in _weekly(part.hours)
    )
    Closure.objects.bulk_create(
        Closure(on=closure.on, reason=closure.reason or "", **own) for closure in part.closures
    )
    Room.objects.bulk_create(
        Room(name=room.name, kinds=list(dict.fromkeys(room.kinds)), position=position, **own)
        for position, room in enumerate(part.rooms)
    )
    return site


def _weekly(week: Mapping[Any, list[tuple[time, time]]]) -> Iterator[tuple[int, time, time]]:
    for day, stretches in week.items():
        for starts, ends in stretches:
            yield DAYS.index(day), starts, ends


def _employ(organization: Organization, person: PersonPart, sites: Mapping[str, Site]) -> None:
    user = User.objects.create_user(person.email) if person.email else None
    member = Membership.objects.create(
        organization=organization, user=user, name=person.name, capacity=person.capacity
    )
    for post in person.sites:
        _post(member, sites[post.site], post)


def _post(member: Membership, site: Site, post: PostPart) -> None:
    own = {"organization": member.organization, "membership": member, "site": site}
    RoleAssignment.objects.bulk_create(
        RoleAssignment(role=role, **own) for role in dict.fromkeys(post.roles)
    )
    Shift.objects.bulk_create(
        Shift(weekday=day, starts=starts, ends=ends, **own)
        for day, starts, ends in _weekly(post.shifts)
    )
