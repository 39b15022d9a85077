"""Drafting thresholds and signing them; what is signed never changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from courses.models import ThresholdVersion
from courses.thresholds.catalogue import catalogue
from courses.thresholds.selectors import draft_of
from courses.thresholds.values import faults_in, stored

LONGEST_NOTE = 240


class ThresholdsChanged(Conflict):
    """Somebody else changed or signed the draft, or began one."""

    code = "thresholds-changed"


class ThresholdsUnfit(DomainError):
    """Values out of their range; `faults` says by key what is wrong."""

    code = "thresholds-unfit"

    def __init__(self, faults: Mapping[str, str]) -> None:
        named = [{"field": name, "detail": fault} for name, fault in faults.items()]
        super().__init__("Some values do not fit.", field=next(iter(faults)), details=named)
        self.faults = dict(faults)


@transaction.atomic
def draft_thresholds(
    *, values: Mapping[str, Any], note: str, by: Membership, now: datetime
) -> ThresholdVersion:
    """Keep the next version as the organisation's one draft, in place of an earlier draft.

    Raises ThresholdsUnfit, or ThresholdsChanged when somebody else began one meanwhile.
    """
    if faults := faults_in(values):
        raise ThresholdsUnfit(faults)
    if len(note := note.strip()) > LONGEST_NOTE:
        raise DomainError(f"At most {LONGEST_NOTE} characters.", field="note")
    said = {"values": stored(values), "note": note, "drafted_by": by, "drafted_at": now}
    if draft := draft_of(by.organization):
        return _rewritten(draft, said)
    try:
        with transaction.atomic():
            return ThresholdVersion.objects.create(
                organization_id=by.organization_id, number=_next_number(by), **said
            )
    except IntegrityError as exc:
        raise ThresholdsChanged("Somebody else began a draft just now: look at it.") from exc


def _rewritten(draft: ThresholdVersion, said: Mapping[str, Any]) -> ThresholdVersion:
    if not ThresholdVersion.objects.filter(pk=draft.pk, signed_at=None).update(**said):
        raise ThresholdsChanged("The draft was signed meanwhile: begin a new one.")
    draft.refresh_from_db()
    return draft


def _next_number(by: Membership) -> int:
    rows = ThresholdVersion.objects.filter(organization_id=by.organization_id)
    return int(rows.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def sign_thresholds(
    *, version: ThresholdVersion, seen: datetime, by: Membership, now: datetime
) -> ThresholdVersion:
    """Put a draft into force from now on, as it was when the signer looked (`seen`: `drafted_at`).

    Raises ThresholdsChanged when it was signed, discarded or rewritten since, ThresholdsUnfit
    when a value no longer fits. Keys that came later have their default, gone ones are left out.
    """
    filled = {name: version.values.get(name, key.default) for name, key in catalogue().items()}
    if faults := faults_in(filled):
        raise ThresholdsUnfit(faults)
    because(version.note)
    rows = ThresholdVersion.objects.filter(
        pk=version.pk, organization_id=by.organization_id, signed_at=None, drafted_at=seen
    )
    if not rows.update(values=stored(filled), signed_by=by, signed_at=now, effective_from=now):
        raise ThresholdsChanged("The draft was changed or signed meanwhile: look at it again.")
    version.refresh_from_db()
    return version


@transaction.atomic
def discard_thresholds(*, version: ThresholdVersion, by: Membership) -> None:
    """Throw a draft away; raise ThresholdsChanged when it was signed meanwhile."""
    rows = ThresholdVersion.objects.filter(pk=version.pk, organization_id=by.organization_id)
    if not rows.filter(signed_at=None).delete()[0]:
        raise ThresholdsChanged("It was signed meanwhile, and stays.")
