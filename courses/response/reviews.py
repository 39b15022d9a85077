"""Reviews: asking a clinician, with the numbers of the day, and keeping the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from courses.events import LONGEST_REASON, record_event
from courses.holds.selectors import open_holds
from courses.holds.services import open_hold, release_hold
from courses.models import Course, CourseEvent, Hold, Review
from courses.response.selectors import Standing, standing_of

Kind, Decision = Review.Kind, Review.Decision

# What may be answered to which question.
ANSWERS: Mapping[str, tuple[Review.Decision, ...]] = {
    Kind.PLANNED: (
        Decision.CONTINUE, Decision.CHANGE, Decision.EXTEND, Decision.MAINTAIN, Decision.STOP,
    ),
    Kind.END_OF_INDUCTION: (
        Decision.MAINTAIN, Decision.OBSERVE, Decision.CONTINUE, Decision.CHANGE, Decision.EXTEND,
        Decision.STOP,
    ),
    Kind.WORSENING: (Decision.CONTINUE, Decision.CHANGE, Decision.OBSERVE, Decision.STOP),
    Kind.SUICIDALITY: (Decision.CONTINUE, Decision.CHANGE, Decision.OBSERVE, Decision.STOP),
    Kind.BOOSTER: (Decision.BOOST, Decision.WAIT),
    Kind.BOOSTER_USE: (Decision.CONTINUE, Decision.CHANGE, Decision.STOP),
    Kind.INTERVAL: (Decision.ACCEPT, Decision.KEEP),
}  # fmt: skip


class ReviewDecided(Conflict):
    """Somebody else decided the review before."""

    code = "review-decided"


@dataclass(frozen=True, slots=True)
class Question:
    """What is put to the clinicians; with `holds` doses wait for the answer.

    Of its point in the protocol, or else of its source, it is put once.
    """

    kind: str
    label: str
    text: str
    due_on: date
    point: str = ""
    after_seq: int | None = None
    source_id: UUID | None = None
    holds: bool = False
    proposal: Mapping[str, Any] = field(default_factory=dict)


def ask(question: Question, *, course: Course, standing: Standing, now: datetime) -> Review | None:
    """Put the question to the clinicians; None where it was put before, or one of its kind is open.

    Inside a transaction.
    """
    try:
        with transaction.atomic():
            review = _write(question, course, standing, now)
    except IntegrityError as exc:
        if _constraint(exc) not in {"review_once", "review_one_open_of_a_kind"}:
            raise
        return None
    detail = {"review": str(review.pk), "due_on": question.due_on.isoformat()}
    record_event(course=course, kind=CourseEvent.Kind.REVIEW_DUE, by=None, now=now, detail=detail)
    if question.holds:
        open_hold(
            course=course,
            kind=Hold.Kind.REVIEW,
            by=None,
            now=now,
            reason=question.label,
            source_id=review.pk,
        )
    return review


def _write(question: Question, course: Course, standing: Standing, now: datetime) -> Review:
    return Review.objects.create(
        organization_id=course.organization_id,
        course=course,
        kind=question.kind,
        point=question.point,
        label=question.label,
        question=question.text,
        after_seq=question.after_seq,
        source_id=question.source_id,
        raised_at=now,
        due_on=question.due_on,
        holds=question.holds,
        numbers=standing.numbers,
        thresholds_number=standing.thresholds_number,
        proposal=dict(question.proposal),
    )


def _constraint(exc: IntegrityError) -> str:
    return getattr(getattr(exc.__cause__, "diag", None), "constraint_name", "") or ""


def close_review(
    *,
    review: Review,
    decision: str,
    reason: str,
    by: Membership,
    now: datetime,
    keeps_hold: bool = False,
) -> Review:
    """Keep the clinician's answer with the numbers of now, and release or keep the hold.

    Inside a transaction. Who stops a course keeps its hold. Raises ReviewDecided, or DomainError
    for an answer that does not fit the question, or without a reason.
    """
    _check_answer(review, decision, reason)
    because(reason)
    standing = standing_of([review.course], now)[review.course_id]
    keeps = keeps_hold or decision == Decision.STOP
    rows = Review.objects.open().filter(pk=review.pk, organization_id=by.organization_id)
    answered = rows.update(
        decision=decision,
        reason=reason.strip(),
        decided_by=by,
        decided_at=now,
        keeps_hold=keeps and review.holds,
        decided_numbers=standing.numbers,
        decided_thresholds_number=standing.thresholds_number,
    )
    review.refresh_from_db()
    if not answered:
        raise ReviewDecided("Somebody has decided this review before: look at it again.")
    detail = {"review": str(review.pk), "decision": decision}
    kind = CourseEvent.Kind.REVIEWED
    record_event(course=review.course, kind=kind, by=by, now=now, reason=reason, detail=detail)
    if not keeps:
        _release(review, by, reason, now)
    return review


def _check_answer(review: Review, decision: str, reason: str) -> None:
    if decision not in ANSWERS[review.kind]:
        raise DomainError("This does not answer the question.", field="decision")
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    if len(reason.strip()) > LONGEST_REASON:
        raise DomainError(f"At most {LONGEST_REASON} characters.", field="reason")


def _release(review: Review, by: Membership, reason: str, now: datetime) -> None:
    for hold in open_holds([review.course]).get(review.course_id, []):
        if hold.kind == Hold.Kind.REVIEW and hold.source_id == review.pk:
            release_hold(hold=hold, by=by, reason=reason, now=now)
