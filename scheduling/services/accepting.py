"""Accepting a proposal: the whole course is booked, or nothing is (G5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from clinic.errors import Conflict
from clinic.models import Membership
from clinic.prepared import Prepared
from courses.models import Course, CourseEvent, Screening
from courses.selectors import definition_of
from courses.services import activate_course, extend_course, record_event
from reminders.services import announce_booking
from scheduling.authorizations import note_uncovered
from scheduling.keeping.selectors import clashes_of
from scheduling.models import Proposal
from scheduling.moving import CAN_BE_BOOKED
from scheduling.planner.check import violations
from scheduling.planner.model import Appointment, CostTerms, Placed
from scheduling.problem import CourseProblem, course_problem
from scheduling.selectors.held_back import is_held_back
from scheduling.services.capping import BookedDose, note_next_dose, refuse_beyond_caps
from scheduling.services.claiming import (
    Claim,
    LostRace,
    constraints_in_words,
    lock_parties,
    wanted_of,
    write_claims,
)
from scheduling.services.foretelling import foretell_doses
from scheduling.services.keeping import held_details, new_visits
from scheduling.wording import place_label, violation_in_words
from sessions.models import Session


class ProposalNotReady(Conflict):
    """The proposal is still being planned, or was accepted or discarded."""

    code = "proposal-not-ready"


class ProposalOutdated(Conflict):
    """The world changed since the proposal was made; `details` says what, per visit."""

    code = "proposal-outdated"


@transaction.atomic
def accept_proposal(*, proposal: Proposal, by: Membership, now: datetime) -> list[Session]:
    """Book every new visit of the proposal, with its reminders, and set the course going.

    Doses of a course that is not cleared, and the talks after them, are booked as provisional.
    Raises ProposalNotReady, or ProposalOutdated with what changed; then nothing is booked.
    """
    _lock(proposal)
    course = proposal.course
    new = [visit for visit in proposal.visits if not visit["is_kept"]]
    lock_parties(
        patient_id=course.patient_id,
        room_ids={visit["room_id"] for visit in new},
        member_ids={who for visit in new for who in visit["staff"].values()},
    )
    _refuse_held(proposal, now)
    _refuse_outdated(proposal, course_problem(course, now=now, extra_doses=proposal.extra_doses))
    refuse_beyond_caps(course, [_dose(visit, course) for visit in new])
    try:
        with constraints_in_words():
            visits = write_visits(course, new, now)
    except LostRace as exc:
        raise _outdated([{"visit": "", "change": exc.change}]) from exc
    note_uncovered(visits, by=by, now=now)
    _settle(proposal, course, by, now, len(visits))
    announce_booking(visits=visits, now=now)
    note_next_dose(course, by=by, now=now)
    foretell_doses(course, now=now)
    return visits


def _dose(visit: dict[str, Any], course: Course) -> BookedDose | None:
    if visit["kind"] != Session.Kind.DOSING:
        return None
    starts_at = datetime.fromisoformat(visit["starts_at"])
    return BookedDose(visit["seq"], starts_at.astimezone(course.site.zone).date())


def _lock(proposal: Proposal) -> None:
    """Rivals for one proposal queue here, and the second finds it accepted."""
    course = Course.objects.select_for_update(no_key=True).get(pk=proposal.course_id)
    if course.status not in CAN_BE_BOOKED:
        raise ProposalNotReady(f"This course is {course.get_status_display().lower()}.")
    proposal.refresh_from_db(fields=["status", "visits", "lead_therapist"])
    if proposal.status != Proposal.Status.READY:
        state = proposal.get_status_display().lower()
        raise ProposalNotReady(f"This proposal cannot be accepted: {state}.")


def _refuse_held(proposal: Proposal, now: datetime) -> None:
    """Raise ProposalOutdated where somebody else holds some of its times by now."""
    definition = definition_of(proposal.course.protocol_version)
    wanted = [wanted_of(one, definition) for one in new_visits(proposal.visits)]
    if found := clashes_of(wanted, course_id=proposal.course_id, now=now):
        raise _outdated(held_details(proposal, found))


def _refuse_outdated(proposal: Proposal, task: CourseProblem) -> None:
    """Raise ProposalOutdated when the rules of today would not let the proposal through."""
    definition = task.places.definition
    asked = {(visit["kind"], visit["seq"]) for visit in proposal.visits}
    now_asked = {*task.places.open(), *task.places.kept}
    if asked != now_asked:
        changed = sorted(asked ^ now_asked)
        raise _outdated(
            [
                {"visit": place_label(definition, *key), "change": "was booked or released"}
                for key in changed
            ]
        )
    faults = violations(task.problem, _placed(proposal, task))
    if faults:
        raise _outdated([violation_in_words(task, fault) for fault in faults])


def _outdated(changes: Sequence[dict[str, str]]) -> ProposalOutdated:
    return ProposalOutdated(
        "The book has changed since this proposal was made. Nothing was booked.", details=changes
    )


def _placed(proposal: Proposal, task: CourseProblem) -> Placed:
    lead = proposal.lead_therapist_id
    return Placed(
        course_id=task.course_id,
        lead_therapist=str(lead) if lead else None,
        appointments=tuple(_appointment(visit, task) for visit in proposal.visits),
        cost=CostTerms(),
    )


def _appointment(visit: dict[str, Any], task: CourseProblem) -> Appointment:
    return Appointment(
        kind=visit["kind"],
        seq=task.places.planner_number(visit["kind"], visit["seq"]),
        visit=task.visit_key(visit["visit_type"]),
        start=datetime.fromisoformat(visit["starts_at"]),
        end=datetime.fromisoformat(visit["ends_at"]),
        room_id=visit["room_id"],
        staff=visit["staff"],
    )


def _in_force(course: UUID) -> QuerySet[Screening]:
    rows = Screening.objects.in_force().filter(course=course).only("pk")
    return rows.select_for_update(no_key=True)


_IN_FORCE = Prepared(_in_force, course=uuid4())


def write_visits(course: Course, new: Sequence[dict[str, Any]], now: datetime) -> list[Session]:
    """Inside a transaction: visits as a proposal has them, with what they claim; LostRace.

    Doses of a course that is not cleared, and the talks after them, are provisional.
    """
    # Locked against a screening that ends at the same moment.
    _IN_FORCE(course=course.pk)
    is_held = is_held_back(course, new)
    visits = [
        Session(
            organization_id=course.organization_id,
            course=course,
            patient=course.patient,
            site=course.site,
            kind=visit["kind"],
            seq=visit["seq"],
            visit_type=visit["visit_type"],
            starts_at=datetime.fromisoformat(visit["starts_at"]),
            ends_at=datetime.fromisoformat(visit["ends_at"]),
            scheduled_at=now,
            is_provisional=is_held and visit["kind"] != Session.Kind.PREPARATION,
        )
        for visit in new
    ]
    Session.objects.bulk_create(visits)
    claims = [
        Claim(visit, plan["room_id"], plan["staff"])
        for visit, plan in zip(visits, new, strict=True)
    ]
    write_claims(claims, definition_of(course.protocol_version), now=now)
    return visits


def _settle(proposal: Proposal, course: Course, by: Membership, now: datetime, booked: int) -> None:
    Proposal.objects.filter(pk=proposal.pk).update(status=Proposal.Status.ACCEPTED, finished_at=now)
    if proposal.extra_doses:
        extend_course(course=course, doses=proposal.extra_doses, by=by, now=now)
    if course.status == Course.Status.DRAFT:
        activate_course(course=course, by=by, now=now)
    record_event(
        course=course,
        kind=CourseEvent.Kind.SCHEDULED,
        by=by,
        now=now,
        detail={"visits": booked, "proposal": str(proposal.pk)},
    )
