"""A clinic that can give every protocol, and its courses planned and booked by the product."""

from datetime import date, timedelta
from itertools import pairwise

from clinic.models import Role
from courses.models import Course, Protocol, ProtocolVersion
from courses.services import install_protocols
from scheduling.models import Proposal
from scheduling.services import accept_proposal, plan_new_course, work_on_proposal
from tests.factories import NOW, Clinic, clear, make_clinic, make_member, make_patient, make_room


def working_clinic() -> Clinic:
    """Two chairs of every kind, two of each person, and all shipped protocols in use."""
    clinic = make_clinic()
    make_room(clinic.site, "infusion", "monitoring")
    make_room(clinic.site, "consulting")
    make_member(clinic.site, Role.NURSE, capacity=6)
    make_member(clinic.site, Role.THERAPIST)
    install_protocols(organization=clinic.organization, now=NOW)
    Protocol.objects.filter(organization=clinic.organization).update(is_in_use=True)
    return clinic


def version_of(clinic: Clinic, code: str) -> ProtocolVersion:
    """The version in force of a protocol."""
    return ProtocolVersion.objects.select_related("protocol").get(
        organization=clinic.organization, protocol__code=code, retired_at=None
    )


def planned(clinic: Clinic, version: ProtocolVersion) -> Course:
    """A new patient's course under the version, planned by the planner and booked."""
    proposal = plan_new_course(
        patient=make_patient(clinic.site),
        site=clinic.site,
        protocol_version=version,
        earliest_on=NOW.date() + timedelta(days=1),
        latest_first_on=NOW.date() + timedelta(days=28),
        lead_therapist=None,
        by=clinic.desk,
        now=NOW,
    )
    clear(proposal.course, clinic.prescriber)
    return book(clinic, proposal)


def book(clinic: Clinic, proposal: Proposal) -> Course:
    """Work on the proposal and accept it."""
    work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=NOW)
    proposal.refresh_from_db()
    accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    proposal.course.refresh_from_db()
    return proposal.course


def days_of(course: Course, kind: str = "dosing") -> list[date]:
    """The local dates of the course's visits of a kind, in their order."""
    visits = course.visits.live().filter(kind=kind).select_related("site").order_by("seq")
    return [visit.local_date for visit in visits]


def gaps_of(days: list[date]) -> list[int]:
    """Days from each to the next."""
    return [(after - before).days for before, after in pairwise(days)]
