"""The demo's organisation, sites, rooms, people and patients."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from psycopg.types.range import TimestamptzRange

from clinic.accounts import verify_address
from clinic.charts import break_glass, restrict_chart
from clinic.consents.services import install_texts
from clinic.models import (
    Closure,
    Leave,
    Membership,
    OpeningHours,
    Organization,
    Patient,
    PatientContact,
    Role,
    RoleAssignment,
    Room,
    RoomBlock,
    Shift,
    Site,
    User,
)
from clinic.services import Contact, Window, register_patient
from courses.models import ProtocolVersion
from courses.services import install_protocols
from reminders.services import install_rules
from scheduling.demo import tables


@dataclass(frozen=True)
class Demo:
    """What has been founded, by the names that the tables use."""

    organization: Organization
    now: datetime
    sites: dict[str, Site]
    people: dict[str, Membership]
    versions: dict[str, ProtocolVersion]

    def day(self, site: str, offset: int) -> date:
        """The site's local date so many days from the day of the demo."""
        return self.now.astimezone(self.sites[site].zone).date() + timedelta(days=offset)

    def moment(self, site: str, offset: int, hour: int = 10) -> datetime:
        """An hour of that day by the site's clock, but never after now."""
        there = datetime.combine(self.day(site, offset), time(hour), self.sites[site].zone)
        return self.now if offset >= 0 else there

    def desk(self, site: str) -> Membership:
        """Whoever works at the site's front desk."""
        return self.people["Dana Whitfield" if site == "harbor" else "Rory Finch"]


def found(now: datetime) -> Demo:
    """Make the organisation with everything but courses."""
    organization = Organization.objects.create(
        name=tables.NAME, sender_name=tables.SENDER, is_demo=True
    )
    versions = install_protocols(organization=organization, now=now - timedelta(days=200))
    install_rules(organization=organization)
    install_texts(organization=organization, now=now - timedelta(days=500))
    demo = Demo(
        organization=organization,
        now=now,
        sites={row.code: _site(organization, row) for row in tables.SITES},
        people={row.name: _member(organization, row) for row in tables.STAFF},
        versions={version.protocol.code: version for version in versions},
    )
    accounts = User.objects.filter(memberships__organization=organization)
    accounts.update(password=make_password(tables.PASSWORD))
    for account in accounts:
        verify_address(account)
    for row in tables.SITES:
        _close(demo, row)
    for member in tables.STAFF:
        _employ(demo, member)
    _block_a_room(demo)
    return demo


def _site(organization: Organization, row: tables.SiteRow) -> Site:
    site = Site.objects.create(
        organization=organization,
        name=row.name,
        timezone=row.timezone,
        address=row.address,
        phone=row.phone,
        soft_doses_per_day=row.doses_per_day,
    )
    own = {"organization": organization, "site": site}
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=day, starts=starts, ends=ends, **own)
        for day, starts, ends in _weekly(row.hours)
    )
    Room.objects.bulk_create(
        Room(name=name, kinds=kinds.split(), position=position, **own)
        for position, (name, kinds) in enumerate(row.rooms)
    )
    return site


def _weekly(hours: tables.Hours) -> Iterator[tuple[int, time, time]]:
    for days, starts, ends in hours:
        for day in days:
            yield day, time(starts), time(ends)


def _member(organization: Organization, row: tables.StaffRow) -> Membership:
    user = User.objects.create_user(f"{row.account}@demo.example") if row.account else None
    return Membership.objects.create(
        organization=organization, user=user, name=row.name, capacity=row.capacity
    )


def _close(demo: Demo, row: tables.SiteRow) -> None:
    Closure.objects.bulk_create(
        Closure(
            organization=demo.organization,
            site=demo.sites[row.code],
            on=demo.day(row.code, offset),
            reason=reason,
        )
        for offset, reason in row.closed_on
    )


def _employ(demo: Demo, row: tables.StaffRow) -> None:
    """Roles, shifts and leave; who works at two sites has shifts at the first."""
    own = {"organization": demo.organization, "membership": demo.people[row.name]}
    codes = row.sites.split()
    RoleAssignment.objects.bulk_create(
        RoleAssignment(site=demo.sites[code], role=Role(role), **own)
        for code in codes
        for role in row.roles.split()
    )
    Shift.objects.bulk_create(
        Shift(site=demo.sites[codes[0]], weekday=day, starts=starts, ends=ends, **own)
        for day, starts, ends in _weekly(row.hours)
    )
    if row.away:
        first, last, reason = row.away
        during, kind = _days(demo, codes[0], first, last), Leave.Kind.HOLIDAY
        Leave.objects.create(kind=kind, during=during, reason=reason, **own)


def _days(demo: Demo, site: str, first: int, last: int) -> TimestamptzRange:
    """From the beginning of one day to the end of another."""
    zone = demo.sites[site].zone
    starts, ends = (datetime.combine(demo.day(site, n), time.min, zone) for n in (first, last + 1))
    return TimestamptzRange(starts, ends)


def _block_a_room(demo: Demo) -> None:
    site, name, offset, reason = tables.ROOM_BLOCK
    RoomBlock.objects.create(
        organization=demo.organization,
        room=Room.objects.get(site=demo.sites[site], name=name),
        during=_days(demo, site, offset, offset),
        reason=reason,
    )


def register(demo: Demo, row: tables.PatientRow) -> Patient:
    """Register a patient, three days before the course was booked."""
    name = f"{row.given_name} {row.family_name}"
    patient = register_patient(
        by=demo.desk(row.site),
        site=demo.sites[row.site],
        given_name=row.given_name,
        family_name=row.family_name,
        birth_date=date.fromisoformat(row.birth_date),
        email=f"{name.replace(' ', '.').lower()}@patients.example.com" if row.has_email else "",
        phone="",
        timezone="",
        language=row.language,
        email_reminders=row.wants_email,
        windows=_windows(row.times),
        contacts=[_escort(row)],
    )
    since = demo.moment(row.site, (row.plan.booked_on if row.plan else 0) - 3)
    Patient.objects.filter(pk=patient.pk).update(created_at=since)
    return patient


def restrict(demo: Demo, patient: Patient) -> None:
    """Restrict a chart, which a nurse has opened since; the manager was told of that."""
    since = demo.now - timedelta(days=3)
    restrict_chart(
        patient=patient,
        by=demo.people["Mona Reyes"],
        is_restricted=True,
        reason="The patient works with us at the other site.",
        now=since,
    )
    opening = break_glass(
        patient=patient,
        by=demo.people["Nora Bell"],
        reason="I observe this patient after the infusion today.",
        now=since + timedelta(days=1),
    )
    opening.notices.update(sent_at=opening.opened_at)


def _windows(times: str) -> list[Window]:
    return [
        Window(weekday=day, starts=time(starts), ends=time(ends), preferred=liked)
        for days, starts, ends, liked in tables.TIMES[times]
        for day in days
    ]


def _escort(row: tables.PatientRow) -> Contact:
    return Contact(
        relationship=PatientContact.Relationship.ESCORT,
        name=f"Sam {row.family_name}",
        phone="+1 212 555 0199" if row.site == "harbor" else "+44 20 7946 0199",
    )
