"""The plan of a course's scores as rows: what is due when, done by what, or not done."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from clinic.prepared import Prepared
from courses.assessments.facts import facts_of, told_before
from courses.assessments.plan import Asked, asked_for
from courses.assessments.selectors import Taken, scores_of
from courses.instruments import instruments
from courses.models import Assessment, AssessmentDue, Course
from courses.selectors import definition_of

DONE, MISSED = AssessmentDue.Status.DONE, AssessmentDue.Status.MISSED
DROPPED, OPEN = AssessmentDue.Status.DROPPED, AssessmentDue.Status.OPEN


Key = tuple[str, str, int, int]


# It is always part of what somebody else does as a whole: no savepoint of its own.
@transaction.atomic(savepoint=False)
def refresh_dues(
    *,
    course: Course,
    now: datetime,
    planned: Mapping[int, date] | None = None,
    is_locked: bool = False,
) -> None:
    """Bring what the course asks for in line with its protocol, doses and state (DOMAIN 5.8).

    `planned` are the days of doses still to come, by number, from whoever knows the visits; with
    None what they told before stays. What is done stays; a stopped course asks for nothing more.
    `is_locked`: the course was read under its lock in this transaction.
    """
    points = definition_of(course.protocol_version).assessments
    if not points and not AssessmentDue.objects.filter(course=course).exists():
        return
    course = course if is_locked else _locked(course)
    kept = {_key(due): due for due in _DUES(course=course.pk)}
    if course.status == Course.Status.STOPPED:
        _drop([due for due in kept.values() if due.status == OPEN], now)
        return
    scores = scores_of(course)
    told = told_before(points, kept.values()) if planned is None else planned
    facts = facts_of(course, now, told, scores)
    codes = {one.code for one in instruments()}
    wanted = {one.key: one for one in asked_for(points, facts, known=codes)}
    _drop([due for key, due in kept.items() if due.status == OPEN and key not in wanted], now)
    made = _write(course, wanted, kept)
    _match([*kept.values(), *made], scores, now)


_DUES = Prepared(lambda course: AssessmentDue.objects.filter(course=course), course=uuid4())


def forget_dose(*, course: Course, seq: int, now: datetime) -> None:
    """Inside a transaction: no longer ask for what went by a dose that was not given after all.

    When somebody plans that dose anew, it brings its days again.
    """
    rows = AssessmentDue.objects.open().filter(course=course, anchor_seq=seq)
    rows.update(status=DROPPED, ended_at=now)
    refresh_dues(course=course, now=now)


def _locked(course: Course) -> Course:
    """The course as it is once nobody else is at it."""
    fresh = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    if fresh.protocol_version_id == course.protocol_version_id:
        fresh.protocol_version = course.protocol_version
    if fresh.site_id == course.site_id:
        fresh.site = course.site
    return fresh


def _key(due: AssessmentDue) -> Key:
    return (due.point, due.instrument, due.anchor_seq, due.repetition)


def _drop(dues: Collection[AssessmentDue], now: datetime) -> None:
    if not dues:
        return
    for due in dues:
        due.status, due.ended_at = DROPPED, now
    AssessmentDue.objects.filter(pk__in=[due.pk for due in dues]).update(
        status=DROPPED, ended_at=now
    )


def _write(
    course: Course, wanted: Mapping[Key, Asked], kept: Mapping[Key, AssessmentDue]
) -> list[AssessmentDue]:
    """Add what is new and move what has moved; gives back what is new."""
    moved = [
        due
        for key, asked in wanted.items()
        if (due := kept.get(key))
        and (due.status in (OPEN, DROPPED) or _is_put_off(due, asked))
        and _bring_in_line(due, asked)
    ]
    AssessmentDue.objects.bulk_update(
        moved, ["status", "due_from", "due_to", "ended_at", "overdue_at"]
    )
    return AssessmentDue.objects.bulk_create(
        _new(course, asked) for key, asked in wanted.items() if key not in kept
    )


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


def _bring_in_line(due: AssessmentDue, asked: Asked) -> bool:
    """Move it with its dose; what was no longer asked for is asked for again. Whether it moved."""
    now_so = (OPEN, asked.due_from, asked.due_to)
    if (due.status, due.due_from, due.due_to) == now_so:
        return False
    due.status, due.due_from, due.due_to = now_so
    due.ended_at = due.overdue_at = None
    return True


def _match(known: Iterable[AssessmentDue], scores: Iterable[Taken], now: datetime) -> None:
    """Let scores that were taken in time stand for what is open of the course's dues."""
    known = list(known)
    dues = sorted((due for due in known if due.status == OPEN), key=_by_days)
    if not dues:
        return
    done = (due for due in known if due.status == DONE and due.assessment_id)
    used = {(due.assessment_id, due.instrument, due.due_from, due.due_to) for due in done}
    finished = []
    for taken in scores:
        for due in _in_time(dues, taken):
            mark = (taken.id, due.instrument, due.due_from, due.due_to)
            if mark not in used:
                used.add(mark)
                dues.remove(due)
                finished.append(_finished(due, taken.id, now, is_late=False))
    _keep(finished)


def _by_days(due: AssessmentDue) -> tuple[date, date, UUID]:
    return due.due_from, due.due_to, due.pk


def _in_time(dues: Iterable[AssessmentDue], taken: Taken) -> list[AssessmentDue]:
    """The dues of its instrument whose days contain it, the one it was taken for first."""
    fitting = [
        due
        for due in dues
        if due.instrument == taken.instrument and due.due_from <= taken.on <= due.due_to
    ]
    return sorted(fitting, key=lambda due: due.point != taken.point)


def _finished(due: AssessmentDue, by: UUID, now: datetime, *, is_late: bool) -> AssessmentDue:
    due.status, due.assessment_id, due.is_late, due.ended_at = DONE, by, is_late, now
    return due


def _keep(finished: Collection[AssessmentDue]) -> None:
    AssessmentDue.objects.bulk_update(finished, ["status", "assessment", "is_late", "ended_at"])


def fulfil(*, assessment: Assessment, now: datetime) -> None:
    """Inside a transaction: let a finished score stand for what it was asked for.

    In time it stands for every point whose days contain it, and for one only of two that ask for
    it twice in the same days; late for the newest that is overdue.
    """
    course = assessment.course
    if course is None:
        return
    on = assessment.taken_at.astimezone(course.site.zone).date()
    known = list(AssessmentDue.objects.filter(course=course))
    _match(known, scores_of(course), now)
    if any(due.assessment_id == assessment.pk for due in known):
        return
    overdue = [due for due in known if _may_be_late_by(due, assessment.instrument, on)]
    if overdue:
        newest = max(overdue, key=lambda due: (due.due_to, due.pk))
        _keep([_finished(newest, assessment.pk, now, is_late=True)])


def _may_be_late_by(due: AssessmentDue, instrument: str, on: date) -> bool:
    is_open = due.status == OPEN and due.may_be_late
    return is_open and due.instrument == instrument and due.due_to < on


def reopen(*, assessment: Assessment, now: datetime) -> None:
    """Inside a transaction: ask again for what a withdrawn score stood for."""
    AssessmentDue.objects.filter(assessment=assessment).update(
        status=OPEN, assessment=None, is_late=False, ended_at=None
    )
    if course := assessment.course:
        _match(AssessmentDue.objects.filter(course=course), scores_of(course), now)
