"""Carrying out a way to mend, whole or in part: one transaction, one e-mail per patient."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from clinic.errors import Conflict, DomainError
from clinic.identity.services import lock_person
from clinic.models import Membership, Room
from courses.models import Course, CourseEvent
from courses.selectors import definition_of
from reminders.services import Told, announce_change
from scheduling.authorizations import note_uncovered
from scheduling.models import Reservation, StaffClaim
from scheduling.repairs.checking import changed_meanwhile, faults_of
from scheduling.repairs.models import Repair, RepairVisit, RepairWay
from scheduling.repairs.overtime import lengthen_shifts
from scheduling.repairs.reader import Reader
from scheduling.services.capping import BookedDose, note_next_dose, refuse_beyond_caps
from scheduling.services.changing import note_change
from scheduling.services.claiming import (
    Claim,
    LostRace,
    constraints_in_words,
    lock_courses,
    refuse_held,
    staff_claims,
    write_claims,
)
from scheduling.services.foretelling import foretell_doses
from scheduling.services.guarding import widen_guards
from scheduling.waitlist.freeing import note_freed
from sessions.models import Session


class RepairNotReady(Conflict):
    """The repair is still being worked on, is over, or has no such part to accept."""

    code = "repair-not-ready"


class RepairOutdated(Conflict):
    """The book has changed since the repair was made; `details` says what, per visit."""

    code = "repair-outdated"


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of it."""

    visits: list[Session]
    # Patients who are told by no e-mail, although a visit of theirs has a new time.
    to_call: list[Session]
    longer: int


@transaction.atomic
def accept_way(
    *, way: RepairWay, parts: Collection[int] | None, by: Membership, now: datetime
) -> Carried:
    """Carry out these parts of a way, or all that are left of it: every visit of them, or none.

    Where that keeps somebody longer than their shift, the shift of that date is changed with it.
    Raises RepairNotReady, RepairOutdated with what changed meanwhile, RightMissing where shifts
    change and the person keeps no roster; then nothing changed.
    """
    rows = _chosen(way, parts)
    lock_courses(*{row.course_id for row in rows})
    repair = Repair.objects.select_for_update(no_key=True, of=("self",)).get(pk=way.repair_id)
    if repair.status != Repair.Status.READY:
        raise RepairNotReady(f"This repair cannot be accepted: {repair.get_status_display()}.")
    rows = _chosen(way, parts)
    visits, reader = _locked(rows), Reader.of(by, way.repair.site, now=now)
    if details := changed_meanwhile(rows, visits, reader):
        raise _outdated(details)
    _lock_parties(rows, visits)
    longer = lengthen_shifts(way, rows, visits, by=by, now=now)
    if details := faults_of(way.repair, rows, reader, now=now):
        raise _outdated(details)
    _refuse_beyond_caps(rows, visits)
    carried = _Carrying(rows, visits, by, now).all()
    RepairVisit.objects.filter(pk__in=[row.pk for row in rows]).update(accepted_at=now)
    _settle(repair, way, now)
    return Carried(carried, [one for one in carried if _is_silent(one, rows)], longer)


def _chosen(way: RepairWay, parts: Collection[int] | None) -> list[RepairVisit]:
    """The visits of these parts that have a place and are not accepted yet."""
    rows = way.visits.filter(new_starts_at__isnull=False, accepted_at=None)
    if parts is not None:
        rows = rows.filter(part__in=parts)
    others = RepairVisit.objects.filter(way__repair=way.repair_id, accepted_at__isnull=False)
    if others.exclude(way=way).exists():
        raise RepairNotReady("Parts of another way were accepted: mend what is left afresh.")
    found = list(rows.select_related("new_room", "room").order_by("starts_at", "pk"))
    if not found:
        raise RepairNotReady("There is nothing left to accept of this.")
    return found


def _locked(rows: Sequence[RepairVisit]) -> dict[UUID, Session]:
    """The visits, in the order of their keys; rivals for one of them queue here."""
    found = Session.objects.filter(pk__in=[row.visit_id for row in rows])
    locked = found.select_for_update(no_key=True, of=("self",)).select_related(
        "organization", "patient", "site", "course__protocol_version", "course__patient",
        "course__site", "reservation",
    )  # fmt: skip
    return {visit.pk: visit for visit in locked.order_by("pk")}


def _outdated(details: Sequence[dict[str, str]]) -> RepairOutdated:
    return RepairOutdated(
        "The book has changed since this repair was made. Nothing was changed.", details=details
    )


def _lock_parties(rows: Sequence[RepairVisit], visits: Mapping[UUID, Session]) -> None:
    """Persons, then rooms and staff, each by their keys."""
    for patient_id in sorted({visit.patient_id for visit in visits.values()}):
        lock_person(patient_id)
    rooms = {row.new_room_id for row in rows if row.new_room_id}
    list(Room.objects.select_for_update(no_key=True).filter(pk__in=rooms).order_by("pk"))
    people = {who for row in rows for who in row.new_staff.values()}
    staff = Membership.objects.select_for_update(no_key=True, of=("self",))
    list(staff.filter(pk__in=people).order_by("pk").values_list("pk"))


def _refuse_beyond_caps(rows: Sequence[RepairVisit], visits: Mapping[UUID, Session]) -> None:
    doses: dict[UUID, list[BookedDose | None]] = defaultdict(list)
    courses: dict[UUID, Course] = {}
    # A person's other course counts on its new days too.
    moved: dict[UUID, date] = {}
    for row in rows:
        visit = visits[row.visit_id]
        if row.new_starts_at and row.is_moved and visit.kind == Session.Kind.DOSING:
            on = row.new_starts_at.astimezone(visit.site.zone).date()
            doses[visit.course_id].append(BookedDose(visit.seq, on, visit.pk))
            courses[visit.course_id] = visit.course
            moved[visit.pk] = on
    for pk, course in courses.items():
        try:
            refuse_beyond_caps(course, doses[pk], moved=moved)
        except DomainError as exc:
            raise _outdated([{"visit": "", "change": str(exc)}]) from exc


# --- Writing ---


class _Carrying:
    """Writing the visits, in the one order in which none stands in another's way."""

    def __init__(
        self,
        rows: Sequence[RepairVisit],
        visits: Mapping[UUID, Session],
        by: Membership,
        now: datetime,
    ) -> None:
        self.rows, self.visits, self.by, self.now = rows, visits, by, now
        self.old = {row.visit_id: row.starts_at for row in rows}
        # A visit that keeps its time and room keeps its reservation, and with it its guard.
        self.kept = [row for row in rows if not row.is_moved and row.new_room_id == row.room_id]
        self.rehoused = [row for row in rows if row not in self.kept]

    def all(self) -> list[Session]:
        """Let go of every old place, take every new one, and tell."""
        self._let_go()
        self._take()
        moved = [self.visits[row.visit_id] for row in self.rows if row.is_moved]
        self._note(moved)
        self._tell(moved)
        for course in {visit.course for visit in self.visits.values()}:
            note_next_dose(course, by=self.by, now=self.now)
            foretell_doses(course, now=self.now)
        for visit in moved:
            note_freed(visit, starts_at=self.old[visit.pk], now=self.now)
        return [self.visits[row.visit_id] for row in self.rows]

    def _let_go(self) -> None:
        kept = [row.visit_id for row in self.kept]
        StaffClaim.objects.filter(reservation__session__in=kept).delete()
        gone = [row.visit_id for row in self.rehoused]
        Reservation.objects.filter(session__in=gone).delete()
        for row in self.rehoused:
            visit = self.visits[row.visit_id]
            widen_guards(visit.patient_id, left=visit.local_date)

    def _take(self) -> None:
        try:
            with constraints_in_words():
                for row in self.rows:
                    self._write(row)
                for course_id in {row.course_id for row in self.rows}:
                    self._claim([row for row in self.rows if row.course_id == course_id])
        except LostRace as exc:
            raise _outdated([{"visit": "", "change": exc.change}]) from exc

    def _claim(self, rows: Sequence[RepairVisit]) -> None:
        """What visits of one course take now."""
        definition = definition_of(self.visits[rows[0].visit_id].course.protocol_version)
        anew = [self._as_claim(row) for row in rows if row in self.rehoused]
        write_claims(anew, definition, now=self.now)
        kept = [self._as_claim(row) for row in rows if row in self.kept]
        refuse_held(kept, definition, now=self.now)
        StaffClaim.objects.bulk_create(
            share
            for claim in kept
            for share in staff_claims(claim, claim.visit.reservation, definition)
        )

    def _as_claim(self, row: RepairVisit) -> Claim:
        return Claim(self.visits[row.visit_id], str(row.new_room_id), row.new_staff)

    def _write(self, row: RepairVisit) -> None:
        visit = self.visits[row.visit_id]
        if row.new_starts_at and row.is_moved:
            lasts = visit.ends_at - visit.starts_at
            visit.version += 1
            visit.scheduled_at = self.now
            visit.starts_at, visit.ends_at = row.new_starts_at, row.new_starts_at + lasts
            visit.save(update_fields=["starts_at", "ends_at", "scheduled_at", "version"])

    def _note(self, moved: Sequence[Session]) -> None:
        for visit in moved:
            before, after = self.old[visit.pk].isoformat(), visit.starts_at.isoformat()
            detail = {"visit": str(visit.pk), "from": before, "to": after}
            note_change(visit, CourseEvent.Kind.VISIT_MOVED, self.by, "", self.now, detail)
        note_uncovered(moved, by=self.by, now=self.now)

    def _tell(self, moved: Sequence[Session]) -> None:
        """One e-mail per patient, whatever the number of visits and courses."""
        of_patient: dict[UUID, list[Told]] = defaultdict(list)
        for visit in moved:
            of_patient[visit.patient_id].append(Told(visit, self.old[visit.pk]))
        for told in of_patient.values():
            announce_change(moved=told, booked=[], gone=[], now=self.now)


def _is_silent(visit: Session, rows: Collection[RepairVisit]) -> bool:
    """Whether the visit has a new time of which no e-mail tells the patient."""
    is_moved = any(row.visit_id == visit.pk and row.is_moved for row in rows)
    patient = visit.patient
    is_told = bool(patient.email and patient.email_reminders)
    return is_moved and not is_told and not visit.is_provisional


def _settle(repair: Repair, way: RepairWay, now: datetime) -> None:
    """Whole once nothing of the way is left to accept."""
    if not way.visits.filter(new_starts_at__isnull=False, accepted_at=None).exists():
        Repair.objects.filter(pk=repair.pk).update(status=Repair.Status.ACCEPTED, finished_at=now)
