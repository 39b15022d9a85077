"""Restricted charts: restricting one, and breaking the glass of one."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet

from clinic.audit.context import because
from clinic.errors import Conflict
from clinic.glass_handles import handle_for
from clinic.models import (
    BreakGlass,
    ChartRestriction,
    GlassNotice,
    Membership,
    Organization,
    Patient,
    RoleAssignment,
)
from clinic.reasons import checked_reason
from clinic.rights import Right, may, require, roles_with, sites_where

# What lists show in place of a name.
RESTRICTED_NAME = "Restricted chart"


class ChartRestricted(PermissionDenied):
    """The chart opens only after breaking the glass (403), by the handle that stands for it.

    The patient's id is told only where the caller named it.
    """

    code = "chart-restricted"

    def __init__(self, member: Membership, patient: Patient, *, is_named: bool) -> None:
        super().__init__("This chart is restricted. Open it by giving a reason.")
        self.handle = handle_for(member, patient)
        self.members = {"handle": self.handle}
        if is_named:
            self.members["patient"] = str(patient.pk)
        self.minutes = member.organization.break_glass_minutes
        self.may_open = may(member, Right.BREAK_GLASS)


class RestrictionUnchanged(Conflict):
    """The chart is restricted already, or is not."""

    code = "restriction-unchanged"


def open_to(member: Membership, *, now: datetime) -> QuerySet[BreakGlass]:
    """The restricted charts that the member may look at now."""
    return BreakGlass.objects.filter(membership=member, opened_at__lte=now, expires_at__gt=now)


def open_patient_ids(member: Membership, *, now: datetime) -> frozenset[UUID]:
    """The patients whose restricted charts the member may look at now, by id."""
    return frozenset(open_to(member, now=now).values_list("patient_id", flat=True))


def is_shut(patient: Patient, open_ids: Collection[UUID]) -> bool:
    """Whether the chart is restricted and not among those whose glass was broken."""
    return patient.is_restricted and patient.pk not in open_ids


def restricted_patients(member: Membership) -> QuerySet[Patient]:
    """Whose charts are restricted at the sites where the member keeps the restrictions."""
    sites = sites_where(member, Right.RESTRICT_CHARTS)
    rows = Patient.objects.filter(is_restricted=True, site_id__in=sites).select_related("site")
    return rows.order_by("family_name", "given_name", "pk")


def glass_broken_at(member: Membership, *, before: datetime | None = None) -> QuerySet[BreakGlass]:
    """Openings of restricted charts at the same sites, the latest first; those before a moment."""
    sites = sites_where(member, Right.RESTRICT_CHARTS)
    rows = BreakGlass.objects.filter(
        organization_id=member.organization_id, patient__site_id__in=sites
    )
    rows = rows.filter(opened_at__lt=before) if before else rows
    return rows.select_related("patient", "membership").order_by("-opened_at", "-pk")


@transaction.atomic
def break_glass(*, patient: Patient, by: Membership, reason: str, now: datetime) -> BreakGlass:
    """Open a restricted chart for this person and for a while; the managers are told.

    Raises RightMissing, or ReasonTooShort.
    """
    require(by, Right.BREAK_GLASS)
    because(reason)
    organization = Organization.objects.get(pk=patient.organization_id)
    opening = BreakGlass.objects.create(
        organization=organization,
        patient=patient,
        membership=by,
        reason=checked_reason(reason),
        opened_at=now,
        expires_at=now + timedelta(minutes=organization.break_glass_minutes),
    )
    _tell_managers(opening)
    return opening


def _tell_managers(opening: BreakGlass) -> None:
    """Inside a transaction: a notice to everybody who keeps the restrictions of the site.

    Where nobody does, to everybody in the organisation who keeps those of another.
    """
    from clinic.tasks import tell_of_opening  # tasks call this floor's services

    keepers = Membership.objects.active().filter(
        organization_id=opening.organization_id,
        assignments__role__in=roles_with(Right.RESTRICT_CHARTS),
        user__is_active=True,
    )
    here = keepers.filter(
        pk__in=RoleAssignment.objects.filter(
            site_id=opening.patient.site_id, role__in=roles_with(Right.RESTRICT_CHARTS)
        ).values("membership")
    )
    managers = here if here.exists() else keepers
    GlassNotice.objects.bulk_create(
        GlassNotice(organization_id=opening.organization_id, opening=opening, to=manager)
        for manager in managers.distinct()
    )
    organization_id = str(opening.organization_id)
    # A broker that is away must not undo the opening: beat tells later.
    transaction.on_commit(lambda: tell_of_opening.delay(organization_id), robust=True)


class ChartsJustLinked(Conflict):
    """Somebody linked a chart of the person, or undid that, at the same moment."""

    code = "charts-just-linked"


@transaction.atomic
def restrict_chart(
    *, patient: Patient, by: Membership, is_restricted: bool, reason: str, now: datetime
) -> ChartRestriction:
    """Restrict a chart, or lift that; raises RightMissing, ReasonTooShort, RestrictionUnchanged,
    ChartsJustLinked.

    The charts of one person are restricted alike (DOMAIN 8.45, 8.66).
    """
    require(by, Right.RESTRICT_CHARTS, patient.site)
    kept = checked_reason(reason)
    because(kept)
    changed = [one for one in lock_charts(patient) if one.is_restricted != is_restricted]
    if patient.pk not in {one.pk for one in changed}:
        state = "already restricted" if is_restricted else "not restricted"
        raise RestrictionUnchanged(f"This chart is {state}.")
    Patient.objects.filter(pk__in=[one.pk for one in changed]).update(is_restricted=is_restricted)
    patient.is_restricted = is_restricted
    noted = {
        one.pk: ChartRestriction(
            organization_id=one.organization_id,
            patient=one,
            is_restricted=is_restricted,
            reason=kept,
            by=by,
            at=now,
        )
        for one in changed
    }
    ChartRestriction.objects.bulk_create(noted.values())
    return noted[patient.pk]


def lock_charts(patient: Patient) -> list[Patient]:
    """Inside a transaction: the person's charts, the one that stands last, as bookings and links
    lock them.

    Raises ChartsJustLinked where that changed while somebody else had them.
    """
    own = Patient.objects.filter(pk=patient.pk).values("person_id")
    rows = Patient.objects.filter(person_id__in=own)
    last = rows.order_by(F("principal").asc(nulls_last=True), "pk")
    locked = list(last.select_for_update(no_key=True, of=("self",)))
    if {one.pk for one in locked} != set(rows.values_list("pk", flat=True)):
        raise ChartsJustLinked("The charts of this person have just changed: look again.")
    return locked
