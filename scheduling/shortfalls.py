"""What a site lacks for a protocol: why no course of it could ever be planned there."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from clinic.models import Membership, Patient, Role, Room, Site
from courses.models import Course, ProtocolVersion
from courses.protocols import ProtocolDefinition
from courses.selectors import definition_of
from scheduling.planner.model import Placed
from scheduling.planner.one import plan_course
from scheduling.problem import course_problem

FIRST_DOSE_WITHIN = timedelta(weeks=4)


def shortfalls(*, site: Site, version: ProtocolVersion, now: datetime) -> list[str]:
    """What the site lacks, in words; nothing where the planner finds a place for a new course."""
    definition = definition_of(version)
    found = [*_missing_rooms(site, definition), *_missing_people(site, definition)]
    if found or _fits(site, version, now):
        return found
    return [
        "opening hours, shifts and closures leave no place for a course of it, "
        "however free the book is"
    ]


def _missing_rooms(site: Site, definition: ProtocolDefinition) -> Iterator[str]:
    rooms = Room.objects.in_use().filter(site=site).values_list("kinds", flat=True)
    have = {kind for kinds in rooms for kind in kinds}
    needed = {visit.room_kind: None for visit in definition.visit_types.values()}
    for kind in needed:
        if kind not in have:
            yield f"no room is of the kind “{kind}”"


def _missing_people(site: Site, definition: ProtocolDefinition) -> Iterator[str]:
    for name, load in _loads(definition).items():
        role = Role(name)
        on_shift = Membership.objects.with_role(role, site).filter(shifts__site=site)
        most = on_shift.aggregate(most=Max("capacity"))["most"]
        if most is None:
            yield f"nobody with the role {role} has a shift"
        elif most < load:
            yield f"nobody with the role {role} has a capacity of {load} (the highest is {most})"


def _loads(definition: ProtocolDefinition) -> dict[str, int]:
    """The most that one person of each role carries; 0 where being on site is enough."""
    most: dict[str, int] = defaultdict(int)
    for phase in (phase for visit in definition.visit_types.values() for phase in visit.phases):
        for role in phase.presence:
            most[role] += 0
        for name, units in phase.load.items():
            most[name] = max(most[name], units)
    return most


def _fits(site: Site, version: ProtocolVersion, now: datetime) -> bool:
    """Whether a course of somebody who can always come has a place; nothing is written."""
    today = now.astimezone(site.zone).date()
    course = Course(
        organization_id=site.organization_id,
        patient=Patient(organization_id=site.organization_id, site=site),
        site=site,
        protocol_version=version,
        earliest_on=today,
        latest_first_on=today + FIRST_DOSE_WITHIN,
        dose_count=definition_of(version).planned_doses,
    )
    task = course_problem(course, now=now)
    return isinstance(plan_course(task.problem, task.course_id), Placed)
