"""Mending what was recorded: another row beside the old one, which keeps author and reason."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import DomainError
from clinic.models import Membership
from courses.assessments.dues import reopen
from courses.assessments.services.answering import AssessmentEnded
from courses.assessments.services.entering import Entry, fill, keep
from courses.assessments.services.results import instrument_of
from courses.events import LONGEST_REASON
from courses.models import Assessment


@transaction.atomic
def withdraw_assessment(
    *, assessment: Assessment, reason: str, by: Membership, now: datetime
) -> Assessment:
    """Let a finished score count for nothing from now on; it stays, with who and why.

    Alerts that it raised stay too. Raises AssessmentEnded, DomainError without a reason.
    """
    standing = _locked_standing(assessment, by)
    _withdraw(standing, reason, by, now)
    reopen(assessment=standing, now=now)
    return standing


@transaction.atomic
def amend_assessment(
    *, assessment: Assessment, entry: Entry, reason: str, by: Membership, now: datetime
) -> Assessment:
    """Put a mended score in the place of one that was recorded wrongly; the old one stays.

    Raises as `withdraw_assessment` and `enter_scores` do.
    """
    standing = _locked_standing(assessment, by)
    mended = Assessment(patient=standing.patient, course=standing.course, amends=standing)
    entry = replace(
        entry,
        language=entry.language or standing.language,
        variant=entry.variant or standing.variant,
        taken_at=entry.taken_at or standing.taken_at,
        point=standing.point,
    )
    fill(mended, instrument_of(standing), entry, by=by, now=now)
    _withdraw(standing, reason, by, now)
    reopen(assessment=standing, now=now)
    keep(mended, by=by, now=now)
    return mended


def _locked_standing(assessment: Assessment, by: Membership) -> Assessment:
    rows = Assessment.objects.select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("patient__site", "course__site", "course__protocol_version")
    found = rows.get(pk=assessment.pk, organization_id=by.organization_id)
    if found.status != Assessment.Status.COMPLETE:
        raise AssessmentEnded("Only a finished assessment can be mended.")
    if found.withdrawn_at is not None:
        raise AssessmentEnded("This one was withdrawn before.")
    return found


def _withdraw(standing: Assessment, reason: str, by: Membership, now: datetime) -> None:
    reason = reason.strip()
    if not reason:
        raise DomainError("Please give a reason.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError(
            f"Please give the reason in {LONGEST_REASON} characters at most.", field="reason"
        )
    because(reason)
    standing.withdrawn_at, standing.withdrawn_by = now, by
    standing.withdrawal_reason = reason
    standing.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
