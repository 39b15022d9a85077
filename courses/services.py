"""Starting courses and changing their state; every change is an event in their history."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Organization, Patient, Role, Site
from clinic.services import share_patient
from courses import rules
from courses.models import Course, CourseEvent, Protocol, ProtocolVersion
from courses.protocols import read_definition, shipped_definitions
from courses.selectors import definition_of

LONGEST_REASON = 240
# A course that began elsewhere may be recorded late; further back, the year is a typing slip.
LONGEST_AGO = timedelta(days=30)
# The cost of planning grows with the days on which it looks; further ahead nobody knows shifts.
LONGEST_AHEAD = timedelta(days=180)


class CourseNotInState(Conflict):
    """The course is in a state from which it cannot come into the one that is wanted."""

    code = "course-not-in-state"


@transaction.atomic
def install_protocols(*, organization: Organization, now: datetime) -> list[ProtocolVersion]:
    """Publish the shipped protocols that the organisation does not have yet."""
    have = set(Protocol.objects.filter(organization=organization).values_list("code", flat=True))
    return [
        _publish_first(organization, content, now)
        for content in shipped_definitions()
        if content["code"] not in have
    ]


def _publish_first(
    organization: Organization, content: dict[str, Any], now: datetime
) -> ProtocolVersion:
    definition = read_definition(content)
    protocol = Protocol.objects.create(
        organization=organization, code=definition.code, name=definition.name
    )
    return ProtocolVersion.objects.create(
        organization=organization,
        protocol=protocol,
        number=1,
        definition=content,
        published_at=now,
    )


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
) -> Course:
    """Begin a draft course; raise DomainError where an input does not fit."""
    _check_belonging(by, patient, site, protocol_version, lead_therapist)
    _check_dates(earliest_on, latest_first_on, today=now.astimezone(site.zone).date())
    _check_version(protocol_version)
    if lead_therapist:
        _check_therapist(lead_therapist, site)
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
    )
    record_event(course=course, kind=CourseEvent.Kind.STARTED, by=by, now=now)
    share_patient(patient=patient, site=site)
    return course


def _check_belonging(by: Membership, *rows: Any) -> None:
    if any(row and row.organization_id != by.organization_id for row in rows):
        raise DomainError("Everything about a course belongs to one organisation.")


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
    if version.published_at is None or version.retired_at is not None:
        raise DomainError("This version of the protocol is not in use.", field="protocol_version")


def _check_therapist(member: Membership, site: Site) -> None:
    if not Membership.objects.with_role(Role.THERAPIST, site).filter(pk=member.pk).exists():
        raise DomainError("This person is not a therapist at the site.", field="lead_therapist")


@transaction.atomic
def activate_course(*, course: Course, by: Membership, now: datetime) -> None:
    """Put a draft course under way; raise CourseNotInState when it is no draft."""
    _change_state(course, Course.Status.ACTIVE, by, came_from=Course.Status.DRAFT)
    record_event(course=course, kind=CourseEvent.Kind.ACTIVATED, by=by, now=now)


@transaction.atomic
def pause_course(*, course: Course, by: Membership, reason: str, now: datetime) -> None:
    """Halt an active course; raise CourseNotInState, or DomainError without a reason."""
    _change_state(course, Course.Status.PAUSED, by, reason=reason)
    record_event(course=course, kind=CourseEvent.Kind.PAUSED, by=by, reason=reason, now=now)


@transaction.atomic
def resume_course(*, course: Course, by: Membership, reason: str, now: datetime) -> None:
    """Go on with a paused course; raise CourseNotInState when it is not paused."""
    _change_state(course, Course.Status.ACTIVE, by, came_from=Course.Status.PAUSED)
    record_event(course=course, kind=CourseEvent.Kind.RESUMED, by=by, reason=reason, now=now)


@transaction.atomic
def complete_course(*, course: Course, by: Membership, reason: str, now: datetime) -> None:
    """End an active course as planned; raise CourseNotInState when it is not active."""
    _change_state(course, Course.Status.COMPLETED, by)
    record_event(course=course, kind=CourseEvent.Kind.COMPLETED, by=by, reason=reason, now=now)


@transaction.atomic
def stop_course(*, course: Course, by: Membership, reason: str, now: datetime) -> None:
    """End a course early; raise CourseNotInState, or DomainError without a reason."""
    _change_state(course, Course.Status.STOPPED, by, reason=reason)
    record_event(course=course, kind=CourseEvent.Kind.STOPPED, by=by, reason=reason, now=now)


def check_extension(*, course: Course, doses: int) -> None:
    """Raise DomainError (field `doses`) unless the protocol has so many doses more."""
    if doses < 1:
        raise DomainError("Give the number of further doses.", field="doses")
    most = definition_of(course.protocol_version).most_doses
    if most is not None and course.dose_count + doses > most:
        raise DomainError("The protocol has no more doses than that.", field="doses")


@transaction.atomic
def extend_course(*, course: Course, doses: int, by: Membership, now: datetime) -> None:
    """Plan more doses of an active course, as far as its protocol goes (DOMAIN 2.1, 8.42).

    Raises CourseNotInState, or DomainError (field `doses`) past the protocol's last dose.
    """
    check_extension(course=course, doses=doses)
    wanted = course.dose_count + doses
    rows = Course.objects.filter(
        pk=course.pk,
        organization_id=by.organization_id,
        status=Course.Status.ACTIVE,
        dose_count=course.dose_count,
    )
    if not rows.update(dose_count=wanted):
        raise CourseNotInState("Only an active course can be extended; look at it again.")
    course.dose_count = wanted
    record_event(
        course=course, kind=CourseEvent.Kind.EXTENDED, by=by, now=now, detail={"doses": doses}
    )


def _change_state(
    course: Course, to: str, by: Membership, *, came_from: str | None = None, reason: str = ""
) -> None:
    """Inside a transaction: the update itself asks for the old state, so one rival wins."""
    if rules.needs_reason(to) and not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    because(reason)
    before = rules.states_before(to) if came_from is None else {came_from}
    rows = Course.objects.filter(
        pk=course.pk, organization_id=by.organization_id, status__in=before
    )
    changed = rows.update(status=to)
    course.refresh_from_db(fields=["status"])
    if not changed:
        raise CourseNotInState(f"This course is {course.get_status_display().lower()}.")


def record_event(
    *,
    course: Course,
    kind: str,
    by: Membership | None,
    now: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> CourseEvent:
    """Add to the course's history; `detail` holds ids and instants only.

    Raise DomainError when the reason is too long.
    """
    if len(reason := reason.strip()) > LONGEST_REASON:
        raise DomainError(
            f"Please give the reason in {LONGEST_REASON} characters at most.", field="reason"
        )
    return CourseEvent.objects.create(
        organization_id=course.organization_id,
        course=course,
        kind=kind,
        at=now,
        by=by,
        reason=reason,
        detail=detail or {},
    )
