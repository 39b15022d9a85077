"""Reads: the charts of one person, charts that look alike, and what was said of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet, Subquery

from clinic.charts import is_shut, open_patient_ids
from clinic.identity.rules import (
    LEAST_DIGITS,
    WORDS,
    Identity,
    Likeness,
    email_key,
    likenesses,
    phone_key,
)
from clinic.models import ChartLink, DistinctCharts, Membership, Patient
from clinic.rights import Right, sites_where
from clinic.selectors import find_patients

# Charts whose likenesses a page of suspected pairs looks for.
STRETCH = 500
# More than a person can look through before saving; who has them all is found by the list.
MOST = 5


@dataclass(frozen=True, slots=True)
class Match:
    """A chart that is likely to be of the same person, and why."""

    patient: Patient
    likenesses: list[Likeness]

    @property
    def why(self) -> str:
        """The likenesses in words."""
        return ", ".join(WORDS[one] for one in self.likenesses)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two charts that may be of one person; the one that was made first comes first."""

    first: Patient
    second: Patient
    likenesses: list[Likeness]

    @property
    def charts(self) -> tuple[Patient, Patient]:
        """Both, in their order."""
        return self.first, self.second

    @property
    def why(self) -> str:
        """The likenesses in words."""
        return ", ".join(WORDS[one] for one in self.likenesses)


@dataclass(frozen=True, slots=True)
class PairPage:
    """Suspected pairs of a stretch of charts; `after` names where the next begins."""

    pairs: list[Pair]
    after: UUID | None


class IsAmong(Func):
    """Whether the first is one of the array's, which PostgreSQL reads once before all else.

    With a join in its place it may go through whole tables for each row, as long as it knows no
    better of new ones.
    """

    template, arg_joiner = "(%(expressions)s))", " = ANY("
    output_field = BooleanField()


def charts_of(patient_id: UUID) -> QuerySet[Patient]:
    """The charts of the same person, this one among them."""
    own = Patient.objects.filter(pk=patient_id).values("person_id")
    return Patient.objects.filter(person_id=Subquery(own))


def charts_of_all(patient_ids: Collection[UUID]) -> QuerySet[Patient]:
    """The charts of the same persons, these among them."""
    own = Patient.objects.filter(pk__in=patient_ids).values("person_id")
    return Patient.objects.filter(IsAmong(F("person_id"), ArraySubquery(own)))


def of_person(patient_id: UUID, at: str = "patient") -> IsAmong:
    """For filters: rows of any chart of the same person; gaps, caps and holds go by it.

    `at` leads to the patient of a row.
    """
    return IsAmong(F(at), ArraySubquery(charts_of(patient_id).values("pk")))


def of_persons(patient_ids: Collection[UUID], at: str = "patient") -> IsAmong:
    """The same for several patients."""
    return IsAmong(F(at), ArraySubquery(charts_of_all(patient_ids).values("pk")))


def other_charts(patient: Patient) -> list[Patient]:
    """The person's other charts, the one that stands first."""
    rows = charts_of(patient.pk).exclude(pk=patient.pk).select_related("site", "organization")
    return sorted(
        rows.prefetch_related("other_sites"),
        key=lambda chart: (chart.principal_id is not None, chart.pk),
    )


@dataclass(frozen=True, slots=True)
class OtherChart:
    """Another chart of the same person; who may not open it learns that there is one."""

    chart: Patient
    is_seen: bool

    @property
    def stands(self) -> bool:
        """Whether new courses are begun there."""
        return self.chart.principal_id is None


def charts_beside(patient: Patient, *, member: Membership, now: datetime) -> list[OtherChart]:
    """The person's other charts as the member may know them, the one that stands first."""
    sites, charts = sites_where(member, Right.VIEW_PATIENTS), other_charts(patient)
    open_ids = open_patient_ids(member, now=now) if charts else frozenset()
    return [
        OtherChart(one, not sites.isdisjoint(one.site_ids) and not is_shut(one, open_ids))
        for one in charts
    ]


def identity_of(patient: Patient) -> Identity:
    """What the chart says of who the person is."""
    return Identity(
        patient.given_name, patient.family_name, patient.birth_date, patient.email, patient.phone
    )


def likely_duplicates(
    identity: Identity, *, member: Membership, now: datetime, known: Patient | None = None
) -> list[Match]:
    """Charts that the member may open and that are likely to be of that person (DOMAIN 8.45).

    Without `known` itself, its linked charts, and those of which somebody said that they are of
    another person. No restricted chart is among them but those whose glass the member broke.
    """
    near = _seen_by(member, now).filter(_near([identity]))
    if known:
        own = charts_of(known.pk).values("pk")
        near = near.exclude(pk__in=own).exclude(pk__in=_told_apart(known))
    found = (Match(one, likenesses(identity, identity_of(one))) for one in near)
    return [match for match in found if match.likenesses][:MOST]


def _seen_by(member: Membership, now: datetime) -> QuerySet[Patient]:
    return find_patients(member=member, text="", open_ids=open_patient_ids(member, now=now))


def _near(identities: Collection[Identity]) -> Q:
    """What the database finds by its indexes, before names are compared."""
    phones = {phone_key(one.phone) for one in identities}
    return (
        Q(birth_date__in={one.birth_date for one in identities})
        | Q(email_key__in={email_key(one.email) for one in identities if one.email})
        | Q(phone_key__in={digits for digits in phones if len(digits) >= LEAST_DIGITS})
    )


def _told_apart(known: Patient) -> list[UUID]:
    """The charts that are said to be of somebody else than this one."""
    pairs = DistinctCharts.objects.filter(Q(chart=known) | Q(other=known))
    return [b if a == known.pk else a for a, b in pairs.values_list("chart_id", "other_id")]


def suspected_pairs(member: Membership, *, now: datetime, after: UUID | None = None) -> PairPage:
    """Pairs of charts that look alike and of which nothing was said, newest charts first.

    A page looks at a stretch of the charts that the member may see, however many there are.
    """
    seen = _seen_by(member, now)
    newest = seen.filter(pk__lt=after) if after else seen
    newest = newest.prefetch_related("other_sites")
    stretch = list(newest.order_by("-pk")[: STRETCH + 1])
    last = stretch[STRETCH - 1].pk if len(stretch) > STRETCH else None
    return PairPage(list(_pairs(stretch[:STRETCH], seen)), last)


def _pairs(stretch: list[Patient], seen: QuerySet[Patient]) -> Iterator[Pair]:
    near = _by_key(seen.filter(_near([identity_of(one) for one in stretch]))) if stretch else {}
    found = {
        (other, chart): likenesses(identity_of(chart), identity_of(other))
        for chart in stretch
        for key in _keys(chart)
        for other in near[key]
        if other.pk < chart.pk and other.person_id != chart.person_id
    }
    apart = _pairs_told_apart(chart.pk for chart in stretch)
    for (first, second), why in found.items():
        if why and (first.pk, second.pk) not in apart:
            yield Pair(first, second, why)


def _by_key(charts: Iterable[Patient]) -> dict[object, list[Patient]]:
    found: dict[object, list[Patient]] = defaultdict(list)
    for chart in charts:
        for key in _keys(chart):
            found[key].append(chart)
    return found


def _keys(chart: Patient) -> Iterator[object]:
    yield chart.birth_date
    if chart.email_key:
        yield "email", chart.email_key
    if len(chart.phone_key) >= LEAST_DIGITS:
        yield "phone", chart.phone_key


def _pairs_told_apart(charts: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    rows = DistinctCharts.objects.filter(other__in=list(charts))
    return set(rows.values_list("chart_id", "other_id"))


def link_of(patient: Patient) -> ChartLink | None:
    """The link by which another chart stands in this one's place; None where none is in force."""
    rows = ChartLink.objects.filter(chart=patient, unlinked_at__isnull=True)
    return rows.select_related("principal__site", "linked_by").first()
