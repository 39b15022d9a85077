"""The demo's courses: planned, booked and changed by the services that the pages use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from psycopg.types.range import TimestamptzRange

from clinic.models import Membership, Patient, PatientUnavailability
from courses.models import Course
from courses.services import complete_course
from scheduling.demo.founding import Demo
from scheduling.demo.screening import screen
from scheduling.demo.tables import PatientRow, Plan, Turn
from scheduling.demo.treating import BEFORE_START, send_what_was_due, treat
from scheduling.models import Proposal
from scheduling.selectors import slot_days
from scheduling.services import (
    accept_proposal,
    cancel_visit,
    end_course,
    halt_course,
    miss_visit,
    move_visit,
    plan_more_doses,
    plan_new_course,
    work_on_proposal,
)
from scheduling.services.calling_off import call_off
from scheduling.services.halting import interrupt_if_lapsed
from sessions.models import Session, SessionQuerySet

PRESCRIBERS = {
    "harbor": ("Dr. Iris Vale", "Dr. Samuel Stone"),
    "elm": ("Dr. Zara Malik", "Dr. Oliver Penn"),
}
# A dose that is cancelled is not nearer, so that there is time to find another.
NEAR = timedelta(days=3)
AWAY = timedelta(days=14)
LONG_AWAY = timedelta(days=31)
WHY_STOPPED = {
    "Moved to another city": Course.StopReason.MOVED_AWAY,
    "Decided at the review after week 4": Course.StopReason.NO_RESPONSE,
}


def plan_course(demo: Demo, patient: Patient, row: PatientRow, plan: Plan) -> Course:
    """Plan the patient's course, and book it where the table says so."""
    desk, booked_at = demo.desk(row.site), demo.moment(row.site, plan.booked_on)
    first = demo.day(row.site, plan.first)
    proposal = plan_new_course(
        patient=patient,
        site=demo.sites[row.site],
        protocol_version=demo.versions[plan.protocol],
        earliest_on=first,
        latest_first_on=first + timedelta(days=plan.spare),
        lead_therapist=demo.people.get(plan.lead),
        lead_prescriber=_prescriber(demo, row),
        by=desk,
        now=booked_at,
    )
    work_on_proposal(
        organization_id=proposal.organization_id, proposal_id=proposal.pk, now=booked_at
    )
    screen(demo, proposal.course, row, at=booked_at)
    if plan.is_accepted:
        _accept(proposal, desk, booked_at)
    return proposal.course


def _prescriber(demo: Demo, row: PatientRow) -> Membership:
    """Each of the site's two has half of the patients."""
    name = PRESCRIBERS[row.site][sum(map(ord, row.family_name)) % 2]
    return demo.people[name]


def _accept(proposal: Proposal, desk: Membership, at: datetime) -> None:
    """Book what was found, if something was."""
    proposal.refresh_from_db()
    if proposal.status == Proposal.Status.READY:
        accept_proposal(proposal=proposal, by=desk, now=at)


@dataclass(frozen=True, slots=True)
class Life:
    """What happens to one booked course until now."""

    course: Course
    desk: Membership
    # When a turn of the tables takes place; None where it is still to come.
    moment: Callable[[Turn], datetime | None]

    def pass_until(self, at: datetime) -> None:
        """Visits take place and messages leave."""
        treat(self.course.visits.all(), by=self.desk, until=at)
        send_what_was_due(self.course.patient, until=at)

    def take(self, turn: Turn) -> None:
        """One turn of the tables, by its name."""
        at = self.moment(turn)
        if at is not None:
            getattr(self, turn.what)(at, turn.reason)

    def _visits(self) -> SessionQuerySet:
        rows = self.course.visits.planned().select_related("site", "course", "patient")
        return rows.order_by("starts_at", "pk")

    def _next_dose(self, at: datetime) -> Session:
        return self._visits().filter(kind=Session.Kind.DOSING, starts_at__gt=at)[0]

    def move(self, at: datetime, reason: str) -> None:
        """The next dose goes to the last of the times at which it could be on its day."""
        self.pass_until(at)
        visit = self._next_dose(at)
        days = {free.day: free.slots for free in slot_days(visit, now=at)}
        for slot in days.get(visit.local_date, [])[-1:]:
            move_visit(visit=visit, starts_at=slot.starts_at, by=self.desk, reason=reason, now=at)

    def cancel(self, at: datetime, reason: str) -> None:
        """The patient cannot come on the day of a dose; it waits for a new one."""
        self.pass_until(at)
        dose = self._next_dose(at + NEAR)
        begins = datetime.combine(dose.local_date, time.min, dose.site.zone)
        PatientUnavailability.objects.create(
            organization_id=dose.organization_id,
            patient=dose.patient,
            during=TimestamptzRange(begins, begins + timedelta(days=1)),
        )
        who = Session.Party.PATIENT
        code = Session.CancelCode.PATIENT
        cancel_visit(visit=dose, by=self.desk, reason=reason, now=at, code=code, cancelled_by=who)

    def miss(self, at: datetime, reason: str) -> None:
        """The patient did not come to the last visit before."""
        visit = self._visits().filter(starts_at__lt=at).reverse()[0]
        self.pass_until(visit.starts_at - 2 * BEFORE_START)
        noticed_at = visit.starts_at + timedelta(minutes=30)
        miss_visit(visit=visit, by=self.desk, reason=reason, now=noticed_at)

    def extend(self, at: datetime, _reason: str) -> None:
        """Treatment goes on: four more doses are planned and booked."""
        self.pass_until(at)
        proposal = plan_more_doses(course=self.course, doses=4, by=self.desk, now=at)
        work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=at)
        _accept(proposal, self.desk, at)

    def pause(self, at: datetime, reason: str) -> None:
        """Everything ahead is called off, and the course is halted."""
        self.pass_until(at)
        until = at.astimezone(self.course.site.zone).date() + AWAY
        halt_course(course=self.course, until=until, by=self.desk, reason=reason, now=at)

    def lapse(self, at: datetime, reason: str) -> None:
        """Nobody comes for so long that the rule interrupts the course (DOMAIN 2.7)."""
        self.pass_until(at)
        call_off(course=self.course, by=self.desk, reason=reason, now=at)
        later = at + LONG_AWAY
        day = later.astimezone(self.course.site.zone).date()
        interrupt_if_lapsed(course=self.course, on=day, now=later)

    def stop(self, at: datetime, reason: str) -> None:
        """Everything ahead is called off, and the course is over."""
        self.pass_until(at)
        code = WHY_STOPPED.get(reason, Course.StopReason.PATIENT_WISH)
        end_course(course=self.course, code=code, by=self.desk, reason=reason, now=at)

    def complete(self, at: datetime, reason: str) -> None:
        """The course has come to its end."""
        self.pass_until(at)
        complete_course(course=self.course, by=self.desk, reason=reason, now=at)


def live_until_now(demo: Demo, course: Course, row: PatientRow, plan: Plan) -> None:
    """Let everything happen to a booked course that happened until now."""

    def moment(turn: Turn) -> datetime | None:
        if turn.at is not None:
            return demo.moment(row.site, turn.at)
        ends = course.visits.live().order_by("-ends_at", "pk").values_list("ends_at", flat=True)
        day_after = ends[0] + timedelta(days=1)
        return day_after if day_after <= demo.now else None

    life = Life(course, demo.desk(row.site), moment)
    if course.status == Course.Status.ACTIVE:
        for turn in plan.turns:
            life.take(turn)
    life.pass_until(demo.now)
