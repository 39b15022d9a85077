"""Starting courses, and the terms that they are held to."""

from datetime import date, datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.db import transaction

from clinic.errors import DomainError
from clinic.models import Membership, Patient, Role, Site
from clinic.services import share_patient
from courses.assessments.dues import refresh_dues
from courses.events import record_event
from courses.holds.services import carry_holds
from courses.models import Course, CourseEvent, ProtocolVersion
from courses.rules import is_final
from courses.selectors import definition_of

# A course that began elsewhere may be recorded late; further back, the year is a typing slip.
LONGEST_AGO = timedelta(days=30)
# The cost of planning grows with the days on which it looks; further ahead nobody knows shifts.
LONGEST_AHEAD = timedelta(days=180)


class Terms(TypedDict, total=False):
    """What a course is for and how long: a defined endpoint and course (DOMAIN 2.3, W22)."""

    goal: str
    indication: str
    planned_end_on: date | None
    review_on: date | None
    lead_prescriber: Membership | None


class ChartNotStanding(DomainError):
    """Another chart of the same person stands in this one's place."""

    code = "chart-not-standing"


@transaction.atomic
def start_course(
    *,
    patient: Patient,
    site: Site,
    protocol_version: ProtocolVersion,
    earliest_on: date,
    latest_first_on: date,
    lead_therapist: Membership | None,
    by: Membership,
    now: datetime,
    **terms: Unpack[Terms],
) -> Course:
    """Begin a draft course; raise ChartNotStanding, DomainError where an input does not fit.

    What holds the patient's other courses for the patient's own sake holds it too.
    """
    _check_belonging(by, patient, site, protocol_version, lead_therapist)
    _check_stands(patient)
    _check_dates(earliest_on, latest_first_on, today=now.astimezone(site.zone).date())
    _check_version(protocol_version)
    if lead_therapist:
        _check_therapist(lead_therapist, site)
    _check_terms(terms, protocol_version, site, earliest_on)
    course = Course.objects.create(
        organization_id=by.organization_id,
        patient=patient,
        site=site,
        protocol_version=protocol_version,
        earliest_on=earliest_on,
        latest_first_on=latest_first_on,
        dose_count=definition_of(protocol_version).planned_doses,
        lead_therapist=lead_therapist,
        created_by=by,
        created_at=now,
        **terms,
    )
    record_event(course=course, kind=CourseEvent.Kind.STARTED, by=by, now=now)
    share_patient(patient=patient, site=site)
    carry_holds(course=course, now=now)
    refresh_dues(course=course, now=now)
    return course


def _check_belonging(by: Membership, *rows: Any) -> None:
    if any(row and row.organization_id != by.organization_id for row in rows):
        raise DomainError("Everything about a course belongs to one organisation.")


def _check_stands(patient: Patient) -> None:
    """New courses are begun on the chart that stands (DOMAIN 8.45)."""
    if Patient.objects.filter(pk=patient.pk, principal__isnull=False).exists():
        raise ChartNotStanding(
            "This chart is kept for reading: another chart of the same person stands, and the "
            "course is begun there."
        )


def _check_dates(earliest_on: date, latest_first_on: date, *, today: date) -> None:
    if latest_first_on < earliest_on:
        raise DomainError(
            "The latest first dose is before the earliest date.", field="latest_first_on"
        )
    if latest_first_on < today:
        raise DomainError("The latest first dose is in the past.", field="latest_first_on")
    if earliest_on < today - LONGEST_AGO:
        raise DomainError(
            f"This is more than {LONGEST_AGO.days} days ago: check the year.", field="earliest_on"
        )
    if latest_first_on > today + LONGEST_AHEAD:
        raise DomainError(
            f"This is more than {LONGEST_AHEAD.days} days ahead: plan nearer to the time.",
            field="latest_first_on",
        )


def _check_version(version: ProtocolVersion) -> None:
    is_offered = version.published_at is not None and version.retired_at is None
    if not (is_offered and version.protocol.is_in_use):
        raise DomainError("This version of the protocol is not in use.", field="protocol_version")


def _check_therapist(member: Membership, site: Site) -> None:
    if not Membership.objects.with_role(Role.THERAPIST, site).filter(pk=member.pk).exists():
        raise DomainError("This person is not a therapist at the site.", field="lead_therapist")


def _check_terms(terms: Terms, version: ProtocolVersion, site: Site, begins: date) -> None:
    days = {"planned_end_on": terms.get("planned_end_on"), "review_on": terms.get("review_on")}
    for name, day in days.items():
        if day and day < begins:
            raise DomainError("This is before the course begins.", field=name)
    listed = definition_of(version).indications
    if listed and (said := terms.get("indication")) and said not in listed:
        raise DomainError("The protocol is not for this indication.", field="indication")
    if (lead := terms.get("lead_prescriber")) and not _prescribes(lead, site):
        raise DomainError("This person is not a prescriber at the site.", field="lead_prescriber")


def _prescribes(member: Membership, site: Site) -> bool:
    return Membership.objects.with_role(Role.PRESCRIBER, site).filter(pk=member.pk).exists()


@transaction.atomic
def change_terms(*, course: Course, by: Membership, now: datetime, **terms: Unpack[Terms]) -> None:
    """Write down goal, end, review, prescriber or indication anew.

    Raises DomainError (the field) where one does not fit, and where the course is over.
    """
    if is_final(course.status):
        raise DomainError("This course is over; its terms stay.")
    _check_terms(terms, course.protocol_version, course.site, course.earliest_on)
    rows = Course.objects.filter(pk=course.pk, organization_id=by.organization_id)
    rows.update(**terms)
    course.refresh_from_db(fields=list(terms))
    record_event(course=course, kind=CourseEvent.Kind.TERMS_CHANGED, by=by, now=now)
    refresh_dues(course=course, now=now)
