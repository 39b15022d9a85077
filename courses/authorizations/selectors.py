"""Reads: what was granted to a patient, what is used and left, what is to be renewed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet

from clinic.charts import RESTRICTED_NAME, is_shut
from clinic.glass_handles import handle_for
from clinic.models import Membership, Organization, Patient
from clinic.prepared import Prepared
from clinic.rights import Right, sites_where
from courses.authorizations.rules import (
    LABELS,
    Gap,
    Grant,
    Spent,
    Spread,
    State,
    Use,
    left,
    renewal_from,
    spread,
    state_on,
)
from courses.authorizations.units import units_of_dose
from courses.models import Authorization, Course, CoverageWarning, Dose, Payer, SelfPayAgreement
from courses.selectors import definition_of

OPEN_COURSES = (
    Course.Status.DRAFT,
    Course.Status.ACTIVE,
    Course.Status.PAUSED,
    Course.Status.INTERRUPTED,
)
# What ended longer ago nobody renews any more: it is asked for anew.
LONG_OVER = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Standing:
    """An authorisation with what has gone of it, as of a day."""

    authorization: Authorization
    spent: Spent
    state: State
    is_renewal_due: bool

    @property
    def state_label(self) -> str:
        """The state in words."""
        return LABELS[self.state]

    @property
    def visits_left(self) -> int | None:
        """Visits that remain; None where they are not counted."""
        return left(self.authorization.visits_granted, self.spent.visits)

    @property
    def units_left(self) -> int | None:
        """Devices that remain; None where they are not counted."""
        return left(self.authorization.units_granted, self.spent.units)

    @property
    def renew_from(self) -> date:
        """The day from which renewal is due."""
        return renewal_from(self.authorization.ends_on, self.authorization.renewal_days)


@dataclass(frozen=True, slots=True)
class DueLine:
    """An authorisation to be renewed; of a shut chart not whose it is."""

    standing: Standing
    name: str
    handle: str = ""


def payers_of(organization: Organization) -> QuerySet[Payer]:
    """The organisation's payers by name, those in use first."""
    return Payer.objects.filter(organization=organization).order_by("-is_active", "name", "pk")


def authorizations_of(patient: Patient) -> QuerySet[Authorization]:
    """Everything that payers granted the patient, what ends last first."""
    rows = Authorization.objects.filter(patient=patient)
    related = ("payer", "course__protocol_version__protocol", "recorded_by", "patient")
    return rows.select_related(*related).order_by("-ends_on", "-pk")


def standings_of_patient(patient: Patient, *, today: date) -> list[Standing]:
    """The patient's authorisations with what is used and left, in a fixed number of queries."""
    return _standings(list(authorizations_of(patient)), lambda _: today)


def standings_of_course(course: Course, *, today: date) -> list[Standing]:
    """Those of them that are for the course, or for its drug."""
    drug = definition_of(course.protocol_version).drug
    return [
        standing
        for standing in standings_of_patient(course.patient, today=today)
        if standing.authorization.course_id == course.pk or standing.authorization.drug == drug
    ]


def standing_of(authorization: Authorization, *, today: date) -> Standing:
    """One authorisation with what is used and left of it beside the patient's others."""
    all_of_them = standings_of_patient(authorization.patient, today=today)
    return next(one for one in all_of_them if one.authorization.pk == authorization.pk)


def _granted(patient: UUID) -> QuerySet[Authorization]:
    return Authorization.objects.filter(patient=patient, ended_at__isnull=True).only("pk")[:1]


_GRANTED = Prepared(_granted, patient=uuid4())


def has_grants(course: Course) -> bool:
    """Whether payers ever granted the patient anything that stands: else nothing is missing."""
    return bool(_GRANTED(patient=course.patient_id))


def gaps_of(course: Course, uses: Sequence[Use]) -> list[Gap | None]:
    """For each dose to come of the patient, in order of time, why nothing covers it, if so.

    Nothing is missing where no payer was ever asked for the course or its drug.
    """
    drug = definition_of(course.protocol_version).drug
    rows = [one for one in authorizations_of(course.patient) if one.ended_at is None]
    if not any(one.course_id == course.pk or one.drug == drug for one in rows):
        return [None] * len(uses)
    given = _given([course.patient_id]).get(course.patient_id, [])
    found = spread([_grant(one) for one in rows], [*given, *uses])
    return found.gaps[len(given) :]


def self_pay_of(course: Course) -> SelfPayAgreement | None:
    """The agreement by which the patient pays what no payer covers; None where there is none."""
    rows = SelfPayAgreement.objects.filter(course=course, ended_at__isnull=True)
    return rows.select_related("recorded_by").first()


def warnings_of(course: Course) -> QuerySet[CoverageWarning]:
    """Visits that were booked although nothing covered them, the latest first."""
    rows = CoverageWarning.objects.filter(course=course).select_related("by")
    return rows.order_by("-at", "-pk")


def renewals_due(
    member: Membership, *, now: datetime, open_ids: Collection[UUID] = ()
) -> list[DueLine]:
    """What is to be renewed at the member's sites, what ends first on top; five queries.

    Each by the day of its patient's site. Restricted charts stay shut but for `open_ids`.
    """

    def today(one: Authorization) -> date:
        return now.astimezone(one.patient.site.zone).date()

    sites = sites_where(member, Right.VIEW_PATIENTS)
    here = Q(patient__site__in=sites) | Q(patient__other_sites__site__in=sites)
    rows = (
        Authorization.objects.filter(here, organization_id=member.organization_id)
        .filter(ended_at__isnull=True, ends_on__gte=now.date() - LONG_OVER)
        .select_related("payer", "patient__site", "course__protocol_version__protocol")
        .order_by("ends_on", "pk")
        .distinct()
    )
    due = [one for one in _standings(list(rows), today) if one.is_renewal_due]
    return [_line(one, member, open_ids) for one in due]


def _line(standing: Standing, member: Membership, open_ids: Collection[UUID]) -> DueLine:
    patient = standing.authorization.patient
    if is_shut(patient, open_ids):
        return DueLine(standing, RESTRICTED_NAME, handle_for(member, patient))
    return DueLine(standing, patient.sort_name)


def _standings(rows: list[Authorization], today: Callable[[Authorization], date]) -> list[Standing]:
    of: dict[UUID, list[Authorization]] = defaultdict(list)
    for row in rows:
        of[row.patient_id].append(row)
    given, treated = _given(of), _treated(of)
    spreads = {
        patient: spread(_in_force(mine), given.get(patient, [])) for patient, mine in of.items()
    }
    return [_standing(row, of, spreads, treated, today(row)) for row in rows]


def _in_force(rows: Iterable[Authorization]) -> list[Grant]:
    return [_grant(row) for row in rows if row.ended_at is None]


def _standing(
    row: Authorization,
    of: dict[UUID, list[Authorization]],
    spreads: dict[UUID, Spread],
    treated: set[tuple[UUID, object]],
    today: date,
) -> Standing:
    spent = spreads[row.patient_id].spent.get(row.pk, Spent())
    state = state_on(today, _grant(row), spent, is_ended=row.ended_at is not None)
    is_last = not any(_succeeds(other, row) for other in of[row.patient_id])
    is_treated = (row.patient_id, row.course_id or row.drug) in treated
    is_near = state in (State.OVER, State.USED_UP) or (
        state == State.CURRENT and today >= renewal_from(row.ends_on, row.renewal_days)
    )
    return Standing(row, spent, state, is_renewal_due=is_near and is_last and is_treated)


def _succeeds(other: Authorization, row: Authorization) -> bool:
    same = (other.course_id, other.drug) == (row.course_id, row.drug)
    return same and other.ended_at is None and other.ends_on > row.ends_on


def _grant(row: Authorization) -> Grant:
    return Grant(
        key=row.pk,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        visits=row.visits_granted,
        units=row.units_granted,
        course=row.course_id,
        drug=row.drug,
    )


def _given(patients: Iterable[UUID]) -> dict[UUID, list[Use]]:
    """Doses given here, by patient, oldest first; those given elsewhere were paid there."""
    found: dict[UUID, list[Use]] = defaultdict(list)
    doses = Dose.objects.filter(
        patient__in=list(patients), withdrawn_at__isnull=True, source=Dose.Source.HERE
    )
    for dose in doses.select_related("course__protocol_version").order_by("on", "given_at", "pk"):
        use = Use(dose.on, units_of_dose(dose), dose.course_id, dose.drug)
        found[dose.patient_id].append(use)
    return found


def _treated(patients: Iterable[UUID]) -> set[tuple[UUID, object]]:
    """Patient and course, and patient and drug, of every course that goes on."""
    courses = Course.objects.filter(patient__in=list(patients), status__in=OPEN_COURSES)
    found: set[tuple[UUID, object]] = set()
    for course in courses.select_related("protocol_version"):
        found.add((course.patient_id, course.pk))
        found.add((course.patient_id, definition_of(course.protocol_version).drug))
    return found
