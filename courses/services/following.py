"""Courses that follow another: a switch of drug or route, a re-induction, maintenance."""

from datetime import date, datetime

from django.db import transaction

from clinic.errors import DomainError
from clinic.models import Membership
from courses.models import Course, ProtocolVersion
from courses.rules import is_final
from courses.services.changing import stop_course
from courses.services.starting import start_course

Relation = Course.Relation
# What goes on in another course ends this one; what comes after it, does not.
CLOSES = frozenset({Relation.SWITCH, Relation.REINDUCTION})


@transaction.atomic
def begin_following_course(
    *,
    course: Course,
    relation: str,
    protocol_version: ProtocolVersion,
    earliest_on: date,
    latest_first_on: date,
    by: Membership,
    reason: str,
    now: datetime,
) -> Course:
    """Begin a draft that goes on from the course; a switch or re-induction closes the old one.

    Another drug or route is always another course, with its own screening, consent and baseline,
    day 1 rules and protocol (DOMAIN 8.22, 8.23, 8.24); doses so far keep counting for gap and
    caps. Raises DomainError without a reason, CourseNotInState when the old one is over.
    """
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    if relation in CLOSES and not is_final(course.status):
        code = Course.StopReason.SWITCHED
        stop_course(course=course, by=by, reason=reason, code=code, now=now)
    follower = start_course(
        patient=course.patient.principal or course.patient,
        site=course.site,
        protocol_version=protocol_version,
        earliest_on=earliest_on,
        latest_first_on=latest_first_on,
        lead_therapist=course.lead_therapist,
        by=by,
        now=now,
        goal=course.goal,
        lead_prescriber=course.lead_prescriber,
    )
    Course.objects.filter(pk=follower.pk).update(follows=course, relation=relation)
    follower.follows, follower.relation = course, relation
    return follower
