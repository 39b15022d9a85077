"""Booking a single evaluation, of a patient without a course.

An evaluation is for something: it begins the draft of a course under the protocol for which the
patient is judged, and stands before that course's preparation as number 0. Nothing else is planned
by it, and the course stays a draft.
"""

from datetime import datetime, timedelta

from django.db import transaction

from clinic.identifiers import uuid7
from clinic.models import Membership, Patient, Site
from courses.models import Course, CourseEvent, ProtocolVersion
from courses.selectors import definition_of
from courses.services import record_event, start_course
from reminders.services import announce_booking
from scheduling.moving import refusals_of_place, slots_of_place
from scheduling.names import Names
from scheduling.places import EVALUATION_PLACE, Places, places_of, with_evaluation
from scheduling.planner.slots import Slot
from scheduling.services.booking import take_place
from scheduling.services.claiming import lock_courses, lock_parties
from sessions.models import Session

# How far ahead times are looked for, and after the evaluation a first dose.
AHEAD = timedelta(days=14)


def evaluation_slots(
    *, patient: Patient, site: Site, version: ProtocolVersion, by: Membership, now: datetime
) -> tuple[list[Slot], Names]:
    """Every start that an evaluation could have in the next two weeks, the best first; with the
    names of the site's rooms and people."""
    draft = _draft(patient, site, version, by, now)
    return slots_of_place(draft, _places(draft, now), EVALUATION_PLACE, now=now)


def evaluation_refusals(
    *,
    patient: Patient,
    site: Site,
    version: ProtocolVersion,
    starts_at: datetime,
    by: Membership,
    now: datetime,
) -> list[str]:
    """Why an evaluation cannot start then, in words; empty when it can."""
    draft = _draft(patient, site, version, by, now)
    place = EVALUATION_PLACE
    return refusals_of_place(draft, _places(draft, now), place, starts_at, now=now).reasons


def _draft(
    patient: Patient, site: Site, version: ProtocolVersion, by: Membership, now: datetime
) -> Course:
    """The draft that the evaluation would begin, not saved."""
    today = now.astimezone(site.zone).date()
    return Course(
        id=uuid7(),
        organization_id=patient.organization_id,
        patient=patient,
        site=site,
        protocol_version=version,
        earliest_on=today,
        latest_first_on=today + AHEAD,
        dose_count=0,
        created_by=by,
        created_at=now,
    )


def _places(course: Course, now: datetime) -> Places:
    today = now.astimezone(course.site.zone).date()
    return with_evaluation(places_of(course, definition_of(course.protocol_version), today=today))


@transaction.atomic
def book_evaluation(
    *,
    patient: Patient,
    site: Site,
    version: ProtocolVersion,
    starts_at: datetime,
    by: Membership,
    now: datetime,
) -> Session:
    """Begin a draft course for the patient and book its evaluation at that start, in the room and
    with whom it suits best then.

    Raises what `start_course` refuses, SlotRefused (field `starts_at`) with every reason, or
    SlotTaken; then neither is there.
    """
    on = starts_at.astimezone(site.zone).date()
    course = start_course(
        patient=patient,
        site=site,
        protocol_version=version,
        earliest_on=min(on, now.astimezone(site.zone).date()),
        latest_first_on=on + AHEAD,
        lead_therapist=None,
        by=by,
        now=now,
    )
    lock_courses(course.pk)
    lock_parties(patient_id=patient.pk)
    visit, _, _ = take_place(course, _places(course, now), EVALUATION_PLACE, starts_at, now)
    record_event(
        course=course,
        kind=CourseEvent.Kind.SCHEDULED,
        by=by,
        now=now,
        detail={"visits": 1, "visit": str(visit.pk)},
    )
    announce_booking(visits=[visit], now=now)
    return visit
