"""A made-up organisation with patients in every state of a course, alive on the day it is made.

`tables` says who and what, `clinical` how they do; `founding` makes the organisation, `planning`
its courses, `screening` says who may be treated, `treating` and `scoring` what happened in them
until now, and `caring` what had to be looked after, all with the services that the pages use.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from clinic.models import Membership, Organization
from courses.models import Course
from courses.services import complete_course
from scheduling.demo.caring import look_after
from scheduling.demo.consenting import sign_consents
from scheduling.demo.covering import pay_themselves, stand_by
from scheduling.demo.founding import Demo, found, register, restrict
from scheduling.demo.grouping import gather
from scheduling.demo.mending import break_a_room
from scheduling.demo.planning import live_until_now, plan_course
from scheduling.demo.rostering import keep_roster
from scheduling.demo.settling import draw_thresholds
from scheduling.demo.tables import PATIENTS, PatientRow
from scheduling.demo.treating import treat
from scheduling.demo.waiting import let_some_wait
from sessions.models import Session


@transaction.atomic
def make_demo(*, now: datetime, rows: Sequence[PatientRow] = PATIENTS) -> Organization:
    """Make the whole demo or nothing of it; the same for the same moment.

    Courses are booked in the order in which that happened, so that each found the book as it was.
    """
    demo = found(now)
    draw_thresholds(demo)
    keep_roster(demo)
    patients = {row: register(demo, row) for row in rows}
    for row, patient in patients.items():
        sign_consents(demo, patient, row)
    plans = [(row, row.plan) for row in rows if row.plan]
    plans.sort(key=lambda pair: pair[1].booked_on)
    courses = [plan_course(demo, patients[row], row, plan) for row, plan in plans]
    pay_themselves(demo)
    stand_by(demo)
    for course, (row, plan) in zip(courses, plans, strict=True):
        live_until_now(demo, course, row, plan)
    look_after(demo, {str(course.patient): course for course in _under_way(demo)})
    let_some_wait(demo)
    gather(demo)
    break_a_room(demo)
    for row, patient in patients.items():
        if row.is_restricted:
            restrict(demo, patient)
    return demo.organization


def _under_way(demo: Demo) -> QuerySet[Course]:
    rows = Course.objects.filter(
        organization=demo.organization, status__in=[Course.Status.ACTIVE, Course.Status.COMPLETED]
    )
    return rows.select_related("protocol_version", "patient__site", "site", "lead_prescriber")


@transaction.atomic
def catch_up(*, now: datetime) -> None:
    """Let the demo's patients come and go until now, as staff would have noted by then."""
    for organization in Organization.objects.filter(is_demo=True):
        desk = Membership.objects.filter(organization=organization, user__isnull=False).earliest(
            "pk"
        )
        treat(Session.objects.filter(organization=organization), by=desk, until=now)
        for course in _over(organization):
            complete_course(course=course, by=desk, reason="", now=now)


def _over(organization: Organization) -> QuerySet[Course]:
    """Active courses of which every planned dose is done and no visit is ahead."""
    ahead = Session.objects.live().filter(course=OuterRef("pk")).exclude(status="DONE")
    doses = Count("visits", filter=Q(visits__kind="dosing", visits__status="DONE"))
    active = Course.objects.filter(organization=organization, status=Course.Status.ACTIVE)
    return active.filter(~Exists(ahead)).annotate(given=doses).filter(given=F("dose_count"))
