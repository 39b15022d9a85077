"""The plan of a course's scores as rows: what is due when, done by what, or not done."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from courses.assessments.facts import facts_of, told_before
from courses.assessments.plan import Asked, asked_for
from courses.assessments.selectors import Taken, scores_of
from courses.instruments import instruments
from courses.models import Assessment, AssessmentDue, Course
from courses.selectors import definition_of

DONE, MISSED = AssessmentDue.Status.DONE, AssessmentDue.Status.MISSED
DROPPED, OPEN = AssessmentDue.Status.DROPPED, AssessmentDue.Status.OPEN


@transaction.atomic
def refresh_dues(
    *, course: Course, now: datetime, planned: Mapping[int, date] | None = None
) -> None:
    """Bring what the course asks for in line with its protocol, doses and state (DOMAIN 5.8).

    `planned` are the days of doses still to come, by number, from whoever knows the visits; with
    None what they told before stays. What is done stays; a stopped course asks for nothing more.
    """
    points = definition_of(course.protocol_version).assessments
    if not points and not AssessmentDue.objects.filter(course=course).exists():
        return
    course = _locked(course)
    kept = {_key(due): due for due in AssessmentDue.objects.filter(course=course)}
    if course.status == Course.Status.STOPPED:
        _drop([due for due in kept.values() if due.status == OPEN], now)
        return
    facts = facts_of(
        course, now, told_before(points, kept.values()) if planned is None else planned
    )
    codes = {one.code for one in instruments()}
    wanted = {one.key: one for one in asked_for(points, facts, known=codes)}
    _drop([due for key, due in kept.items() if due.status == OPEN and key not in wanted], now)
    _write(course, wanted, kept)
    _match(course, now)


def _locked(course: Course) -> Course:
    rows = Course.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("protocol_version", "site").get(pk=course.pk)


def _key(due: AssessmentDue) -> tuple[str, str, int, int]:
    return (due.point, due.instrument, due.anchor_seq, due.repetition)


def _drop(dues: Iterable[AssessmentDue], now: datetime) -> None:
    for due in dues:
        due.status, due.ended_at = DROPPED, now
        due.save(update_fields=["status", "ended_at"])


def _write(
    course: Course,
    wanted: Mapping[tuple[str, str, int, int], Asked],
    kept: Mapping[tuple[str, str, int, int], AssessmentDue],
) -> None:
    AssessmentDue.objects.bulk_create(
        _new(course, asked) for key, asked in wanted.items() if key not in kept
    )
    for key, asked in wanted.items():
        due = kept.get(key)
        if due and (due.status in (OPEN, DROPPED) or _is_put_off(due, asked)):
            _bring_in_line(due, asked)


def _is_put_off(due: AssessmentDue, asked: Asked) -> bool:
    """Whether a due that nobody did in time comes later after all, because its dose does."""
    return due.status == MISSED and asked.due_to > due.due_to


def _new(course: Course, asked: Asked) -> AssessmentDue:
    return AssessmentDue(
        organization_id=course.organization_id,
        course=course,
        point=asked.point,
        label=asked.label,
        instrument=asked.instrument,
        anchor_seq=asked.anchor_seq,
        repetition=asked.repetition,
        due_from=asked.due_from,
        due_to=asked.due_to,
        is_optional=asked.is_optional,
        may_be_late=asked.may_be_late,
    )


def _bring_in_line(due: AssessmentDue, asked: Asked) -> None:
    """Move it with its dose; what was no longer asked for is asked for again."""
    now_so = (OPEN, asked.due_from, asked.due_to)
    if (due.status, due.due_from, due.due_to) == now_so:
        return
    due.status, due.due_from, due.due_to = now_so
    due.ended_at = due.overdue_at = None
    due.save(update_fields=["status", "due_from", "due_to", "ended_at", "overdue_at"])


def _match(course: Course, now: datetime) -> None:
    """Let scores that were taken in time stand for what is open."""
    rows = AssessmentDue.objects.open().filter(course=course).order_by("due_from", "due_to", "pk")
    dues = list(rows)
    if not dues:
        return
    done = AssessmentDue.objects.filter(course=course, status=DONE, assessment__isnull=False)
    used = set(done.values_list("assessment_id", "instrument", "due_from", "due_to"))
    for taken in scores_of(course):
        for due in _in_time(dues, taken):
            mark = (taken.id, due.instrument, due.due_from, due.due_to)
            if mark not in used:
                used.add(mark)
                dues.remove(due)
                _finish(due, taken.id, now, is_late=False)


def _in_time(dues: Iterable[AssessmentDue], taken: Taken) -> list[AssessmentDue]:
    """The dues of its instrument whose days contain it, the one it was taken for first."""
    fitting = [
        due
        for due in dues
        if due.instrument == taken.instrument and due.due_from <= taken.on <= due.due_to
    ]
    return sorted(fitting, key=lambda due: due.point != taken.point)


def _finish(due: AssessmentDue, by: UUID, now: datetime, *, is_late: bool) -> None:
    due.status, due.assessment_id, due.is_late, due.ended_at = DONE, by, is_late, now
    due.save(update_fields=["status", "assessment", "is_late", "ended_at"])


def fulfil(*, assessment: Assessment, now: datetime) -> None:
    """Inside a transaction: let a finished score stand for what it was asked for.

    In time it stands for every point whose days contain it, and for one only of two that ask for
    it twice in the same days; late for the newest that is overdue.
    """
    course = assessment.course
    if course is None:
        return
    on = assessment.taken_at.astimezone(course.site.zone).date()
    _match(course, now)
    if assessment.dues.exists():
        return
    overdue = AssessmentDue.objects.open().filter(
        course=course, instrument=assessment.instrument, due_to__lt=on, may_be_late=True
    )
    if due := overdue.order_by("-due_to", "-pk").first():
        _finish(due, assessment.pk, now, is_late=True)


def reopen(*, assessment: Assessment, now: datetime) -> None:
    """Inside a transaction: ask again for what a withdrawn score stood for."""
    AssessmentDue.objects.filter(assessment=assessment).update(
        status=OPEN, assessment=None, is_late=False, ended_at=None
    )
    if assessment.course:
        _match(assessment.course, now)
