"""Starting a course from the page that also keeps the patient's times."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Required, Unpack

from django.db import transaction

from clinic.models import Membership, Patient, Site
from clinic.rights import Right, require
from clinic.services import Window, replace_windows
from courses.models import Course, ProtocolVersion
from courses.services import stop_course
from courses.services.starting import Terms
from scheduling.models import Proposal
from scheduling.services.calling_off import call_off
from scheduling.services.proposing import plan_new_course

BEGUN_AGAIN = "Begun again on other terms."


class CourseTerms(Terms):
    """What is agreed on before a course is planned; its goal and end may come later."""

    patient: Required[Patient]
    site: Required[Site]
    protocol_version: Required[ProtocolVersion]
    earliest_on: Required[date]
    latest_first_on: Required[date]
    lead_therapist: Required[Membership | None]


@transaction.atomic
def begin_course(
    *,
    windows: Sequence[Window] | None,
    instead_of: Course | None,
    by: Membership,
    now: datetime,
    **terms: Unpack[CourseTerms],
) -> Proposal:
    """Keep the patient's times, close the draft that did not fit, start the course and ask for
    its schedule; None leaves the times as they are.

    Raises what `start_course` and `replace_windows` refuse, and RightMissing for times given by
    who may not change the patient's record.
    """
    if windows is not None:
        require(by, Right.EDIT_PATIENTS, terms["patient"])
        replace_windows(patient=terms["patient"], windows=windows)
    if instead_of:
        _close_draft(instead_of, by, now)
    return plan_new_course(by=by, now=now, **terms)


def _close_draft(course: Course, by: Membership, now: datetime) -> None:
    """Inside a transaction: nothing of a draft stays open; a course under way is left alone.

    The course is locked first, as accepting does: either its proposal is booked or it is closed.
    """
    locked = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    if locked.status != Course.Status.DRAFT:
        return
    call_off(course=locked, by=by, reason=BEGUN_AGAIN, now=now)
    stop_course(
        course=locked,
        code=Course.StopReason.NEVER_BEGUN,
        by=by,
        reason=BEGUN_AGAIN,
        now=now,
    )
