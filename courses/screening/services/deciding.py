"""Steps of a decision, inside scheduling's transaction: it confirms or releases what is booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Role
from clinic.rights import TABLE, Right, require
from courses.models import Condition, Course, RescreenReason, Screening
from courses.screening.catalogue import version
from courses.screening.facts import Sheet
from courses.screening.reasons import Effect
from courses.screening.rules import Outcome, may_decide
from courses.screening.services.answering import lock_open


class DecisionTooFavourable(DomainError):
    """The findings do not allow this decision; `details` says why."""

    code = "decision-too-favourable"


class ConditionMet(Conflict):
    """The condition was met before."""

    code = "condition-met"


@dataclass(frozen=True, slots=True)
class NewCondition:
    """What has to be done, and by when."""

    text: str
    due_on: date


def write_decision(
    *,
    screening: Screening,
    outcome: str,
    note: str,
    conditions: Sequence[NewCondition],
    by: Membership,
    now: datetime,
) -> Screening:
    """Inside a transaction: decide, in the place of the decision before.

    Raises RightMissing, ScreeningDecided, DecisionTooFavourable, or DomainError where a
    conditional decision names no condition.
    """
    require(by, Right.DECIDE, screening.course.site)
    lock_open(screening)
    sheet = Sheet(screening, screening.course, now)
    wanted = Outcome(outcome)
    _refuse_too_favourable(sheet, wanted)
    _refuse_without_condition(sheet, wanted, conditions)
    because(note)
    _write_conditions(screening, conditions, by, now)
    _supersede(screening.course, now)
    _write(sheet, wanted, note.strip(), by)
    return screening


def _refuse_too_favourable(sheet: Sheet, wanted: Outcome) -> None:
    if may_decide(sheet.result.outcome, wanted):
        return
    against = [
        one for one in sheet.result.reasons if one.effect not in (Effect.NOTE, _allowed(wanted))
    ]
    raise DecisionTooFavourable(
        "What was found does not allow this decision.",
        field="outcome",
        details=[{"code": one.code, "change": one.text} for one in against],
    )


def _allowed(wanted: Outcome) -> str:
    return Effect.CONDITIONAL if wanted == Outcome.ELIGIBLE_CONDITIONAL else ""


def _refuse_without_condition(
    sheet: Sheet, wanted: Outcome, conditions: Sequence[NewCondition]
) -> None:
    if any(one.due_on < sheet.today for one in conditions):
        raise DomainError("This day has passed.", field="conditions")
    if wanted != Outcome.ELIGIBLE_CONDITIONAL or conditions:
        return
    # An override is a condition of its own: it ends on a day.
    if not any(one.kind == "REL" for one in sheet.result.with_effect(Effect.CONDITIONAL)):
        raise DomainError("Name a condition, and the day by which it is met.", field="conditions")


def _write_conditions(
    screening: Screening, conditions: Sequence[NewCondition], by: Membership, now: datetime
) -> None:
    Condition.objects.bulk_create(
        Condition(
            organization_id=screening.organization_id,
            screening=screening,
            text=one.text.strip(),
            due_on=one.due_on,
            recorded_at=now,
            recorded_by=by,
        )
        for one in conditions
    )


def _supersede(course: Course, now: datetime) -> None:
    standing = Screening.objects.filter(course=course, status__in=Screening.DECIDED)
    standing.update(
        status=Screening.Status.SUPERSEDED, ended_at=now, ended_why=Screening.Ended.NEWER
    )


def _write(sheet: Sheet, wanted: Outcome, note: str, by: Membership) -> None:
    row = sheet.screening
    is_eligible = wanted.value in Screening.ELIGIBLE
    days = timedelta(days=sheet.thresholds.screening_valid_days)
    row.status, row.decided_at, row.decision_note = wanted.value, sheet.now, note
    row.evaluator, row.evaluator_role = by, role_of(by, sheet.course)
    row.reasons = [one.as_json() for one in sheet.result.reasons]
    row.basis, row.rules_version = sheet.basis(), version()
    row.expires_on = sheet.today + days if is_eligible else None
    row.save(
        update_fields=[
            "status", "decided_at", "decision_note", "evaluator", "evaluator_role", "reasons",
            "basis", "rules_version", "expires_on",
        ]
    )  # fmt: skip
    if row.indication:
        Course.objects.filter(pk=row.course_id).update(indication=row.indication)


def role_of(by: Membership, course: Course) -> str:
    """The role by which the member decides at the course's site."""
    held = {role for site, role in by.duties if site == course.site_id}
    order = (Role.PRESCRIBER, Role.MEDICAL_DIRECTOR)
    found = [role for role in order if role in held and Right.DECIDE in TABLE[role]]
    return str(found[0]) if found else ""


def end_decision(*, course: Course, why: str, now: datetime) -> bool:
    """Inside a transaction: an eligible decision no longer holds; whether there was one."""
    rows = Screening.objects.in_force().filter(course=course)
    return bool(rows.update(status=Screening.Status.EXPIRED, ended_at=now, ended_why=why))


def add_rescreen_reason(
    *,
    course: Course,
    kind: str,
    on: date,
    by: Membership | None,
    now: datetime,
    code: str = "",
    note: str = "",
) -> RescreenReason:
    """Inside a transaction: keep why the course is to be screened again (DOMAIN 3.3)."""
    return RescreenReason.objects.create(
        organization_id=course.organization_id,
        course=course,
        kind=kind,
        code=code,
        on=on,
        note=note.strip(),
        recorded_at=now,
        recorded_by=by,
    )


@transaction.atomic
def meet_condition(*, condition: Condition, note: str, by: Membership, now: datetime) -> Condition:
    """Note that a condition is met; raise RightMissing, ConditionMet when it was before."""
    require(by, Right.DECIDE, condition.screening.course.site)
    rows = Condition.objects.filter(pk=condition.pk, met_at=None)
    if not rows.update(met_at=now, met_by=by, met_note=note.strip()):
        raise ConditionMet("This condition was met before.")
    condition.refresh_from_db()
    return condition
