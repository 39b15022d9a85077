"""Linking two charts of one person: what is booked and what holds doses is then the person's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from clinic.errors import Conflict
from clinic.identity.selectors import charts_of, of_person
from clinic.identity.services import link_charts
from clinic.models import ChartLink, Membership, Organization, Patient
from courses.holds.services import carry_holds
from courses.models import Course, Dose
from scheduling.models import Reservation
from scheduling.services.capping import label_caps_broken
from scheduling.services.claiming import LostRace, constraints_in_words, lock_courses_of
from sessions.models import Session

TO_COME = (Session.Status.PLANNED, Session.Status.ARRIVED)
UNDER_WAY = (*TO_COME, Session.Status.IN_PROGRESS, Session.Status.OBSERVING)
DAY = timedelta(hours=24)
OPEN = (
    Course.Status.DRAFT,
    Course.Status.ACTIVE,
    Course.Status.PAUSED,
    Course.Status.INTERRUPTED,
)


class ChartsCollide(Conflict):
    """What is booked in the two charts breaks a rule for one person; `details` lists it."""

    code = "charts-collide"


@dataclass(frozen=True, slots=True)
class Collision:
    """Two things of different charts that one person cannot have, and why."""

    visit: Session
    other: Session | Dose
    why: str

    @property
    def text(self) -> str:
        """In words, by the clock of each visit's site, without a name."""
        return f"{_words(self.visit)} and {_words(self.other)}: {self.why}."


def _words(what: Session | Dose) -> str:
    if isinstance(what, Dose):
        return f"the dose on {what.on:%-d %B %Y}"
    at = what.starts_at.astimezone(what.site.zone)
    return f"{what.get_kind_display().lower()} on {at:%-d %B %Y at %H:%M}, {what.site.name}"


@transaction.atomic
def link_persons(
    *, chart: Patient, principal: Patient, by: Membership, reason: str, now: datetime
) -> ChartLink:
    """Say that two charts are of one person, of which `principal` stands (DOMAIN 8.45).

    From now on gaps, lapses and caps count the doses of both, and what holds the patient in one
    holds the courses of the other. Raises what `link_charts` does, and ChartsCollide with every
    visit to come that the doses or visits of the other chart, or a label's cap over both, do not
    allow: move those first.
    """
    # Links are rare: one at a time, so that none waits for a chart that another leads to.
    Organization.objects.select_for_update(no_key=True).get(pk=by.organization_id)
    lock_courses_of(chart.pk, principal.pk)
    groups = [list(charts_of(one.pk).values_list("pk", flat=True)) for one in (chart, principal)]
    before = label_caps_broken(chart) | label_caps_broken(principal)
    try:
        with constraints_in_words():
            link = link_charts(chart=chart, principal=principal, by=by, reason=reason, now=now)
    except LostRace as exc:
        found = collisions(chart, principal)
        raise ChartsCollide(
            f"These charts cannot be linked yet: {exc.change}. Move or cancel one of each first.",
            details=[{"code": "collision", "text": one.text} for one in found],
        ) from exc
    _refuse_beyond_labels(principal, before)
    for own, others in (groups, groups[::-1]):
        for course in Course.objects.filter(patient__in=own, status__in=OPEN).order_by("pk"):
            carry_holds(course=course, now=now, charts=others)
    return link


def _refuse_beyond_labels(patient: Patient, before: Mapping[tuple[UUID, str], Session]) -> None:
    """Doses of both charts count for a label's cap from now on (DOMAIN 2.10, 8.45)."""
    found = {key: one for key, one in label_caps_broken(patient).items() if key not in before}
    if not found:
        return
    raise ChartsCollide(
        "These charts cannot be linked yet: booked doses of both exceed a label’s cap. Move or"
        " cancel some first.",
        details=[
            {"code": "collision", "text": f"{_words(visit)}: {cap}"}
            for (_, cap), visit in found.items()
        ],
    )


def collisions(one: Patient, other: Patient) -> list[Collision]:
    """What is to come in the charts of one and does not go with those of the other, by time."""
    found = [*_between_visits(one, other), *_with_doses(one, other), *_with_doses(other, one)]
    return sorted(found, key=lambda collision: collision.visit.starts_at)


def _claims(patient: Patient) -> list[Reservation]:
    rows = Reservation.objects.filter(of_person(patient.pk), session__status__in=UNDER_WAY)
    return list(rows.select_related("session__site").order_by("patient_during", "pk"))


def _between_visits(one: Patient, other: Patient) -> Iterator[Collision]:
    theirs = _claims(other)
    for mine in _claims(one):
        for claim in theirs:
            if why := _why_not_both(mine, claim):
                yield Collision(mine.visit, claim.visit, why)


def _why_not_both(one: Reservation, other: Reservation) -> str:
    """Why one person cannot have both visits; nothing where that is possible."""
    if _overlap(one.patient_during, other.patient_during):
        return "at the same time"
    if one.guard is None or other.guard is None:
        return ""
    if _overlap(one.guard, other.guard):
        return "nearer than the minimum gap"
    starts = abs(one.patient_during.lower - other.patient_during.lower)
    is_day = min(one.gap_days or 0, other.gap_days or 0) > 1 and starts < DAY
    return "less than 24 hours apart" if is_day else ""


def _overlap(one: object, other: object) -> bool:
    a, b = (one.lower, one.upper), (other.lower, other.upper)  # type: ignore[attr-defined]
    return bool(a[0] < b[1] and b[0] < a[1])


def _with_doses(one: Patient, other: Patient) -> Iterator[Collision]:
    """Doses to come of the first that are too near to what the second has had."""
    given = list(Dose.objects.filter(of_person(other.pk), withdrawn_at=None).order_by("on", "pk"))
    for claim in _claims(one):
        if claim.guard is None or claim.visit.status not in TO_COME:
            continue
        gap = timedelta(days=1 if claim.guard_override_id else claim.gap_days or 1)
        for dose in given:
            if abs(dose.on - claim.guard.lower) < gap:
                yield Collision(claim.visit, dose, "nearer than the minimum gap")
