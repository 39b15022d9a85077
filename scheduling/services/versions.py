"""Moving a running course to another version of its protocol, with what is booked for it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from clinic.models import Membership
from courses.editor.moving import Fit, VersionDoesNotFit, fit_of, move_course
from courses.models import Course, ProtocolVersion
from courses.protocols import ProtocolDefinition
from courses.selectors import definition_of
from scheduling.services.calling_off import call_off
from scheduling.services.candidacy import lock_course
from sessions.models import Session

NEW_VERSION = "Planned anew under a new version of the protocol."


@dataclass(frozen=True, slots=True)
class BookedVisit:
    """A visit ahead, and why it cannot stay as it is booked; empty where it can."""

    visit: Session
    faults: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionChange:
    """What differs for a course under another version, and for each of its visits ahead."""

    fit: Fit
    visits: list[BookedVisit]

    @property
    def may_stay(self) -> bool:
        """Whether everything that is booked can stay where it is."""
        return not any(one.faults for one in self.visits)


def version_change(course: Course, version: ProtocolVersion, *, now: datetime) -> VersionChange:
    """What the course and its visits would be; raises VersionDoesNotFit when it cannot move."""
    fit = fit_of(course, version)
    old, new = definition_of(course.protocol_version), definition_of(version)
    live = list(course.visits.live().select_related("site").order_by("starts_at", "pk"))
    for visit in live:
        if not _is_ahead(visit, now):
            _check_known(visit, new)
    before = {visit.seq: visit.local_date for visit in live if visit.kind == "dosing"}
    ahead = [visit for visit in live if _is_ahead(visit, now)]
    return VersionChange(fit, [_booked(one, old, new, fit.doses, before) for one in ahead])


def _is_ahead(visit: Session, now: datetime) -> bool:
    return visit.status == Session.Status.PLANNED and visit.ends_at > now


def _check_known(visit: Session, new: ProtocolDefinition) -> None:
    """What has been stays readable: its kind of visit is in the new version too."""
    known = new.visit_types.get(visit.visit_type)
    if known is None or known.kind != visit.kind:
        raise VersionDoesNotFit(
            "A visit of this course is of a kind that the new version does not have."
        )


def _booked(
    visit: Session,
    old: ProtocolDefinition,
    new: ProtocolDefinition,
    doses: int,
    days: dict[int, date],
) -> BookedVisit:
    was, now = old.visit_type(visit.visit_type), new.visit_types.get(visit.visit_type)
    faults = []
    if visit.kind != Session.Kind.PREPARATION and visit.seq > doses:
        faults.append("the new version has no such dose")
    elif now is None or now.kind != was.kind:
        faults.append("the new version has no such visit")
    elif now.model_dump(exclude={"label"}) != was.model_dump(exclude={"label"}):
        faults.append(
            f"it takes {now.minutes} instead of {was.minutes} minutes"
            if now.minutes != was.minutes
            else "its room, people or phases are others"
        )
    return BookedVisit(visit, tuple(faults), tuple(_gap_notes(visit, new, doses, days)))


def _gap_notes(
    visit: Session, new: ProtocolDefinition, doses: int, days: dict[int, date]
) -> list[str]:
    """Where the days since the dose before are not what the new version asks for."""
    if visit.kind != Session.Kind.DOSING or not 1 < visit.seq <= doses:
        return []
    gap, before = new.doses(doses)[visit.seq - 1].gap, days.get(visit.seq - 1)
    if gap is None or before is None:
        return []
    apart = (visit.local_date - before).days
    if gap.min_days <= apart <= gap.max_days:
        return []
    return [f"{apart} days after the dose before; now {gap.min_days} to {gap.max_days}"]


@transaction.atomic
def change_version(
    *,
    course: Course,
    version: ProtocolVersion,
    keep_visits: bool,
    by: Membership,
    reason: str,
    now: datetime,
) -> list[Session]:
    """Move the course to the version; its visits ahead stay, or are called off to be planned anew.

    Gives back what was called off. Raises VersionDoesNotFit, also where visits cannot stay, and
    DomainError without a reason; then nothing changed.
    """
    locked = lock_course(course.pk)
    change = version_change(locked, version, now=now)
    if keep_visits and not change.may_stay:
        raise VersionDoesNotFit("Some visits cannot stay as they are booked: plan them anew.")
    gone: list[Session] = []
    if not keep_visits:
        gone = call_off(course=locked, by=by, reason=NEW_VERSION, now=now)
    move_course(course=locked, version=version, by=by, reason=reason, now=now)
    course.refresh_from_db()
    return gone
