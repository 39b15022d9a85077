"""Moving, cancelling and missing one visit, with its reminders, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from clinic.reasons import checked_reason
from clinic.rights import Right, require
from courses.holds.services import open_hold
from courses.models import CourseEvent, Hold
from courses.selectors import definition_of
from courses.services import record_event
from courses.thresholds.selectors import thresholds_at
from reminders.services import announce_cancellation, announce_move, withdraw_reminders
from scheduling.authorizations import note_uncovered
from scheduling.models import Override, Reservation, StaffClaim
from scheduling.moving import refusals_of, slot_at
from scheduling.planner.slots import Slot
from scheduling.services.capping import dose_at, note_next_dose, refuse_beyond_caps
from scheduling.services.claiming import (
    Claim,
    LostRace,
    constraints_in_words,
    lock_courses,
    lock_parties,
    periods,
    refuse_held,
    staff_claims,
)
from scheduling.services.foretelling import foretell_doses
from scheduling.services.guarding import narrow_guards, record_override, widen_guards
from scheduling.waitlist.freeing import alone, note_freed
from sessions.attendance.rules import is_late
from sessions.models import Session

OVERRIDDEN = "The minimum gap was overridden"


class VisitNotPlanned(Conflict):
    """The visit has begun, is over, or was cancelled."""

    code = "visit-not-planned"


class SlotRefused(DomainError):
    """The rules refuse the time; `details` says which."""

    code = "slot-refused"


class SlotTaken(Conflict):
    """Somebody else was a moment faster."""

    code = "slot-taken"


@dataclass(frozen=True, slots=True)
class Why:
    """Why a visit falls through: a code that tells nothing clinical, who called it off, and what
    somebody wrote beside that."""

    code: str = Session.CancelCode.OTHER
    by: str = Session.Party.CLINIC
    text: str = ""


COURSE_CHANGED = Session.CancelCode.COURSE


@transaction.atomic
def move_visit(
    *,
    visit: Session,
    starts_at: datetime,
    by: Membership,
    reason: str,
    now: datetime,
    override_reason: str = "",
) -> Session:
    """Give the visit a new time, with the room and people that suit it best.

    With `override_reason` a prescriber puts a dose inside the minimum gap, never within 24 hours.
    Raises VisitNotPlanned, SlotRefused (field `starts_at`), SlotTaken, and for an override
    RightMissing or ReasonTooShort; then nothing changed.
    """
    lock_planned(visit)
    if starts_at == visit.starts_at:
        raise SlotRefused("The visit is at that time already.", field="starts_at")
    lock_parties(patient_id=visit.patient_id)
    refuse_beyond_caps(visit.course, [dose_at(visit, starts_at)])
    before, day, had_room = visit.starts_at, visit.local_date, alone(visit.pk)
    slot, nearer = _slot(visit, starts_at, by, override_reason, now)
    # Why a rule was overridden is clinical, and stays in the override.
    because(reason or (OVERRIDDEN if nearer else ""))
    lock_parties(
        patient_id=visit.patient_id, room_ids=[slot.room_id], member_ids=list(slot.staff.values())
    )
    _write_time(visit, slot.start, slot.end, now)
    override = record_override(visit, by=by, reason=nearer, now=now) if nearer else None
    _move_claims(visit, slot, override, now)
    widen_guards(visit.patient_id, left=day)
    detail = {"visit": str(visit.pk), "from": before.isoformat(), "to": slot.start.isoformat()}
    detail |= {"override": str(override.pk)} if override else {}
    note_change(visit, CourseEvent.Kind.VISIT_MOVED, by, reason, now, detail)
    note_uncovered([visit], by=by, now=now)
    if had_room:
        note_freed(visit, starts_at=before, now=now)
    announce_move(visit=visit, now=now, moved_from=before)
    note_next_dose(visit.course, by=by, now=now)
    foretell_doses(visit.course, now=now)
    return visit


def _slot(
    visit: Session, starts_at: datetime, by: Membership, override_reason: str, now: datetime
) -> tuple[Slot, str]:
    """The room and people for that start, and the reason of the override where it took one."""
    nearer = ""
    if override_reason:
        require(by, Right.OVERRIDE, visit.site)
        nearer = checked_reason(override_reason, field="override_reason")
    if slot := slot_at(visit, starts_at, now=now):
        return slot, ""
    if nearer and (slot := slot_at(visit, starts_at, now=now, is_overridden=True)):
        return slot, nearer
    reasons = refusals_of(visit, starts_at, now=now, is_overridden=bool(nearer))
    raise SlotRefused(
        "The visit cannot start then: " + "; ".join(reasons) + ".",
        field="starts_at",
        details=[{"visit": str(visit.pk), "change": reason} for reason in reasons],
    )


def lock_planned(visit: Session) -> None:
    """Rivals for visits of one course queue here; raise VisitNotPlanned for one that cannot be
    changed."""
    lock_courses(visit.course_id)
    Session.objects.select_for_update(no_key=True).get(pk=visit.pk)
    visit.refresh_from_db(fields=["status", "starts_at", "ends_at", "version"])
    if visit.status != Session.Status.PLANNED:
        state = visit.get_status_display().lower()
        raise VisitNotPlanned(f"Only a planned visit can be changed; this one is {state}.")


def _write_time(visit: Session, start: datetime, end: datetime, now: datetime) -> None:
    visit.starts_at, visit.ends_at, visit.scheduled_at = start, end, now
    visit.version += 1
    visit.save(update_fields=["starts_at", "ends_at", "scheduled_at", "version"])


def _move_claims(visit: Session, slot: Slot, override: Override | None, now: datetime) -> None:
    """Let go of the old time and take the new one; raise SlotTaken when a rival has it."""
    definition = definition_of(visit.course.protocol_version)
    claim = Claim(visit, slot.room_id, slot.staff)
    reservation = Reservation.objects.get(session=visit)
    try:
        with constraints_in_words():
            StaffClaim.objects.filter(reservation=reservation).delete()
            refuse_held([claim], definition, now=now)
            claimed = narrow_guards(visit, periods(visit, definition), override)
            Reservation.objects.filter(pk=reservation.pk).update(room_id=slot.room_id, **claimed)
            StaffClaim.objects.bulk_create(staff_claims(claim, reservation, definition))
    except LostRace as exc:
        raise SlotTaken(f"The visit was not moved: {exc.change}.", field="starts_at") from exc


@transaction.atomic
def cancel_visit(
    *,
    visit: Session,
    by: Membership,
    reason: str,
    now: datetime,
    code: str = Session.CancelCode.OTHER,
    cancelled_by: str = Session.Party.CLINIC,
) -> Session:
    """Cancel the visit and free its room and people; the talk after a cancelled dose goes too.

    Raises VisitNotPlanned.
    """
    lock_planned(visit)
    why = Why(code, cancelled_by, reason)
    cancel_locked(visit, by=by, why=why, now=now)
    announce_cancellation(visits=[visit], now=now)
    _cancel_talk_after(visit, by, why, now)
    foretell_doses(visit.course, now=now)
    return visit


@transaction.atomic
def cancel_doses(
    *, doses: Sequence[Session], by: Membership, reason: str, now: datetime
) -> list[Session]:
    """Cancel doses of one patient and the talks after them, all told in one e-mail.

    Gives back what was cancelled. Raises VisitNotPlanned; then nothing changed.
    """
    lock_courses(*(dose.course_id for dose in doses))
    gone: list[Session] = []
    for dose in doses:
        talk = talk_after(dose)
        for one in [dose, *([talk] if talk else [])]:
            lock_planned(one)
            cancel_locked(one, by=by, why=Why(COURSE_CHANGED, text=reason), now=now)
            gone.append(one)
    announce_cancellation(visits=gone, now=now)
    for course in {dose.course for dose in doses}:
        foretell_doses(course, now=now)
    return gone


@transaction.atomic
def miss_visit(
    *,
    visit: Session,
    by: Membership,
    reason: str,
    now: datetime,
    code: str = Session.CancelCode.NO_WORD,
) -> Session:
    """Record that the patient did not come, and free the place; the talk after it goes too.

    Raises VisitNotPlanned.
    """
    lock_planned(visit)
    why = Why(code, text=reason)
    miss_locked(visit, by=by, why=why, now=now)
    _cancel_talk_after(visit, by, why, now)
    foretell_doses(visit.course, now=now)
    return visit


def miss_locked(visit: Session, *, by: Membership, why: Why, now: datetime) -> None:
    """Inside a transaction that has locked the visit: it was missed, and its place is free.

    Raises VisitNotPlanned for one that lies ahead.
    """
    if visit.starts_at > now:
        raise VisitNotPlanned("A visit that lies ahead cannot have been missed.")
    because(why.text)
    _release(visit, status=Session.Status.MISSED, cancel_reason=why.text, cancel_code=why.code)
    withdraw_reminders(visit=visit)
    detail = {"visit": str(visit.pk), "from": visit.starts_at.isoformat(), "code": why.code}
    note_change(visit, CourseEvent.Kind.VISIT_MISSED, by, why.text, now, detail)
    _hold_after_missed_talks(visit, now)


def _hold_after_missed_talks(visit: Session, now: datetime) -> None:
    """The next dose waits for a clinician when as many integration visits in a row as the protocol
    says were missed (DOMAIN 8.57); where it says none, it waits for nobody."""
    rule = definition_of(visit.course.protocol_version).integration
    if visit.kind != Session.Kind.INTEGRATION or not rule or rule.holds_after_missed is None:
        return
    talks = Session.objects.filter(course=visit.course_id, kind=Session.Kind.INTEGRATION)
    over = talks.exclude(status=Session.Status.CANCELLED).filter(starts_at__lt=visit.starts_at)
    more = rule.holds_after_missed - 1
    before = [talk.status for talk in over.order_by("-starts_at", "-pk")[:more]]
    if before == [Session.Status.MISSED] * more:
        open_hold(
            course=visit.course, kind=Hold.Kind.INTEGRATION, source_id=visit.pk, by=None, now=now
        )


def talk_after(visit: Session) -> Session | None:
    """The planned integration visit of a dose; None where there is none, or for another visit."""
    if visit.kind != Session.Kind.DOSING:
        return None
    talks = Session.objects.planned().filter(course_id=visit.course_id, seq=visit.seq)
    return talks.filter(kind=Session.Kind.INTEGRATION).select_related("course", "site").first()


def _cancel_talk_after(visit: Session, by: Membership, why: Why, now: datetime) -> None:
    """There is nothing to integrate after a dose that is not given; both are planned anew."""
    if talk := talk_after(visit):
        lock_planned(talk)
        cancel_locked(talk, by=by, why=Why(COURSE_CHANGED, text=why.text), now=now)
        announce_cancellation(visits=[talk], now=now)


def cancel_locked(visit: Session, *, by: Membership, why: Why, now: datetime) -> None:
    """Inside a transaction that has locked the visit: cancel it, with who did and whether late."""
    because(why.text)
    release_visit(visit, why=why, now=now)
    detail = {"visit": str(visit.pk), "from": visit.starts_at.isoformat(), "code": why.code}
    note_change(visit, CourseEvent.Kind.VISIT_CANCELLED, by, why.text, now, detail)


def release_visit(visit: Session, *, why: Why, now: datetime) -> None:
    """Inside a transaction that has locked the visit: cancel it and free its place."""
    notice = thresholds_at(visit.organization, now).cancel_notice_hours
    had_room = alone(visit.pk)
    _release(
        visit,
        status=Session.Status.CANCELLED,
        version=F("version") + 1,
        scheduled_at=now,
        cancelled_at=now,
        cancel_reason=why.text,
        cancel_code=why.code,
        cancelled_by=why.by,
        is_late_cancel=is_late(starts_at=visit.starts_at, at=now, by=why.by, notice_hours=notice),
    )
    if had_room:
        note_freed(visit, starts_at=visit.starts_at, now=now)


def _release(visit: Session, **changes: Any) -> None:
    lock_parties(patient_id=visit.patient_id)
    Reservation.objects.filter(session=visit).delete()
    widen_guards(visit.patient_id, left=visit.local_date)
    Session.objects.filter(pk=visit.pk).update(**changes)
    visit.refresh_from_db()


def note_change(
    visit: Session,
    kind: CourseEvent.Kind,
    by: Membership,
    reason: str,
    now: datetime,
    detail: dict[str, str],
) -> None:
    """Inside a transaction: keep in the course's history what became of the visit."""
    record_event(course=visit.course, kind=kind, by=by, now=now, reason=reason, detail=detail)
