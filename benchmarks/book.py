"""Busy sites for measuring: twenty chairs, four fifths of their time booked, for ten weeks."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from benchmarks import loading
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
from courses.models import Course, ProtocolVersion, Screening
from courses.selectors import definition_of, published_versions
from courses.services import install_protocols
from scheduling.models import Reservation, StaffClaim
from scheduling.services.claiming import Claim, write_claims
from sessions.models import Session

ZONE = ZoneInfo("America/New_York")
# The book begins on the Monday to come, so that a server with a clock of its own agrees.
TODAY = datetime.now(UTC).date()
FIRST, WEEKS, CHAIRS, THERAPISTS = TODAY + timedelta(days=7 - TODAY.weekday()), 10, 20, 6
NOW = datetime.combine(FIRST, time(12), UTC)
STARTS = (time(8), time(10, 45), time(13, 30), time(16, 15))
LENGTH = timedelta(minutes=150)
# The measured site's own past, and that of the other sites of a big book, in weeks.
PAST, LONG_PAST, MORE_SITES = 21, 94, 29


class BusySite:
    """One site of an organisation of its own, with its book."""

    def __init__(self, name: str, *, past: int = 0) -> None:
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
        self.fill(FIRST - timedelta(weeks=past), past + WEEKS)

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
    def fill(self, first: date, weeks: int) -> None:
        """Book four fifths of these weeks, after the pattern of a visit on the Saturday before."""
        patient = self.patient(0)
        patient.save()
        course = self.cleared_course(patient, status=Course.Status.ACTIVE)
        visit = self._visit(course, datetime.combine(first - timedelta(days=2), STARTS[0], ZONE))
        visit.save()
        claim = Claim(visit, str(self.chairs[0].pk), {"rn": str(self.nurses[0].pk)})
        write_claims([claim], definition_of(self.version), now=NOW)
        reservation = Reservation.objects.get(session=visit)
        loading.fill(
            loading.Weeks(
                zone=ZONE.key,
                first=first,
                weeks=weeks,
                starts=STARTS,
                rooms=[chair.pk for chair in self.chairs],
                nurses=[nurse.pk for nurse in self.nurses],
            ),
            patient=patient,
            course=course,
            visit=visit,
            claims=[reservation, *StaffClaim.objects.filter(reservation=reservation)],
        )

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

    def cleared_course(self, patient: Patient, **fields: Any) -> Course:
        """A saved course for which the patient is cleared."""
        course = self.course(patient, **fields)
        course.save()
        screening = Screening.objects.create(
            course=course, started_at=NOW, started_by=self.desk, **self.own
        )
        Screening.objects.filter(pk=screening.pk).update(
            status=Screening.Status.ELIGIBLE,
            decided_at=NOW,
            evaluator=self.desk,
            evaluator_role=Role.PRESCRIBER,
            expires_on=FIRST + timedelta(days=3650),
        )
        return course

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


def busy_site(*, past: int = 0) -> BusySite:
    """One more busy site, of which the server knows as much as after autovacuum."""
    site = BusySite(f"Busy {next(_numbers)}", past=past)
    loading.settle()
    return site


def grow(site: BusySite) -> None:
    """A million visits: years more of this site, and of many others."""
    with loading.in_bulk():
        site.fill(FIRST - timedelta(weeks=LONG_PAST), LONG_PAST - PAST)
        for _ in range(MORE_SITES):
            BusySite(f"Busy {next(_numbers)}", past=LONG_PAST)
    loading.settle()
