"""One week of a site as the planner's problem: a course of nobody in particular, and the book."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from clinic.models import Patient, Site
from courses.models import Course, ProtocolVersion
from courses.selectors import definition_of
from scheduling.planner.model import Problem
from scheduling.problem import course_problem

ONE_WEEK = timedelta(weeks=1)


def next_monday(site: Site, now: datetime) -> date:
    """The Monday with which the coming week begins; on a Monday it is that day."""
    today = now.astimezone(site.zone).date()
    return today + timedelta(days=-today.weekday() % 7)


def week_problem(site: Site, version: ProtocolVersion, monday: date, *, now: datetime) -> Problem:
    """A course whose first dose is in that week, beside all that is booked; nothing is written.

    The patient can come at any time; preparation may come before the week, but not before `now`.
    """
    definition = definition_of(version)
    ahead = max((prep.days_before_first[1] for prep in definition.preparation), default=0)
    course = Course(
        organization_id=site.organization_id,
        patient=Patient(organization_id=site.organization_id, site=site),
        site=site,
        protocol_version=version,
        earliest_on=monday - timedelta(days=ahead),
        latest_first_on=monday + ONE_WEEK - timedelta(days=1),
        dose_count=definition.planned_doses,
    )
    problem = course_problem(course, now=now).problem
    [planned] = problem.courses
    opens, ends = problem.clinic.horizon
    opens = max(opens, planned.earliest)
    before = datetime.combine(opens, time.min, site.zone)
    begins = max(before, datetime.combine(monday, time.min, site.zone))
    barred = (*planned.barred_dosing, *([(before, begins)] if before < begins else []))
    return replace(
        problem,
        clinic=replace(problem.clinic, horizon=(opens, ends)),
        courses=(replace(planned, barred_dosing=barred),),
    )
