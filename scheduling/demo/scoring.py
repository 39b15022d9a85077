"""The demo's scores: what patients answered until now, and what clinicians decided upon it.

Scores follow a way of the person's own through the course. Those of interest are recorded one by
one as a clinician does; the many others are kept together, with the same results.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clinic.models import Membership, Role
from courses.assessments.dues import refresh_dues
from courses.assessments.services import Entry, enter_scores
from courses.assessments.services.entering import fill
from courses.assessments.services.results import Before
from courses.doses.selectors import doses_of
from courses.instruments import instrument
from courses.models import Assessment, AssessmentDue, Course, Review
from courses.response.selectors import standing_of
from courses.response.services import Answer, decide_review
from scheduling.demo.clinical import FORGETS, UNDECIDED, WAYS, way_of
from sessions.models import Session

BEFORE_DOSE = timedelta(minutes=20)
IN_THE_VISIT = timedelta(minutes=40)
ITEMS_OF_PHQ9 = 8
WORST = {"PHQ9": 27, "GAD7": 21, "QIDS_SR16": 27, "WSAS": 40, "PCL5": 80, "MADRS": 60}
Decision, Kind = Review.Decision, Review.Kind


@dataclass(frozen=True, slots=True)
class Diary:
    """One patient's course, and what is written down of it."""

    course: Course
    visits: dict[date, Session]
    by: Membership
    # Some number of the person's own, so that each demo has the same people in the same state.
    number: int

    @classmethod
    def of(cls, course: Course) -> "Diary":
        """The diary of a course, kept by a nurse of its site."""
        doses = course.visits.live().filter(kind=Session.Kind.DOSING).select_related("site")
        nurses = Membership.objects.with_role(Role.NURSE, course.site).order_by("pk")
        number = sum(map(ord, str(course.patient)))
        return cls(course, {visit.local_date: visit for visit in doses}, nurses[0], number)

    def before_dose(self, visit: Session) -> None:
        """What is answered before a dose, and decided before it."""
        at = visit.starts_at - BEFORE_DOSE / 2
        self.write_until(at)
        self.decide_until(at)

    def follow_up(self, until: datetime) -> None:
        """Scores and decisions of a course up to then, whether or not doses came."""
        if not self.visits:
            return
        if self.write_until(until):
            refresh_dues(course=self.course, now=until)
        self.decide_until(until)

    def write_until(self, until: datetime) -> bool:
        """Everything that was due before then and is not done; whether there was anything."""
        today = until.astimezone(self.course.site.zone).date()
        dues = AssessmentDue.objects.open().filter(
            course=self.course, is_optional=False, due_from__lte=today
        )
        taken: dict[tuple[str, date], datetime] = {}
        for due in dues.order_by("due_from", "pk"):
            at = self._moment(due)
            if at <= until and not self._forgets(due):
                taken.setdefault((due.instrument, at.date()), at)
        if not taken:
            return False
        given = doses_of(self.course).values_list("given_at", flat=True)
        doses = [given_at for given_at in given if given_at]
        made = [self._row(code, at, doses) for (code, _), at in sorted(taken.items(), key=_by_time)]
        Assessment.objects.bulk_create(row for row in made if row is not None)
        return True

    def _moment(self, due: AssessmentDue) -> datetime:
        """Before the dose of that day, in its visit, or on a morning within the days that fit."""
        day = due.due_from
        if due.point == "screening":
            began = self.course.created_at.astimezone(self.course.site.zone).date()
            day = max(due.due_to - timedelta(days=1 + self.number % 3), began)
        elif day not in self.visits:
            day = min(due.due_from + timedelta(days=self.number % 2), due.due_to)
        visit = self.visits.get(day)
        if visit is None:
            return datetime.combine(day, time(9, self.number % 60), self.course.site.zone)
        is_in_visit = due.point == "session"
        return visit.starts_at + (IN_THE_VISIT if is_in_visit else -BEFORE_DOSE)

    def _forgets(self, due: AssessmentDue) -> bool:
        return due.point in FORGETS.get(str(self.course.patient), ())

    def _row(self, code: str, at: datetime, doses: Sequence[datetime]) -> Assessment | None:
        """The finished score, not saved yet; none where it was recorded by itself."""
        entry = self._entry(code, at)
        if code == "PHQ9" and str(self.course.patient) in WAYS:
            self.record(code, entry, at)
            return None
        row = Assessment(patient=self.course.patient, course=self.course)
        before = Before({self.course.patient.language}, sum(given <= at for given in doses))
        fill(row, instrument(code), entry, by=self.by, now=at, before=before)
        return row

    def record(self, code: str, entry: Entry, at: datetime) -> Assessment:
        """Enter one score as a nurse does, with all that follows from it."""
        return enter_scores(
            patient=self.course.patient,
            code=code,
            entry=entry,
            by=self.by,
            now=at,
            course=self.course,
        )

    def _entry(self, code: str, at: datetime) -> Entry:
        phq9 = self.phq9(at)
        if code == "PHQ9":
            return Entry({**spread(phq9, ITEMS_OF_PHQ9), "9": 0}, taken_at=at)
        if code == "GAD7":
            return Entry(spread(_part(phq9, code), 7), taken_at=at)
        if code == "CSSRS":
            return Entry({"1": 0, "2": 0, "6": 0}, taken_at=at)
        if code == "CADSS6":
            return Entry(total=2 + (self.number + at.day) % 7, taken_at=at)
        safe = {"12": 0} if code == "QIDS_SR16" else {}
        return Entry(safe, total=_part(phq9, code), taken_at=at)

    def phq9(self, at: datetime) -> int:
        """The eight items apart from the one about suicide."""
        given = self._given(at)
        fall = way_of(str(self.course.patient), self.number)
        after = self._weeks_after(at)
        step = min(given + after, len(fall) - 1)
        baseline = 15 + self.number % 10
        odd = (self.number + given) % 3 - 1 if given else 0
        return max(min(round(baseline * (100 - fall[step]) / 100) + odd, 24), 0)

    def _given(self, at: datetime) -> int:
        return sum(visit.ends_at <= at and visit.status == "DONE" for visit in self._doses())

    def _doses(self) -> Sequence[Session]:
        return sorted(self.visits.values(), key=lambda visit: visit.starts_at)

    def _weeks_after(self, at: datetime) -> int:
        """Weeks since the last dose, where every one is over: the way goes on without doses."""
        last = self._doses()[-1] if self.visits else None
        return max((at - last.ends_at).days // 7, 0) if last and last.status == "DONE" else 0

    def decide_until(self, until: datetime) -> None:
        """A prescriber answers what was asked, on the morning after."""
        rows = Review.objects.open().filter(course=self.course).order_by("raised_at", "pk")
        rows = rows.exclude(kind=UNDECIDED.get(str(self.course.patient), ""))
        for review in rows.select_related("course__site", "course__protocol_version"):
            at = review.raised_at + timedelta(hours=20)
            if at <= until:
                answer = self._answer(review, at)
                decide_review(review=review, answer=answer, by=self.prescriber, now=at)

    @property
    def prescriber(self) -> Membership:
        """Who decides."""
        rows = Membership.objects.with_role(Role.PRESCRIBER, self.course.site)
        return self.course.lead_prescriber or rows.order_by("pk")[0]

    def _answer(self, review: Review, at: datetime) -> Answer:
        standing = standing_of([self.course], at)[self.course.pk]
        said = f"{standing.status_label}; looked at with the patient."
        is_well = standing.is_remission
        by_kind = {
            Kind.END_OF_INDUCTION: Decision.MAINTAIN if is_well else Decision.CONTINUE,
            Kind.BOOSTER: Decision.BOOST,
            Kind.INTERVAL: Decision.KEEP,
        }
        decision = by_kind.get(Kind(review.kind), Decision.CONTINUE)
        return Answer(decision, said)


def _part(phq9: int, code: str) -> int:
    """About as much of another scale as of the PHQ-9."""
    return round(phq9 * WORST[code] / WORST["PHQ9"])


def spread(total: int, items: int) -> dict[str, int]:
    """The total over so many items of at most 3, the first ones higher."""
    whole, rest = divmod(min(total, 3 * items), items)
    return {str(n + 1): whole + (n < rest) for n in range(items)}


def _by_time(taken: tuple[tuple[str, date], datetime]) -> tuple[datetime, str]:
    return taken[1], taken[0][0]
