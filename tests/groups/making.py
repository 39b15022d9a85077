"""Groups, and visits of courses that could take a place in them."""

from datetime import datetime, timedelta

from clinic.models import Role
from courses.models import Course
from scheduling.cascade.answers import read
from scheduling.cascade.service import Acceptance, change_course
from scheduling.cascade.story import consequences
from scheduling.cascade.wish import Want, Wanted
from scheduling.groups.models import GroupVisit
from scheduling.groups.placing import Terms
from scheduling.groups.service import make_groups
from scheduling.models import StaffClaim
from sessions.models import Session
from tests.factories import (
    NOW,
    Clinic,
    make_course,
    make_member,
    make_patient,
    make_room,
    make_visit,
)

HOUR = timedelta(hours=1)
# Two and three days after NOW: a dose, and the talk after it.
DOSE_AT = NOW + timedelta(days=2)
TALK_AT = NOW + timedelta(days=3)


def make_group(clinic: Clinic, starts_at: datetime, *, kind="integration", places=3, **more):
    """A group with a room and a therapist of its own, unless they are given."""
    [group] = make_groups(
        site=clinic.site,
        terms=Terms(
            kind=kind,
            room=more.pop("room", None) or make_room(clinic.site, "consulting"),
            therapist=more.pop("therapist", None) or make_member(clinic.site, Role.THERAPIST),
            starts_at=starts_at,
            minutes=more.pop("minutes", 90),
            places=places,
            **more,
        ),
        by=clinic.desk,
        now=NOW,
    ).groups
    return group


def treated(clinic: Clinic, *, talk_at: datetime = TALK_AT, **patient) -> Course:
    """A course with one dose and the talk after it, each in a room of its own."""
    course = make_course(
        make_patient(clinic.site, **patient), clinic.version, clinic.desk, dose_count=1
    )
    make_visit(course, make_room(clinic.site, "infusion"), DOSE_AT)
    talk = make_visit(
        course,
        make_room(clinic.site, "consulting"),
        talk_at,
        ends_at=talk_at + HOUR,
        kind="integration",
        visit_type="integration",
    )
    StaffClaim.objects.create(
        organization_id=course.organization_id,
        reservation=talk.reservation,
        membership=make_member(clinic.site, Role.THERAPIST),
        role=Role.THERAPIST,
        during=(talk_at, talk_at + HOUR),
        load=1,
    )
    return course


def talk_of(course: Course) -> Session:
    """Its integration visit as it stands, with what changes of it read."""
    rows = Session.objects.select_related("organization", "patient", "site")
    live = rows.select_related("course__protocol_version").live()
    return live.get(course=course, kind="integration")


def place_asked(clinic: Clinic, visit: Session, group: GroupVisit, *, now: datetime = NOW):
    """What a place in the group would do to the course."""
    wanted = Wanted(Want.MOVE, group.starts_at, group=str(group.pk))
    return consequences(visit, wanted, member=clinic.desk, now=now)


def seated(clinic: Clinic, course: Course, group: GroupVisit) -> Session:
    """The course's talk, after it has taken a place in the group as the desk does that."""
    visit = talk_of(course)
    way = place_asked(clinic, visit, group).ways[0]
    shown = read(way.answer, visit=visit, member=clinic.desk)
    change_course(visit=visit, shown=shown, said=Acceptance(clinic.desk, NOW))
    visit.refresh_from_db()
    return visit


def full_group(clinic: Clinic, starts_at: datetime, *, members: int, **more):
    """A group with so many members, and their courses."""
    group = make_group(clinic, starts_at, **more)
    courses = [treated(clinic) for _ in range(members)]
    for course in courses:
        seated(clinic, course, group)
    return group, courses
