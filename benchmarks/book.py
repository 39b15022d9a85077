"""Busy sites for measuring: twenty chairs, four fifths of their time booked, for ten weeks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

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
)
from courses.models import Course, ProtocolVersion
from courses.selectors import definition_of, published_versions
from courses.services import install_protocols
from scheduling.services.claiming import Claim, write_claims
from sessions.models import Session

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
FIRST, WEEKS, CHAIRS, THERAPISTS = date(2027, 1, 4), 10, 20, 6
STARTS = (time(8), time(10, 45), time(13, 30), time(16, 15))
LENGTH = timedelta(minutes=150)


class BusySite:
    """One site of an organisation of its own, with its book."""

    def __init__(self, name: str) -> None:
        self.organization = Organization.objects.create(name=name, sender_name=name)
        self.own = {"organization": self.organization}
        self.site = Site.objects.create(
            name=name, timezone=ZONE.key, address="1 Elm Street", phone="1", **self.own
        )
        install_protocols(organization=self.organization, now=NOW)
        self.version = self._version("IV_2W3")
        self._open()
        self.chairs = self._rooms("infusion", CHAIRS)
        self._rooms("consulting", THERAPISTS)
        self.nurses = self._people(Role.NURSE, CHAIRS, capacity=6)
        self._people(Role.THERAPIST, THERAPISTS, capacity=1)
        self.desk = self._people(Role.PRESCRIBER, 2, capacity=1)[0]
        self._fill()

    def _version(self, code: str) -> ProtocolVersion:
        versions = published_versions(organization=self.organization)
        return next(version for version in versions if version.protocol.code == code)

    def _open(self) -> None:
        OpeningHours.objects.bulk_create(
            OpeningHours(site=self.site, weekday=day, starts=time(8), ends=time(19), **self.own)
            for day in range(5)
        )

    def _rooms(self, kind: str, number: int) -> list[Room]:
        rows = [
            Room(site=self.site, name=f"{kind} {n}", kinds=[kind], position=n, **self.own)
            for n in range(number)
        ]
        return Room.objects.bulk_create(rows)

    def _people(self, role: Role, number: int, *, capacity: int) -> list[Membership]:
        names = [f"{role.label} {n}" for n in range(number)]
        people = Membership.objects.bulk_create(
            Membership(name=name, capacity=capacity, **self.own) for name in names
        )
        at_site = {"site": self.site, **self.own}
        RoleAssignment.objects.bulk_create(
            RoleAssignment(membership=one, role=role, **at_site) for one in people
        )
        Shift.objects.bulk_create(
            Shift(membership=one, weekday=day, starts=time(8), ends=time(19), **at_site)
            for one in people
            for day in range(5)
        )
        return people

    @transaction.atomic
    def _fill(self) -> None:
        taken = [place for number, place in enumerate(self._places()) if number % 5]
        patients = Patient.objects.bulk_create(self.patient(n) for n in range(len(taken)))
        courses = Course.objects.bulk_create(self.course(patient) for patient in patients)
        visits = Session.objects.bulk_create(
            self._visit(course, start) for course, (_, start) in zip(courses, taken, strict=True)
        )
        claims = [
            Claim(visit, str(self.chairs[chair].pk), {"rn": str(self.nurses[chair].pk)})
            for visit, (chair, _) in zip(visits, taken, strict=True)
        ]
        write_claims(claims, definition_of(self.version))

    def _places(self) -> Iterator[tuple[int, datetime]]:
        for day in (FIRST + timedelta(days=n) for n in range(7 * WEEKS)):
            for start in STARTS if day.weekday() < 5 else ():
                for chair in range(CHAIRS):
                    yield chair, datetime.combine(day, start, ZONE)

    def patient(self, number: int) -> Patient:
        """A patient without e-mail."""
        return Patient(
            site=self.site,
            given_name="Bench",
            family_name=f"Patient {number}",
            birth_date=date(1980, 1, 1),
            **self.own,
        )

    def course(self, patient: Patient, **fields: Any) -> Course:
        """A course of six infusions that may begin in the second week."""
        return Course(
            patient=patient,
            site=self.site,
            protocol_version=self.version,
            dose_count=6,
            earliest_on=FIRST + timedelta(days=7),
            latest_first_on=FIRST + timedelta(days=21),
            created_by=self.desk,
            created_at=NOW,
            **self.own,
            **fields,
        )

    def _visit(self, course: Course, start: datetime) -> Session:
        return Session(
            course=course,
            patient=course.patient,
            site=self.site,
            kind=Session.Kind.DOSING,
            seq=1,
            visit_type="infusion",
            starts_at=start.astimezone(UTC),
            ends_at=(start + LENGTH).astimezone(UTC),
            scheduled_at=NOW,
            **self.own,
        )


_numbers = count(1)


def busy_site() -> BusySite:
    """One more busy site, of which the server knows as much as after autovacuum."""
    site = BusySite(f"Busy {next(_numbers)}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return site
