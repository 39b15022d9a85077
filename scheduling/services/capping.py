"""Steps inside a transaction that books doses: their caps, and what the lapse before them asks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from clinic.identity.selectors import of_person
from clinic.models import Membership, Patient
from clinic.prepared import Prepared
from courses.caps.selectors import excesses_of
from courses.caps.services import CapExceeded, allow_beyond_cap
from courses.doses.selectors import doses_of_patient, given_to
from courses.lapses.services import note_lapse
from courses.models import CapOverride, Course
from courses.selectors import definition_of
from scheduling.models import Proposal
from sessions.models import Session


@dataclass(frozen=True, slots=True)
class BookedDose:
    """A dose to be booked: its number and local date; the visit that it moves, where it does."""

    seq: int
    on: date
    visit_id: UUID | None = None


def dose_at(visit: Session, starts_at: datetime) -> BookedDose | None:
    """The visit as a dose on that day; None for another kind of visit."""
    if visit.kind != Session.Kind.DOSING:
        return None
    return BookedDose(visit.seq, starts_at.astimezone(visit.site.zone).date(), visit.pk)


def refuse_beyond_caps(
    course: Course,
    doses: Collection[BookedDose | None],
    *,
    moved: Mapping[UUID, date] | None = None,
) -> None:
    """Raise CapExceeded for the first dose that a cap does not allow (DOMAIN 2.10).

    `moved` are the new days, by visit, of whatever else moves with them.
    """
    new = [dose for dose in doses if dose]
    if not new or not definition_of(course.protocol_version).caps:
        return
    planned = _planned_days(course, {dose.visit_id for dose in new}, moved or {})
    given = given_to(course.patient)
    for dose in new:
        others = [*planned, *(other.on for other in new if other is not dose)]
        found = excesses_of(course, seq=dose.seq, on=dose.on, planned=others, given=given)
        for one in found:
            way = "" if one.is_label else " A prescriber may allow it on the course’s page."
            raise CapExceeded(f"{dose.on:%-d %B %Y}: {one.text}{way}", field="starts_at")


def label_caps_broken(patient: Patient) -> dict[tuple[UUID, str], Session]:
    """The person's doses to come that caps of labels do not allow, each with the cap in words."""
    given = list(doses_of_patient(patient))
    rows = _ahead_of(patient.pk).select_related(
        "site", "course__patient", "course__protocol_version"
    )
    ahead = list(rows.order_by("starts_at", "pk"))
    return {
        (visit.pk, one.text): visit
        for visit in ahead
        for one in excesses_of(
            visit.course,
            seq=visit.seq,
            on=visit.local_date,
            planned=[other.local_date for other in ahead if other.pk != visit.pk],
            given=given,
        )
        if one.is_label
    }


def _planned_days(
    course: Course, without: set[UUID | None], moved: Mapping[UUID, date]
) -> list[date]:
    """The local dates of the person's doses to come, over all courses and charts (DOMAIN 8.45)."""
    rows = [visit for visit in _AHEAD(patient=course.patient_id) if visit.pk not in without]
    return [moved.get(visit.pk) or visit.local_date for visit in rows]


_AHEAD = Prepared(lambda patient: _ahead_of(patient).select_related("site"), patient=uuid4())


def _ahead(course: Course) -> QuerySet[Session]:
    return _ahead_of(course.patient_id)


def _ahead_of(patient_id: UUID) -> QuerySet[Session]:
    return Session.objects.filter(
        of_person(patient_id),
        kind=Session.Kind.DOSING,
        status__in=["PLANNED", "ARRIVED", "IN_PROGRESS", "OBSERVING"],
    )


@transaction.atomic
def allow_dose_beyond_cap(
    *, course: Course, on: date, by: Membership, reason: str, now: datetime
) -> CapOverride:
    """Let the course have a dose on that day beyond its protocol's own caps (DOMAIN 2.10).

    Booked doses count, and those of its open proposal. Raises what `allow_beyond_cap` does.
    """
    ahead = _ahead(course).filter(course=course).select_related("site")
    own = sorted(visit.local_date for visit in ahead)
    rows = Proposal.objects.filter(course=course, status=Proposal.Status.READY)
    proposed = [
        datetime.fromisoformat(visit["starts_at"]).astimezone(course.site.zone).date()
        for found in rows
        for visit in found.visits
        if visit["kind"] == Session.Kind.DOSING
    ]
    others = [*_planned_days(course, {visit.pk for visit in ahead}, {}), *own, *proposed]
    return allow_beyond_cap(
        course=course,
        on=on,
        by=by,
        reason=reason,
        now=now,
        planned=[day for day in others if day != on],
        own_before=sum(day < on for day in (*own, *proposed)),
    )


def note_next_dose(
    course: Course,
    *,
    by: Membership | None,
    now: datetime,
    ahead: Mapping[int, date] | None = None,
) -> None:
    """Hold the course where the lapse before its next booked dose asks for a decision.

    `ahead` are the local dates of its planned doses by number, from whoever knows them.
    """
    if ahead is not None:
        first = min(ahead.values(), default=None)
    else:
        rows = Session.objects.planned().filter(course=course, kind=Session.Kind.DOSING)
        next_dose = rows.select_related("site").order_by("starts_at", "pk").first()
        first = next_dose.local_date if next_dose else None
    if first:
        note_lapse(course=course, on=first, by=by, now=now)
