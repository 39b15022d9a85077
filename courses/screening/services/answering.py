"""Answering the checklist, going on despite a caution, taking back what was recorded in error."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from clinic.reasons import ReasonTooShort
from clinic.rights import Right, require
from courses.models import Finding, Screening
from courses.screening.catalogue import by_code, drug_column, questions
from courses.screening.rules import recheck_day, weight_of
from courses.screening.selectors import current_findings, lasting_found_before
from courses.selectors import definition_of
from courses.thresholds.catalogue import Thresholds
from courses.thresholds.selectors import thresholds_of


class ScreeningDecided(Conflict):
    """The screening was decided; what was found then stays."""

    code = "screening-decided"


class AbsoluteStays(DomainError):
    """An absolute contraindication is taken back by a medical director alone."""

    code = "absolute-stays"


class NotOverridable(DomainError):
    """Only a relative one that is present can be overridden."""

    code = "not-overridable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered about one code."""

    code: str
    answer: str
    note: str = ""
    onset_on: date | None = None
    document: str = ""
    document_on: date | None = None


def lock_open(screening: Screening) -> None:
    """Inside a transaction: rivals queue here; raise ScreeningDecided when it is decided."""
    row = Screening.objects.select_for_update(no_key=True).get(pk=screening.pk)
    screening.status = row.status
    if not row.is_open:
        raise ScreeningDecided(f"This screening is decided: {row.get_status_display().lower()}.")


@transaction.atomic
def save_answers(
    *, screening: Screening, answers: Sequence[Answer], by: Membership, now: datetime
) -> list[Finding]:
    """Keep the answers that are new; gives back those. All of them or none.

    Raises ScreeningDecided, AbsoluteStays where one would undo an absolute finding, DomainError
    for an unknown code.
    """
    lock_open(screening)
    before = current_findings(screening)
    latest = {one.code: one for one in answers}
    new = [one for one in latest.values() if _is_new(one, before.get(one.code))]
    _refuse_unknown(new)
    ground = _ground_of(screening, now)
    _refuse_undoing(ground, new, before)
    return Finding.objects.bulk_create(
        _finding(ground, one, before.get(one.code), by, now) for one in new
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every answer of one screening is judged by, read once."""

    screening: Screening
    column: str
    today: date
    limits: Thresholds


def _ground_of(screening: Screening, now: datetime) -> _Ground:
    course = screening.course
    return _Ground(
        screening=screening,
        column=drug_column(definition_of(course.protocol_version).drug),
        today=now.astimezone(course.site.zone).date(),
        limits=thresholds_of(course.organization),
    )


def _is_new(one: Answer, before: Finding | None) -> bool:
    if before is None:
        return True
    kept = Answer(
        before.code,
        before.answer,
        before.note,
        before.onset_on,
        before.document,
        before.document_on,
    )
    return replace(one, note=one.note.strip(), document=one.document.strip()) != kept


def _refuse_unknown(answers: Sequence[Answer]) -> None:
    known = {*by_code(), *(question.code for question in questions())}
    for one in answers:
        if one.code not in known:
            raise DomainError("There is no such question.", field=one.code)


def _refuse_undoing(ground: _Ground, answers: Sequence[Answer], before: dict[str, Finding]) -> None:
    """An absolute one stays; one that cannot pass also stays from screening to screening."""
    undone = {one.code for one in answers if one.answer != Finding.Answer.YES}
    lasting = {code for code in undone if code in by_code() and by_code()[code].lasting}
    found = lasting_found_before(ground.screening.course, lasting) if lasting else set()
    absolute = {code for code, row in before.items() if _is_absolute(row.answer, row.weight)}
    # Another day of onset can weigh less: that undoes it as a plain no does.
    found |= {
        one.code
        for one in answers
        if one.code in absolute and not _is_absolute(one.answer, _weight(ground, one))
    }
    for code in sorted(found):
        message = "This was found before: only a medical director marks it as recorded in error."
        raise AbsoluteStays(message, field=code)


def _is_absolute(answer: str, weight: str) -> bool:
    return (answer, weight) == (Finding.Answer.YES, Finding.Weight.ABS)


def _finding(
    ground: _Ground, one: Answer, before: Finding | None, by: Membership, now: datetime
) -> Finding:
    screening = ground.screening
    row = Finding(
        organization_id=screening.organization_id,
        screening=screening,
        code=one.code,
        answer=one.answer,
        weight=_weight(ground, one),
        note=one.note.strip(),
        onset_on=one.onset_on,
        document=one.document.strip(),
        document_on=one.document_on,
        recheck_on=_recheck(ground, one),
        recorded_at=now,
        recorded_by=by,
    )
    if _keeps_override(row, before):
        for name in ("override_by_id", "override_reason", "override_until"):
            setattr(row, name, getattr(before, name))
    return row


def _keeps_override(row: Finding, before: Finding | None) -> bool:
    is_relative = row.answer == Finding.Answer.YES and row.weight == Finding.Weight.REL
    return before is not None and before.override_by_id is not None and is_relative


def _weight(ground: _Ground, one: Answer) -> str:
    entry = by_code().get(one.code)
    if entry is None:
        return str(Finding.Weight.NONE)
    return weight_of(entry, ground.column, one.onset_on, ground.today, ground.limits)


def _recheck(ground: _Ground, one: Answer) -> date | None:
    entry = by_code().get(one.code)
    if entry is None or one.answer != Finding.Answer.YES:
        return None
    return recheck_day(entry, ground.today, ground.limits)


@transaction.atomic
def override_finding(
    *,
    screening: Screening,
    code: str,
    reason: str,
    until: date,
    by: Membership,
    now: datetime,
    document: str = "",
) -> Finding:
    """Let a prescriber go on despite a relative one, for a reason, until a day (DOMAIN 3.2).

    Raises RightMissing, ScreeningDecided, NotOverridable, ReasonTooShort, or DomainError for a
    day that has passed (field `until`) or a letter that is missing (field `document`).
    """
    require(by, Right.OVERRIDE, screening.course.site)
    lock_open(screening)
    row = current_findings(screening).get(code) or _computed(screening, code, by, now)
    if row is None or (row.answer, row.weight) != (Finding.Answer.YES, Finding.Weight.REL):
        raise NotOverridable("Only a caution that is present can be decided against.", field="code")
    reason = _checked_reason(screening, reason, "reason")
    _check_until(screening, until, now)
    document = document.strip() or row.document
    if by_code()[code].document and not document:
        raise DomainError("Say where the letter is kept.", field="document")
    because(reason)
    decided = {"override_by": by, "override_reason": reason, "override_until": until}
    return _again(row, by, now, document=document, **decided)


def _computed(screening: Screening, code: str, by: Membership, now: datetime) -> Finding | None:
    """What the product itself found, as a row that can be overridden."""
    entry = by_code().get(code)
    if entry is None or entry.computed is None:
        return None
    return _finding(_ground_of(screening, now), Answer(code, Finding.Answer.YES), None, by, now)


def _checked_reason(screening: Screening, text: str, field: str) -> str:
    least = thresholds_of(screening.course.organization).override_reason_min
    reason = text.strip()
    if len(reason) < least:
        raise ReasonTooShort(f"Say why in at least {least} characters; it is kept.", field=field)
    return reason[:500]


def _check_until(screening: Screening, until: date, now: datetime) -> None:
    if until < now.astimezone(screening.course.site.zone).date():
        raise DomainError("This day has passed.", field="until")


@transaction.atomic
def mark_in_error(
    *, screening: Screening, code: str, reason: str, by: Membership, now: datetime
) -> Finding:
    """Let a medical director take back what was recorded in error (DOMAIN 3.2).

    Raises RightMissing, ScreeningDecided, ReasonTooShort, DomainError where nothing was found.
    """
    require(by, Right.SIGN_THRESHOLDS, screening.course.site)
    lock_open(screening)
    row = current_findings(screening).get(code)
    if row is None or row.answer != Finding.Answer.YES:
        found = lasting_found_before(screening.course, [code])
        if not found:
            raise DomainError("Nothing of that kind was found.", field="code")
        row = _finding(_ground_of(screening, now), Answer(code, Finding.Answer.YES), None, by, now)
    reason = _checked_reason(screening, reason, "reason")
    because(reason)
    none = {"recheck_on": None, "override_by": None, "override_reason": "", "override_until": None}
    return _again(
        row, by, now, answer=Finding.Answer.NO, in_error_by=by, in_error_reason=reason, **none
    )


def _again(row: Finding, by: Membership, now: datetime, **changes: Any) -> Finding:
    """The finding once more with these changes; the one before stays."""
    fields = {
        field.attname: getattr(row, field.attname)
        for field in Finding._meta.concrete_fields
        if not field.primary_key
    }
    newer = Finding(**{**fields, "recorded_at": now, "recorded_by_id": by.pk})
    for name, value in changes.items():
        setattr(newer, name, value)
    newer.save(force_insert=True)
    return newer
