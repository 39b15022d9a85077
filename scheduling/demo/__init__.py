"""A made-up organisation with patients in every state of a course, alive on the day it is made.

`tables` says who and what; `founding` makes the organisation, `planning` its courses and
`treating` what happened in them until now, all with the services that the pages use.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from clinic.models import Organization
from scheduling.demo.founding import found, register
from scheduling.demo.planning import live_until_now, plan_course
from scheduling.demo.tables import PATIENTS, PatientRow


@transaction.atomic
def make_demo(*, now: datetime, rows: Sequence[PatientRow] = PATIENTS) -> Organization:
    """Make the whole demo or nothing of it; the same for the same moment.

    Courses are booked in the order in which that happened, so that each found the book as it was.
    """
    demo = found(now)
    patients = {row: register(demo, row) for row in rows}
    plans = [(row, row.plan) for row in rows if row.plan]
    plans.sort(key=lambda pair: pair[1].booked_on)
    courses = [plan_course(demo, patients[row], row, plan) for row, plan in plans]
    for course, (row, plan) in zip(courses, plans, strict=True):
        live_until_now(demo, course, row, plan)
    return demo.organization
