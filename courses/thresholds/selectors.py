"""Reads: the thresholds in force, now or at another time, and the versions that were."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils import timezone

from clinic.models import Organization
from clinic.prepared import Prepared
from courses.models import ThresholdVersion
from courses.thresholds.catalogue import Thresholds
from courses.thresholds.values import thresholds_from

DEFAULTS = Thresholds()


@dataclass(frozen=True, slots=True)
class _Content:
    """A signed version's key with what it says: equal keys are equal, so a cache can go by them."""

    version_id: UUID
    number: int
    values: dict[str, Any] = field(compare=False)


@lru_cache(maxsize=256)
def _signed(content: _Content) -> Thresholds:
    return thresholds_from(content.values, number=content.number)


def thresholds_of(organization: Organization) -> Thresholds:
    """The thresholds in force now; DOMAIN's defaults, number 0, before the first is signed."""
    return thresholds_at(organization, timezone.now())


def thresholds_at(organization: Organization, at: datetime) -> Thresholds:
    """The thresholds in force at that moment."""
    return contents_of(next(iter(_IN_FORCE(organization=organization.pk, at=at)), None))


def version_at(organization: Organization, at: datetime) -> ThresholdVersion | None:
    """The signed version in force at that moment; None before the first."""
    return _in_force(organization, at).select_related("signed_by", "drafted_by").first()


def _in_force(organization: Organization | UUID, at: datetime) -> QuerySet[ThresholdVersion]:
    rows = ThresholdVersion.objects.filter(organization=organization, effective_from__lte=at)
    return rows.order_by("-effective_from", "-number")


_IN_FORCE = Prepared(
    lambda organization, at: _in_force(organization, at)[:1],
    organization=uuid4(),
    at=datetime(1, 1, 2, tzinfo=UTC),
)


def contents_of(version: ThresholdVersion | None) -> Thresholds:
    """What a version says; None stands for the defaults."""
    if version is None:
        return DEFAULTS
    if version.signed_at is None:
        return thresholds_from(version.values, number=version.number)
    return _signed(_Content(version.pk, version.number, version.values))


def versions_of(organization: Organization) -> QuerySet[ThresholdVersion]:
    """Every version, newest first."""
    rows = ThresholdVersion.objects.filter(organization=organization)
    return rows.select_related("signed_by", "drafted_by").order_by("-number")


def draft_of(organization: Organization) -> ThresholdVersion | None:
    """The version that nobody has signed yet, if there is one."""
    return versions_of(organization).filter(signed_at=None).first()
