"""Makers of rows for tests: each creates the least, people have names that say who they are."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.db import transaction

from clinic.models import (
    Membership,
    OpeningHours,
    Organization,
    Patient,
    Role,
    RoleAssignment,
    Room,
    Shift,
    Site,
    User,
)
from courses.models import Course, Protocol, ProtocolVersion, Screening
from reminders.services import install_rules
from scheduling.models import Reservation, StaffClaim
from sessions.models import Session
from tests.protocols.small import small_definition as small_definition

NEW_YORK = ZoneInfo("America/New_York")
# A Monday morning in winter; tests that need a clock are given this one.
NOW = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)

_numbers = count(1)


def make_organization(name: str = "") -> Organization:
    """An organisation with a neutral sender's name and the usual reminders.

    It asks nobody for a second step, so that tests of something else need none.
    """
    organization = Organization.objects.create(
        name=name or f"Clinic {next(_numbers)}",
        sender_name="Elm Street Practice",
        mfa_required=Organization.MfaRequired.NOBODY,
    )
    install_rules(organization=organization)
    return organization


def make_site(organization: Organization, *, timezone: str = "America/New_York") -> Site:
    """A site that is open from 08:00 to 18:00, Monday to Friday."""
    site = Site.objects.create(
        organization=organization,
        name=f"Site {next(_numbers)}",
        timezone=timezone,
        address="1 Elm Street",
        phone="+1 212 555 0100",
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(
            organization=organization, site=site, weekday=day, starts=time(8), ends=time(18)
        )
        for day in range(5)
    )
    return site


def make_room(site: Site, *kinds: str, name: str = "") -> Room:
    """A room for visits of these kinds."""
    room = _room(site, *kinds, name=name)
    room.save(force_insert=True)
    return room


def _make_rooms(site: Site, *kinds: str) -> list[Room]:
    """A room for each of these kinds."""
    return Room.objects.bulk_create([_room(site, kind) for kind in kinds])


def _room(site: Site, *kinds: str, name: str = "") -> Room:
    return Room(
        organization_id=site.organization_id,
        site=site,
        name=name or f"Room {next(_numbers)}",
        kinds=list(kinds),
    )


def make_member(
    site: Site, *roles: Role, capacity: int = 1, on_shift: bool = True, **user: Any
) -> Membership:
    """Somebody who works at the site all week, with an account."""
    [member] = _make_members(site, _Hired(roles, capacity, on_shift, user))
    return member


@dataclass
class _Hired:
    roles: tuple[Role, ...]
    capacity: int = 1
    on_shift: bool = True
    account: dict[str, Any] = field(default_factory=dict)


def _make_members(site: Site, *people: _Hired) -> list[Membership]:
    """All of them in few statements: most tests begin with this."""
    own = {"organization_id": site.organization_id}
    numbers = list(islice(_numbers, len(people)))
    accounts = [
        _account(number, **one.account) for number, one in zip(numbers, people, strict=True)
    ]
    User.objects.bulk_create(accounts)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in accounts
    )
    members = [
        Membership(user=user, name=f"Person {number}", capacity=one.capacity, **own)
        for number, user, one in zip(numbers, accounts, people, strict=True)
    ]
    Membership.objects.bulk_create(members)
    hired = list(zip(members, people, strict=True))
    RoleAssignment.objects.bulk_create(
        RoleAssignment(membership=member, site=site, role=role, **own)
        for member, one in hired
        for role in one.roles
    )
    Shift.objects.bulk_create(
        Shift(membership=member, site=site, weekday=day, starts=time(8), ends=time(18), **own)
        for member, one in hired
        for day in range(5 * one.on_shift)
    )
    return members


def _account(number: int, *, password: str | None = None, **fields: Any) -> User:
    """An account that is not saved; its address will be held for proven."""
    fields.setdefault("email", f"person{number}@example.com")
    user = User(**fields)
    user.set_password(password)
    return user


def make_patient(site: Site, **fields: Any) -> Patient:
    """A patient of the site who gets e-mails."""
    number = next(_numbers)
    return Patient.objects.create(
        organization_id=site.organization_id,
        site=site,
        given_name=fields.pop("given_name", "Ada"),
        family_name=fields.pop("family_name", f"Tester{number}"),
        birth_date=fields.pop("birth_date", date(1980, 2, 29)),
        email=fields.pop("email", f"patient{number}@example.com"),
        **fields,
    )


def make_version(organization: Organization, definition: dict[str, Any] | None = None) -> Any:
    """A published version of a protocol of its own."""
    content = definition or small_definition()
    protocol = Protocol.objects.create(
        organization=organization, code=f"{content['code']}{next(_numbers)}", name=content["name"]
    )
    return ProtocolVersion.objects.create(
        organization=organization,
        protocol=protocol,
        number=1,
        definition=content,
        is_shipped=True,
        published_at=NOW,
    )


def make_course(
    patient: Patient,
    version: ProtocolVersion,
    by: Membership,
    *,
    cleared: bool = True,
    **fields: Any,
) -> Course:
    """A draft course that may begin on the day of NOW; its patient is cleared for treatment."""
    if fields.get("status") == Course.Status.PAUSED:
        fields.setdefault("paused_until", NOW.date() + timedelta(days=14))
    ends = _end(fields)
    course = Course.objects.create(
        organization_id=patient.organization_id,
        patient=patient,
        site=patient.site,
        protocol_version=version,
        earliest_on=fields.pop("earliest_on", NOW.date()),
        latest_first_on=fields.pop("latest_first_on", NOW.date() + timedelta(days=14)),
        dose_count=fields.pop("dose_count", 2),
        created_by=by,
        created_at=NOW,
        **fields,
    )
    if cleared:
        clear(course, by)
    if ends:
        Course.objects.filter(pk=course.pk).update(**ends)
        course.refresh_from_db(fields=list(ends))
    return course


def _end(fields: dict[str, Any]) -> dict[str, Any]:
    """Take out what ends the course: none is born ended."""
    if fields.get("status") not in {Course.Status.COMPLETED, Course.Status.STOPPED}:
        return {}
    ends = {"status": fields["status"]}
    if fields["status"] == Course.Status.STOPPED:
        ends["stop_reason"] = fields.pop("stop_reason", Course.StopReason.OTHER)
    fields["status"] = Course.Status.ACTIVE
    return ends


def clear(course: Course, by: Membership, **fields: Any) -> Screening:
    """A screening by which the patient is eligible, from NOW on for years."""
    screening = Screening.objects.create(
        organization_id=course.organization_id, course=course, started_at=NOW, started_by=by
    )
    decided: dict[str, Any] = {
        "status": Screening.Status.ELIGIBLE,
        "decided_at": NOW,
        "evaluator": by,
        "evaluator_role": Role.PRESCRIBER,
        "expires_on": NOW.date() + timedelta(days=3650),
        **fields,
    }
    Screening.objects.filter(pk=screening.pk).update(**decided)
    screening.refresh_from_db()
    return screening


@transaction.atomic
def make_visit(course: Course, room: Room, starts_at: datetime, **fields: Any) -> Session:
    """A booked visit of two hours with its reservation; `nurse=` gets a load of 3.

    A draft is under way with it, as a course is that has been booked.
    """
    if course.status == Course.Status.DRAFT:
        course.status = Course.Status.ACTIVE
        course.save(update_fields=["status"])
    nurse, load = fields.pop("nurse", None), fields.pop("load", 3)
    ends_at = fields.pop("ends_at", starts_at + timedelta(hours=2))
    kind = fields.pop("kind", Session.Kind.DOSING)
    if kind == Session.Kind.DOSING and fields.get("status") in Session.BEGUN:
        fields.setdefault("begun_at", starts_at)
    own = {"organization_id": course.organization_id}
    visit = Session.objects.create(
        course=course,
        patient=course.patient,
        site=course.site,
        kind=kind,
        seq=fields.pop("seq", 1),
        visit_type=fields.pop("visit_type", "infusion"),
        starts_at=starts_at,
        ends_at=ends_at,
        scheduled_at=fields.pop("scheduled_at", NOW),
        **own,
        **fields,
    )
    day = starts_at.astimezone(course.site.zone).date()
    claim = Reservation.objects.create(
        session=visit,
        site=course.site,
        room=room,
        patient=course.patient,
        room_during=(starts_at, ends_at),
        patient_during=(starts_at, ends_at),
        guard=(day, day + timedelta(days=2)) if kind == Session.Kind.DOSING else None,
        gap_days=2 if kind == Session.Kind.DOSING else None,
        **own,
    )
    if nurse:
        StaffClaim.objects.create(
            reservation=claim,
            membership=nurse,
            role=Role.NURSE,
            during=(starts_at, ends_at),
            load=load,
            **own,
        )
    return visit


@dataclass
class Clinic:
    """A small working clinic: one site, its rooms, one person of each role, a protocol."""

    organization: Organization
    site: Site
    chair: Room
    office: Room
    desk: Membership
    nurse: Membership
    therapist: Membership
    prescriber: Membership
    version: ProtocolVersion
    others: dict[str, Membership] = field(default_factory=dict)

    def person(self, role: Role) -> Membership:
        """Who holds that role here and no other; somebody new where nobody does yet."""
        known = {
            Role.FRONT_DESK: self.desk,
            Role.NURSE: self.nurse,
            Role.THERAPIST: self.therapist,
            Role.PRESCRIBER: self.prescriber,
        }
        if role not in known and role not in self.others:
            self.others[role] = make_member(self.site, role)
        return known.get(role) or self.others[role]


def make_clinic(*, timezone: str = "America/New_York", chairs: int = 1) -> Clinic:
    """Everything that a course of `small_definition` needs."""
    organization = make_organization()
    site = make_site(organization, timezone=timezone)
    *infusion, office = _make_rooms(site, *["infusion"] * chairs, "consulting")
    desk, nurse, therapist, prescriber = _make_members(
        site,
        _Hired((Role.FRONT_DESK,)),
        _Hired((Role.NURSE,), capacity=6),
        _Hired((Role.THERAPIST,)),
        _Hired((Role.PRESCRIBER,)),
    )
    return Clinic(
        organization=organization,
        site=site,
        chair=infusion[0],
        office=office,
        desk=desk,
        nurse=nurse,
        therapist=therapist,
        prescriber=prescriber,
        version=make_version(organization),
    )
