"""Carrying out a way that was shown: one transaction, one e-mail, or nothing at all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from clinic.reasons import checked_reason
from clinic.rights import Right, require
from courses.models import Course, CourseEvent
from courses.selectors import definition_of
from reminders.services import Told, announce_change
from scheduling.authorizations import note_uncovered
from scheduling.cascade.answers import Shown, changes_in
from scheduling.cascade.checking import changed_meanwhile, faults_of
from scheduling.cascade.frame import Frame, frame_of
from scheduling.cascade.ties import Grade
from scheduling.cascade.ways import Change, How, Way, doses_in
from scheduling.cascade.wish import Want
from scheduling.groups.seats import lock_group
from scheduling.models import GroupVisit, Override, Reservation
from scheduling.services.candidacy import lock_course
from scheduling.services.capping import note_next_dose, refuse_beyond_caps
from scheduling.services.changing import (
    VisitNotPlanned,
    Why,
    cancel_locked,
    cancel_visit,
    lock_planned,
    miss_locked,
    miss_visit,
    note_change,
)
from scheduling.services.claiming import (
    Claim,
    LostRace,
    constraints_in_words,
    lock_parties,
    write_claims,
)
from scheduling.services.foretelling import foretell_doses
from scheduling.services.guarding import widen_guards
from scheduling.waitlist.freeing import alone, note_freed
from sessions.models import Session


class ChangeOutdated(Conflict):
    """The book has changed since the way was shown; `details` says what, per visit."""

    code = "change-outdated"


class AmberNotAccepted(DomainError):
    """The way leaves a usual maximum, and nobody said that this is meant."""

    code = "amber-not-accepted"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who accepts a way, and what they say to it."""

    by: Membership
    now: datetime
    is_amber_meant: bool = False
    # A clinician's, for a way past a hard maximum.
    decision: str = ""
    why: Why = field(default_factory=Why)


@transaction.atomic
def change_course(*, visit: Session, shown: Shown, said: Acceptance) -> list[Session]:
    """Carry out a way as it was shown: every visit of it, or none.

    Gives back the visits that have a new time. Raises ChangeOutdated with what changed meanwhile,
    VisitNotPlanned, AmberNotAccepted (field `amber`), and where the way leaves a hard maximum
    RightMissing or ReasonTooShort (field `decision`); then nothing changed (DOMAIN 2.7).
    """
    course = lock_course(visit.course_id)
    rows = {str(row.pk): row for row in _locked_visits(course)}
    visit = rows.get(str(visit.pk)) or visit
    lock_planned(visit)
    _refuse_changed(visit, shown, rows.values())
    if shown.how is How.OPEN:
        return _leave_open(visit, shown, said)
    frame = _frame(visit, shown, said.now)
    way = _way(shown, rows)
    _refuse_unsaid(way, visit, said)
    _lock_claims(visit, way)
    _refuse_outdated(frame, way)
    refuse_beyond_caps(course, doses_in(visit, way))
    return _Carrying(course, visit, shown, way, said).all()


def _leave_open(visit: Session, shown: Shown, said: Acceptance) -> list[Session]:
    why = said.why
    if shown.wanted.want is Want.MISS:
        miss_visit(visit=visit, by=said.by, reason=why.text, now=said.now, code=why.code)
    else:
        cancel_visit(
            visit=visit,
            by=said.by,
            reason=why.text,
            now=said.now,
            code=why.code,
            cancelled_by=why.by,
        )
    return []


def _locked_visits(course: Course) -> Sequence[Session]:
    """The course's live visits; rivals for one of them queue here."""
    rows = course.visits.live().select_for_update(no_key=True, of=("self",))
    related = rows.select_related("organization", "patient", "site", "course__protocol_version")
    return list(related.order_by("pk"))


def _refuse_changed(visit: Session, shown: Shown, rows: Collection[Session]) -> None:
    """Raise ChangeOutdated where the course's visits are not those that were shown."""
    if details := changed_meanwhile(shown.book, rows, visit):
        raise _outdated(details)


def _frame(visit: Session, shown: Shown, now: datetime) -> Frame:
    """The course as it stands now."""
    frame = frame_of(visit, shown.wanted, now=now)
    if frame is None:
        raise _outdated([])
    return frame


def _outdated(details: Sequence[dict[str, str]]) -> ChangeOutdated:
    return ChangeOutdated(
        "The book has changed since this was shown. Nothing was changed.", details=details
    )


def _way(shown: Shown, rows: dict[str, Session]) -> Way:
    return Way(shown.how, shown.grade, changes_in(shown, rows))


def _refuse_unsaid(way: Way, visit: Session, said: Acceptance) -> None:
    if way.grade is Grade.CLINICIAN:
        require(said.by, Right.DECIDE, visit.site)
        checked_reason(said.decision, field="decision")
    elif way.grade is Grade.AMBER and not said.is_amber_meant:
        raise AmberNotAccepted(
            "This leaves the protocol’s usual limits: say that it is meant.", field="amber"
        )


def _lock_claims(visit: Session, way: Way) -> None:
    lock_parties(patient_id=visit.patient_id)
    for group_id in sorted({change.group for change in way.changes if change.group}):
        lock_group(group_id)
    lock_parties(
        patient_id=visit.patient_id,
        room_ids={change.room_id for change in way.changes},
        member_ids={who for change in way.changes for who in change.staff.values()},
    )


def _refuse_outdated(frame: Frame, way: Way) -> None:
    if faults := faults_of(frame, way):
        raise _outdated(faults)
    for change in way.changes:
        if change.visit and change.visit.status != Session.Status.PLANNED:
            raise VisitNotPlanned("One of these visits has begun meanwhile.")


def _group_of(change: Change) -> GroupVisit | None:
    return GroupVisit.objects.get(pk=change.group) if change.group else None


class _Carrying:
    """Writing a way, in the one order in which no visit stands in another's way."""

    def __init__(
        self, course: Course, visit: Session, shown: Shown, way: Way, said: Acceptance
    ) -> None:
        self.course, self.visit, self.want, self.way = course, visit, shown.wanted.want, way
        self.by, self.now, self.said = said.by, said.now, said
        self.old = {
            change.visit.pk: (change.visit.starts_at, change.visit.local_date)
            for change in way.changes
            if change.visit
        }
        self.old_start = visit.starts_at
        self.had_room = alone(*self.old)

    def all(self) -> list[Session]:
        """Let go of every old place, take every new one, and tell."""
        because(self.said.why.text)
        self._let_go()
        rows = self._take()
        self._note(rows)
        self._note_freed(rows)
        note_uncovered(rows, by=self.by, now=self.now)
        self._tell(rows)
        note_next_dose(self.course, by=self.by, now=self.now)
        foretell_doses(self.course, now=self.now)
        return rows

    def _let_go(self) -> None:
        if self.want is Want.CANCEL:
            cancel_locked(self.visit, by=self.by, why=self.said.why, now=self.now)
        elif self.want is Want.MISS:
            miss_locked(self.visit, by=self.by, why=self.said.why, now=self.now)
        Reservation.objects.filter(session__in=list(self.old)).delete()
        for _, day in self.old.values():
            widen_guards(self.visit.patient_id, left=day)

    def _take(self) -> list[Session]:
        definition = definition_of(self.course.protocol_version)
        try:
            with constraints_in_words():
                rows = [self._written(change) for change in self.way.changes]
                claims = [
                    Claim(row, change.room_id, change.staff, _group_of(change))
                    for row, change in zip(rows, self.way.changes, strict=True)
                ]
                write_claims(claims, definition, now=self.now)
        except LostRace as exc:
            raise _outdated([{"visit": "", "change": exc.change}]) from exc
        return rows

    def _written(self, change: Change) -> Session:
        """The visit at its new time; one that is booked anew is another row."""
        row = change.visit
        if row is None:
            return self._booked(change)
        if row.starts_at != change.starts_at:
            row.version += 1
            row.scheduled_at = self.now
        row.starts_at, row.ends_at = change.starts_at, change.ends_at
        row.save(update_fields=["starts_at", "ends_at", "scheduled_at", "version"])
        return row

    def _booked(self, change: Change) -> Session:
        return Session.objects.create(
            organization_id=self.course.organization_id,
            course=self.course,
            patient=self.course.patient,
            site=self.course.site,
            kind=change.kind,
            seq=change.seq,
            visit_type=change.visit_type,
            starts_at=change.starts_at,
            ends_at=change.ends_at,
            scheduled_at=self.now,
            is_provisional=self.visit.is_provisional,
        )

    def _note(self, rows: Sequence[Session]) -> None:
        override = self._override(rows)
        for row in rows:
            detail = {"visit": str(row.pk), "to": row.starts_at.isoformat()}
            detail |= {"override": str(override.pk)} if override else {}
            if row.pk in self.old:
                before = self.old[row.pk][0].isoformat()
                detail |= {"from": before, "because_of": str(self.visit.pk)}
                kind, reason = CourseEvent.Kind.VISIT_MOVED, self.said.why.text
            else:
                detail |= {"visits": "1", "instead_of": str(self.visit.pk)}
                kind, reason = CourseEvent.Kind.SCHEDULED, ""
            note_change(row, kind, self.by, reason, self.now, detail)

    def _note_freed(self, rows: Sequence[Session]) -> None:
        for row in rows:
            if row.pk in self.had_room and self.old[row.pk][0] != row.starts_at:
                note_freed(row, starts_at=self.old[row.pk][0], now=self.now)

    def _override(self, rows: Sequence[Session]) -> Override | None:
        """A clinician's decision past a hard maximum (DOMAIN 2.7)."""
        if self.way.grade is not Grade.CLINICIAN:
            return None
        own = next(row for row in rows if (row.kind, row.seq) == (self.visit.kind, self.visit.seq))
        return Override.objects.create(
            organization_id=own.organization_id,
            rule=Override.Rule.HARD_MAXIMUM,
            visit=own,
            starts_at=own.starts_at,
            by=self.by,
            reason=checked_reason(self.said.decision, field="decision"),
            at=self.now,
        )

    def _tell(self, rows: Sequence[Session]) -> None:
        moved = [row for row in rows if row.pk in self.old and self.old[row.pk][0] != row.starts_at]
        new = [row for row in rows if row.pk not in self.old]
        # An appointment that was missed is over; one that is cancelled gives way to the new one.
        known = self.old_start if self.want is Want.CANCEL else None
        gone = [self.visit] if self.want is Want.CANCEL else []
        announce_change(
            moved=[Told(row, self.old[row.pk][0]) for row in moved],
            booked=[Told(row, known) for row in new],
            gone=gone,
            now=self.now,
        )
