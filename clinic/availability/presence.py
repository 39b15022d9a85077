"""Who works when: shifts of the week and of single dates, less leave, until credentials expire."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from clinic.availability.rules import (
    Clock,
    Span,
    hours_on,
    missing_credentials,
    roster_ends_on,
    warning_of,
)
from clinic.availability.selectors import DatedHours, dated_hours
from clinic.models import (
    Closure,
    Credential,
    Leave,
    Membership,
    Role,
    RoleAssignment,
    Shift,
    ShiftChange,
    Site,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One person's date."""

    on: date
    hours: tuple[Clock, ...]
    is_changed: bool = False
    leaves: tuple[Leave, ...] = ()
    is_expired: bool = False
    is_closed: bool = False

    @property
    def leave(self) -> Leave | None:
        """The first of the date, for who asks in a word why the person is away."""
        return self.leaves[0] if self.leaves else None

    @property
    def is_present(self) -> bool:
        """Whether the person works at all; leave of some hours aside."""
        return bool(self.hours) and not (self.leaves or self.is_expired or self.is_closed)


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the roster."""

    member: Membership
    roles: tuple[str, ...]
    cells: list[Cell]
    ends_on: date | None
    missing: list[str]

    @property
    def is_ending(self) -> bool:
        """Whether the end of the roster is near enough to be told on its last day shown."""
        last = self.cells[-1].on
        return self.ends_on is not None and warning_of(self.ends_on, last) is not None


@dataclass(slots=True)
class _Person:
    """What is on record of somebody at one site."""

    roles: set[str] = field(default_factory=set)
    week: list[Span] = field(default_factory=list)
    dated: dict[date, list[Clock]] = field(default_factory=lambda: defaultdict(list))
    leave: list[Leave] = field(default_factory=list)
    credentials: dict[str, date] = field(default_factory=dict)


def roster(site: Site, days: Collection[date]) -> list[Line]:
    """Everybody who works at the site, by name, on each of these dates; a fixed set of queries."""
    assigned = RoleAssignment.objects.filter(site=site, membership__is_active=True)
    people: dict[UUID, _Person] = defaultdict(_Person)
    for member_id, role in assigned.values_list("membership_id", "role"):
        people[member_id].roles.add(role)
    _read(people, site, min(days), max(days))
    closed = set(Closure.objects.filter(site=site, on__in=days).values_list("on", flat=True))
    required = site.organization.credentials_required
    members = Membership.objects.filter(pk__in=people, kind=Membership.Kind.PERSON)
    return [
        _line(member, people[member.pk], site, sorted(days), closed, required)
        for member in members.order_by("name", "pk")
    ]


def _read(people: Mapping[UUID, _Person], site: Site, first: date, last: date) -> None:
    own = {"membership__in": list(people)}
    shifts = Shift.objects.filter(site=site, **own).order_by("weekday", "starts", "pk")
    columns = ("membership_id", "weekday", "starts", "ends")
    for member, weekday, starts, ends in shifts.values_list(*columns):
        people[member].week.append(Span(weekday, starts, ends))
    changes = ShiftChange.objects.filter(site=site, on__range=(first, last), **own)
    for member, on, starts, ends in changes.values_list("membership_id", "on", "starts", "ends"):
        people[member].dated[on] += [] if starts is None or ends is None else [(starts, ends)]
    begins, ends_at = _midnight(first, site), _midnight(last + timedelta(days=1), site)
    for leave in Leave.objects.filter(during__overlap=(begins, ends_at), **own).order_by("during"):
        people[leave.membership_id].leave.append(leave)
    held = Credential.objects.filter(**own).values_list("membership_id", "kind", "expires_on")
    for member, kind, expires_on in held:
        people[member].credentials[kind] = expires_on


def _line(
    member: Membership,
    person: _Person,
    site: Site,
    days: Iterable[date],
    closed: Collection[date],
    required: Iterable[str],
) -> Line:
    ends_on = roster_ends_on(person.roles, person.credentials, required)
    cells = [
        Cell(
            on=day,
            hours=hours_on(day, person.week, person.dated),
            is_changed=day in person.dated,
            leaves=_leaves_on(person.leave, day, site),
            is_expired=ends_on is not None and day >= ends_on,
            is_closed=day in closed,
        )
        for day in days
    ]
    missing = missing_credentials(person.roles, person.credentials, required)
    return Line(member, tuple(sorted(person.roles)), cells, ends_on, missing)


def _leaves_on(leaves: Iterable[Leave], day: date, site: Site) -> tuple[Leave, ...]:
    begins, ends = _midnight(day, site), _midnight(day + timedelta(days=1), site)
    return tuple(one for one in leaves if _overlaps(one.during, begins, ends))


def _overlaps(during: Any, begins: datetime, ends: datetime) -> bool:
    return bool(during.lower < ends and begins < during.upper)


def _midnight(day: date, site: Site) -> datetime:
    return datetime.combine(day, time.min, site.zone)


def present_at(site: Site, now: datetime) -> frozenset[UUID]:
    """Who works at the site at that moment and is not away, by id; a fixed set of queries."""
    there = now.astimezone(site.zone)
    return frozenset(
        line.member.pk
        for line in roster(site, [there.date()])
        if _is_present(line.cells[0], now, there.time())
    )


def _is_present(cell: Cell, now: datetime, at: time) -> bool:
    if cell.is_expired or cell.is_closed:
        return False
    if any(one.during.lower <= now < one.during.upper for one in cell.leaves):
        return False
    return any(starts <= at < ends for starts, ends in cell.hours)


def shift_week(member: Membership, site: Site) -> list[Span]:
    """The person's weekly shifts at the site, in the order of the week."""
    rows = Shift.objects.filter(membership=member, site=site).order_by("weekday", "starts", "pk")
    return [Span(*row) for row in rows.values_list("weekday", "starts", "ends")]


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is on record of somebody from today on."""

    roles: list[str]
    changes: list[DatedHours]
    leave: list[Leave]
    credentials: list[Credential]
    missing: list[str]
    ends_on: date | None


def person_facts(member: Membership, site: Site, *, today: date) -> PersonFacts:
    """The person's changed days, leave to come and credentials, for the page about them."""
    assigned = RoleAssignment.objects.filter(membership=member, site=site).order_by("role")
    roles = list(assigned.values_list("role", flat=True))
    held = list(Credential.objects.filter(membership=member).order_by("expires_on", "pk"))
    known = {one.kind: one.expires_on for one in held}
    required = site.organization.credentials_required
    midnight = _midnight(today, site)
    changed = ShiftChange.objects.filter(membership=member, site=site, on__gte=today)
    away = Leave.objects.filter(membership=member, during__endswith__gt=midnight)
    return PersonFacts(
        roles=[Role(role).label for role in roles],
        changes=dated_hours(changed),
        leave=list(away.order_by("during", "pk")),
        credentials=held,
        missing=[_kind(kind) for kind in missing_credentials(roles, known, required)],
        ends_on=roster_ends_on(roles, known, required),
    )


def _kind(kind: str) -> str:
    known = dict(Credential.Kind.choices)
    return str(known.get(kind, kind))


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """A credential of somebody at a site, or one that they should have."""

    member: Membership
    kind: str
    expires_on: date | None = None
    number: str = ""
    # Days of the narrowest warning; 0 when it has expired.
    warning: int | None = None
    is_required: bool = False


def credential_lines(site: Site, *, today: date) -> list[CredentialLine]:
    """Everybody's credentials at the site: missing ones first, then what expires soonest."""
    people = {line.member.pk: line for line in roster(site, [today])}
    required = site.organization.credentials_required
    rows = Credential.objects.filter(membership__in=list(people)).order_by("expires_on", "pk")
    missing = [
        CredentialLine(line.member, _kind(kind), is_required=True)
        for line in people.values()
        for kind in line.missing
    ]
    held = [
        CredentialLine(
            member=people[row.membership_id].member,
            kind=row.get_kind_display(),
            expires_on=row.expires_on,
            number=row.number,
            warning=warning_of(row.expires_on, today),
            is_required=any(
                f"{role}:{row.kind}" in required for role in people[row.membership_id].roles
            ),
        )
        for row in rows
    ]
    return missing + held
