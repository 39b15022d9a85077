"""Patients of a busy site whose next dose is to be booked, and the places that are left."""

import json
from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from benchmarks.book import FIRST, STARTS, ZONE, BusySite
from benchmarks.clients import ask_all, call
from clinic.api.tokens import issue_token
from clinic.models import Membership, RoomBlock
from courses.assessments.dues import refresh_dues
from courses.models import Course
from reminders.services import install_rules
from scheduling.models import Reservation

# Of twenty chairs, at every start.
FREE = 4
# Everything that a booking writes, what refers to others first.
WRITTEN = (
    ("reminders_reminder", "session_id IN (SELECT id FROM treatment_sessions_session WHERE {own})"),
    ("reminders_message", "patient_id = ANY(%(patients)s)"),
    (
        "scheduling_staffclaim",
        "reservation_id IN (SELECT id FROM scheduling_reservation WHERE patient_id = "
        "ANY(%(patients)s))",
    ),
    ("scheduling_reservation", "patient_id = ANY(%(patients)s)"),
    ("treatment_sessions_session", "{own}"),
    ("courses_courseevent", "{own}"),
    ("courses_assessmentdue", "{own}"),
    ("clinic_chartopening", "patient_id = ANY(%(patients)s)"),
    ("clinic_auditevent", "patient_id = ANY(%(patients)s)"),
    ("clinic_idempotencykey", "true"),
)


class Bench:
    """Courses without visits, and a token of somebody who may book."""

    def __init__(self, site: BusySite, courses: int = 600) -> None:
        self.site = site
        with transaction.atomic():
            install_rules(organization=site.organization)
            self.courses = self._courses(courses)
            member = Membership.objects.with_duties().get(pk=site.desk.pk)
            _, self.token = issue_token(member=member, name="Benchmark")
        self.places = self._places()

    def _courses(self, number: int) -> list[UUID]:
        """Doses may begin in any week but the first."""
        found = []
        for n in range(number):
            patient = self.site.patient(n)
            patient.save()
            course = self.site.cleared_course(patient, status=Course.Status.ACTIVE)
            refresh_dues(course=course, now=timezone.now())
            found.append(course)
        last = FIRST + timedelta(weeks=9)
        rows = Course.objects.filter(pk__in=[course.pk for course in found])
        rows.update(latest_first_on=last)
        self.patients = [course.patient_id for course in found]
        return [course.pk for course in found]

    def _places(self) -> list[datetime]:
        """The starts at which a chair and its nurse are free, one for each chair; those of one
        time far apart."""
        days = [FIRST + timedelta(days=n) for n in range(7, 56) if n % 7 < 5]
        starts = [datetime.combine(day, at, ZONE) for at in STARTS for day in days]
        return [start for _ in range(FREE) for start in starts]

    def bookings(self, number: int) -> list[bytes]:
        """One request for each course, each for a place of its own."""
        return [
            self._booking(course, start)
            for course, start in zip(self.courses[:number], self.places, strict=False)
        ]

    def _booking(self, course: UUID, start: datetime) -> bytes:
        body = {
            "course": str(course),
            "kind": "dosing",
            "seq": 1,
            "starts_at": start.isoformat(),
        }
        return call("POST", "/api/v1/visits", token=self.token, body=body, key=str(uuid4()))

    def listing(self) -> list[bytes]:
        """The free times of one day, for different courses and days."""
        days = [FIRST + timedelta(days=n) for n in range(7, 56) if n % 7 < 5]
        return [
            call(
                "GET",
                f"/api/v1/courses/{course}/slots?kind=dosing&seq=1&day={day}",
                token=self.token,
            )
            for course, day in zip(self.courses[-40:], days, strict=False)
        ]

    def clear(self) -> None:
        """As if nothing had been booked."""
        said = {"courses": self.courses, "patients": self.patients}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table, which in WRITTEN:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                own = "course_id = ANY(%(courses)s)"
                cursor.execute(f"DELETE FROM {table} WHERE {which.format(own=own)}", said)  # noqa: S608 # our own names
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            for table, _ in WRITTEN:
                cursor.execute(f"ANALYZE {table}")

    def rivals(self, port: int, number: int) -> dict[str, Any]:
        """So many patients for the last chair at one time: statuses, and who got it."""
        start = datetime.combine(FIRST + timedelta(days=58), time(13, 30), ZONE)
        during = TimestamptzRange(start, start + timedelta(hours=2))
        taken = Reservation.objects.filter(room_during__overlap=during)
        free = [room for room in self.site.chairs
                if room.pk not in set(taken.values_list("room_id", flat=True))]  # fmt: skip
        blocks = RoomBlock.objects.bulk_create(
            RoomBlock(room=room, during=during, organization=self.site.organization)
            for room in free[1:]
        )
        answers = ask_all(
            port, [self._booking(course, start) for course in self.courses[:number]], number
        )
        codes = Counter(
            json.loads(body).get("type", "booked").rpartition(":")[2] for body in answers.bodies
        )
        RoomBlock.objects.filter(pk__in=[block.pk for block in blocks]).delete()
        self.clear()
        return {"clients": number, "statuses": dict(answers.statuses), "answers": dict(codes)}
