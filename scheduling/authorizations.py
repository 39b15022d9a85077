"""Visits that no payer covers: told when they are booked, kept, and never in the way (DOMAIN 7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from clinic.models import Membership
from clinic.templatetags.courseline import plain_day
from courses.authorizations.rules import Gap, Use
from courses.authorizations.selectors import gaps_of, has_grants, self_pay_of
from courses.authorizations.units import most_units
from courses.models import Course, CoverageWarning
from courses.selectors import definition_of
from scheduling.models import Proposal
from scheduling.wording import place_label
from sessions.models import Session

WORDS = {
    Gap.OUTSIDE_DATES: "is outside the dates of the payer’s authorisation",
    Gap.NO_VISITS_LEFT: "is beyond the visits that the payer authorised",
    Gap.NO_UNITS_LEFT: "may take more devices than the payer’s authorisation has left",
}
# Visits whose dose is still to come; one that is over has a dose of its own.
TO_COME = (
    Session.Status.PLANNED,
    Session.Status.ARRIVED,
    Session.Status.IN_PROGRESS,
    Session.Status.OBSERVING,
)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A dosing visit that nothing covers, and why."""

    seq: int
    on: date
    gap: Gap
    label: str

    @property
    def text(self) -> str:
        """The warning in words."""
        return f"{self.label} on {plain_day(self.on)} {WORDS[self.gap]}."


@dataclass(frozen=True, slots=True)
class _Booked:
    """A dose to come, of whatever course of the patient."""

    course: Course
    seq: int
    on: date

    @property
    def use(self) -> Use:
        drug = definition_of(self.course.protocol_version).drug
        return Use(self.on, most_units(self.course, self.seq), self.course.pk, drug)


def uncovered_by_proposal(proposal: Proposal) -> list[Uncovered]:
    """The new doses of a proposal that nothing covers, in order of time."""
    course, zone = proposal.course, proposal.course.site.zone
    new = [
        _Booked(course, one["seq"], _day(one["starts_at"], zone))
        for one in proposal.visits
        if one["kind"] == Session.Kind.DOSING and not one["is_kept"]
    ]
    return _uncovered(course, new)


def uncovered_by_move(visit: Session, starts_at: datetime) -> list[Uncovered]:
    """Whether the visit, at that time, is a dose that nothing covers."""
    if visit.kind != Session.Kind.DOSING:
        return []
    day = starts_at.astimezone(visit.site.zone).date()
    return _uncovered(visit.course, [_Booked(visit.course, visit.seq, day)], without=[visit.pk])


def uncovered_by_change(
    course: Course, doses: Mapping[int, date], *, without: Iterable[UUID]
) -> list[Uncovered]:
    """Of the course's doses, by number, on those days the ones that nothing covers; `without` are
    the visits that they replace."""
    return _uncovered(course, [_Booked(course, seq, on) for seq, on in doses.items()],
                      without=without)  # fmt: skip


def uncovered_visit(visit: Session) -> list[Uncovered]:
    """Whether the visit as it is booked is a dose to come that nothing covers."""
    return uncovered_by_move(visit, visit.starts_at) if visit.status in TO_COME else []


def note_uncovered(visits: Sequence[Session], *, by: Membership, now: datetime) -> None:
    """Inside a transaction: keep who booked which doses though nothing covers them."""
    doses = {one.seq: one for one in visits if one.kind == Session.Kind.DOSING}
    if not doses:
        return
    course = next(iter(doses.values())).course
    new = [_Booked(course, one.seq, one.local_date) for one in doses.values()]
    found = _uncovered(course, new, without=[one.pk for one in doses.values()])
    if not found:
        return
    is_agreed = self_pay_of(course) is not None
    CoverageWarning.objects.bulk_create(
        CoverageWarning(
            organization_id=course.organization_id,
            course=course,
            visit_id=doses[one.seq].pk,
            on=one.on,
            code=one.gap.value,
            self_pay=is_agreed,
            at=now,
            by=by,
        )
        for one in found
    )


def _uncovered(
    course: Course, new: list[_Booked], *, without: Iterable[UUID] = ()
) -> list[Uncovered]:
    """Of these doses the ones that nothing covers, beside whatever the patient has booked."""
    if not new:
        return []
    if not has_grants(course):
        return []
    definition = definition_of(course.protocol_version)
    booked = sorted([*_to_come(course, without), *new], key=lambda one: (one.on, one.seq))
    gaps = gaps_of(course, [one.use for one in booked])
    wanted = {id(one) for one in new}
    return [
        Uncovered(one.seq, one.on, gap, place_label(definition, "dosing", one.seq))
        for one, gap in zip(booked, gaps, strict=True)
        if gap and id(one) in wanted
    ]


def _to_come(course: Course, without: Iterable[UUID]) -> list[_Booked]:
    visits = Session.objects.filter(
        patient_id=course.patient_id, kind=Session.Kind.DOSING, status__in=TO_COME
    ).exclude(pk__in=list(without))
    related = visits.select_related("site", "course__protocol_version")
    return [_Booked(one.course, one.seq, one.local_date) for one in related]


def _day(moment: str, zone: Any) -> date:
    return datetime.fromisoformat(moment).astimezone(zone).date()
