"""Reads: what awaits whom, what a patient's alerts were, who is on call."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, OuterRef, Q, QuerySet, Value, When

from clinic.charts import RESTRICTED_NAME, is_shut
from clinic.glass_handles import handle_for
from clinic.identity.selectors import of_person, of_persons
from clinic.models import Membership, Patient, Site
from clinic.rights import Right, sites_where
from courses.alerts.rules import RANK, forbids_doses, needs_answer_before_dose
from courses.alerts.words import label_of
from courses.models import AlertEvent, Course, OnCall, SafetyAlert
from courses.models.alerts import AlertQuerySet

# Closed alerts that the inbox still shows.
LATEST = 30
# The most urgent first; among equals the one that has waited longest.
_URGENCY = Case(
    *(When(level=level, then=Value(-rank)) for level, rank in RANK.items()), default=Value(0)
)


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert in a list; of a shut chart only that there is one, how urgent and since when."""

    alert: SafetyAlert
    name: str
    what: str
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Inbox:
    """What awaits somebody, what is being dealt with, and what was closed lately."""

    waiting: list[AlertLine]
    taken: list[AlertLine]
    closed: list[AlertLine]

    @property
    def mark(self) -> str:
        """What a page that is open has seen: another mark, and there is something new."""
        lines = (*self.waiting, *self.taken, *self.closed)
        said = ((one.alert.pk, one.alert.level, one.alert.escalations, one.name) for one in lines)
        places = (len(self.waiting), len(self.taken))
        return sha256(repr([places, *said]).encode()).hexdigest()[:16]


def open_alerts_for(member: Membership) -> QuerySet[SafetyAlert]:
    """Open alerts at the sites where the member answers them, by urgency and age."""
    return _answered_by(member).open().order_by(_URGENCY, "raised_at", "pk")


def _answered_by(member: Membership) -> AlertQuerySet:
    sites = sites_where(member, Right.HANDLE_ALERTS)
    return SafetyAlert.objects.filter(organization_id=member.organization_id, site__in=sites)


def alerts_in_state(
    member: Membership, state: str, *, open_ids: Collection[UUID]
) -> QuerySet[SafetyAlert]:
    """Alerts that the member answers, WAITING, TAKEN or CLOSED, or all open ones; none of a
    restricted chart but of `open_ids`."""
    mine = _answered_by(member)
    seen = mine.filter(Q(patient__is_restricted=False) | Q(patient__in=open_ids))
    if state == "CLOSED":
        return seen.filter(closed_at__isnull=False)
    is_taken = {"acknowledged_at__isnull": state == "WAITING"} if state else {}
    return seen.open().filter(**is_taken)


def waiting_count(member: Membership) -> int:
    """How many alerts at the member's sites nobody has taken on; one query."""
    return _answered_by(member).waiting().count()


def inbox(member: Membership, *, open_ids: Collection[UUID]) -> Inbox:
    """The member's inbox, in a fixed number of queries; restricted charts but `open_ids` shut."""
    related = ("patient", "site", "routed_to", "acknowledged_by", "assessor")
    found = list(open_alerts_for(member).select_related(*related))
    closed = _answered_by(member).filter(closed_at__isnull=False).select_related(*related)
    lines = [_line(alert, member, open_ids) for alert in found]
    return Inbox(
        waiting=[line for line in lines if line.alert.acknowledged_at is None],
        taken=[line for line in lines if line.alert.acknowledged_at is not None],
        closed=[
            _line(alert, member, open_ids)
            for alert in closed.order_by("-closed_at", "-pk")[:LATEST]
        ],
    )


def _line(alert: SafetyAlert, member: Membership, open_ids: Collection[UUID]) -> AlertLine:
    if is_shut(alert.patient, open_ids):
        return AlertLine(alert, RESTRICTED_NAME, "", handle_for(member, alert.patient))
    return AlertLine(alert, alert.patient.sort_name, label_of(alert.rule))


def open_alerts_by_course(courses: Iterable[Course]) -> dict[UUID, list[SafetyAlert]]:
    """Open alerts of each course's patient, the most urgent first, by the course's id."""
    of = {course.pk: course.patient_id for course in courses}
    found: dict[UUID, list[SafetyAlert]] = defaultdict(list)
    rows = SafetyAlert.objects.open().filter(of_persons(set(of.values())))
    same = Patient.objects.filter(person_id=OuterRef("patient__person_id"), pk__in=set(of.values()))
    of_charts = rows.annotate(charts=ArraySubquery(same.values("pk")))
    for alert in of_charts.order_by(_URGENCY, "raised_at", "pk"):
        for chart in alert.charts:  # type: ignore[attr-defined]  # annotated above
            found[chart].append(alert)
    return {course: found[patient] for course, patient in of.items() if patient in found}


def alerts_of_patient(patient: Patient) -> QuerySet[SafetyAlert]:
    """Every alert of the patient, over all courses and charts, the newest first."""
    rows = SafetyAlert.objects.filter(of_person(patient.pk))
    people = ("routed_to", "acknowledged_by", "assessor", "site")
    return rows.select_related(*people).order_by("-raised_at", "-pk")


def open_alerts_of(patient: Patient) -> list[SafetyAlert]:
    """The patient's open alerts, the most urgent first."""
    rows = SafetyAlert.objects.open().filter(of_person(patient.pk))
    rows = rows.select_related("acknowledged_by")
    return list(rows.order_by(_URGENCY, "raised_at", "pk"))


def alerts_before_dose(patient: Patient) -> list[SafetyAlert]:
    """Open alerts that stand before the patient's next dose (DOMAIN 5.2, 8.34)."""
    return [
        alert
        for alert in open_alerts_of(patient)
        if forbids_doses(alert.level)
        or (needs_answer_before_dose(alert.level) and alert.acknowledged_at is None)
    ]


def steps_of(alert: SafetyAlert) -> QuerySet[AlertEvent]:
    """What happened to the alert and who was told when, oldest first."""
    return alert.events.select_related("by", "to").order_by("at", "pk")


def duties_at(site: Site, *, now: datetime) -> QuerySet[OnCall]:
    """Who is on call for the site now and later, by when they begin."""
    rows = OnCall.objects.filter(site=site, ends_at__gt=now).select_related("membership")
    return rows.order_by("starts_at", "pk")
