"""Saying that two charts are of one person, undoing that, and telling two charts apart."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from clinic.audit.context import because
from clinic.charts import ChartRestricted, is_shut, open_patient_ids
from clinic.errors import Conflict, DomainError
from clinic.models import ChartLink, DistinctCharts, Membership, Patient
from clinic.reasons import checked_reason
from clinic.rights import Right, require


class ChartsLinked(Conflict):
    """The two are of one person already, or the link was made at the same moment."""

    code = "charts-linked"


class ChartsNotLinked(Conflict):
    """No link is in force that could be undone."""

    code = "charts-not-linked"


class ChartsRestrictedUnalike(DomainError):
    """One of the two charts is restricted, the other is not."""

    code = "charts-restricted-unalike"


def lock_person(patient_id: UUID) -> None:
    """Inside a transaction: lock the chart and the one that stands for it, in this order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clinic_lock_person(%s)", [patient_id])


@transaction.atomic
def link_charts(
    *, chart: Patient, principal: Patient, by: Membership, reason: str, now: datetime
) -> ChartLink:
    """Say that the two charts are of one person, of which `principal` stands from now on.

    Where others stand for them already, those are linked. Raises RightMissing, ReasonTooShort,
    ChartRestricted, ChartsLinked, ChartsRestrictedUnalike, DomainError for a chart with itself.
    """
    for one in (chart, principal):
        require(by, Right.LINK_CHARTS, one)
    because(kept := checked_reason(reason))
    standing, giving_way = _standing(principal), _standing(chart)
    if standing.pk == giving_way.pk:
        raise ChartsLinked("These two are one person’s charts already.")
    _refuse_unknown(by, (standing, giving_way), now)
    return _write(giving_way, standing, by, kept, now)


def _refuse_unknown(by: Membership, charts: Iterable[Patient], now: datetime) -> None:
    """The charts that stand are perhaps others than those that were named."""
    open_ids = open_patient_ids(by, now=now)
    for one in charts:
        require(by, Right.LINK_CHARTS, one)
        if is_shut(one, open_ids):
            raise ChartRestricted(by, one, is_named=False)


def _standing(chart: Patient) -> Patient:
    """As the database has it now, whatever the row in hand says."""
    person = Patient.objects.filter(pk=chart.pk).values("person_id")
    return Patient.objects.get(pk__in=person)


def _write(
    chart: Patient, principal: Patient, by: Membership, reason: str, now: datetime
) -> ChartLink:
    try:
        with transaction.atomic():
            return ChartLink.objects.create(
                organization_id=chart.organization_id,
                chart=chart,
                principal=principal,
                reason=reason,
                linked_at=now,
                linked_by=by,
            )
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        refusal = _in_words(diag.constraint_name if diag else None)
        if refusal is None:
            raise
        raise refusal from exc


def _in_words(constraint: str | None) -> DomainError | None:
    """What the database refuses once it has locked both charts."""
    if constraint == "chartlink_between_principals":
        return ChartsLinked("One of the two has just been linked: look again.")
    if constraint == "chartlink_restricted_alike":
        return ChartsRestrictedUnalike(
            "One of the two charts is restricted: restrict the other too, or lift it, first."
        )
    return None


@transaction.atomic
def unlink_charts(*, link: ChartLink, by: Membership, reason: str, now: datetime) -> ChartLink:
    """Undo a link: the chart stands for itself again, with those that were linked to it.

    What was recorded meanwhile stays in the chart in which it was recorded. Raises RightMissing,
    ReasonTooShort, ChartsNotLinked.
    """
    for one in (link.chart, link.principal):
        require(by, Right.LINK_CHARTS, one)
    because(kept := checked_reason(reason))
    rows = ChartLink.objects.filter(pk=link.pk, organization_id=by.organization_id)
    undone = {"unlinked_at": now, "unlinked_by": by, "unlink_reason": kept}
    if not rows.filter(unlinked_at__isnull=True).update(**undone):
        raise ChartsNotLinked("This link was undone before.")
    link.refresh_from_db()
    return link


@transaction.atomic
def tell_apart(
    *, patient: Patient, others: Iterable[Patient], by: Membership, now: datetime
) -> None:
    """Keep that the charts are of other persons than this one; they are not suspected again."""
    require(by, Right.EDIT_PATIENTS)
    DistinctCharts.objects.bulk_create(
        [
            DistinctCharts(
                organization_id=patient.organization_id,
                chart_id=min(patient.pk, other.pk),
                other_id=max(patient.pk, other.pk),
                at=now,
                by=by,
            )
            for other in others
            if other.pk != patient.pk
        ],
        ignore_conflicts=True,
    )
