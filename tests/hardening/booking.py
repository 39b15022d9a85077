"""A course that was really booked, from now on."""

from datetime import timedelta

from django.utils import timezone

from courses.models import Course
from scheduling.services import accept_proposal, plan_new_course, work_on_proposal
from tests.factories import Clinic, clear, make_patient


def booked_from_now(clinic: Clinic, **patient: str) -> Course:
    """A new patient's course, whose messages are on their way."""
    now = timezone.now()
    proposal = plan_new_course(
        patient=make_patient(clinic.site, **patient),
        site=clinic.site,
        protocol_version=clinic.version,
        earliest_on=now.date(),
        latest_first_on=now.date() + timedelta(days=14),
        lead_therapist=None,
        by=clinic.desk,
        now=now,
    )
    clear(proposal.course, clinic.prescriber)
    work_on_proposal(organization_id=clinic.organization.pk, proposal_id=proposal.pk, now=now)
    proposal.refresh_from_db()
    accept_proposal(proposal=proposal, by=clinic.desk, now=timezone.now())
    course = proposal.course
    assert course is not None
    return course
