"""Raising, taking on, passing on and closing safety alerts."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.identity.selectors import of_person
from clinic.models import Membership, Patient, Site
from clinic.rights import Right, may
from clinic.tenancy import organization_ids, tenant
from courses.alerts import rules
from courses.alerts.duty import duty_at, may_answer
from courses.alerts.telling import note, tell
from courses.events import record_event
from courses.holds.services import open_hold, release_hold
from courses.models import AlertEvent, Course, CourseEvent, Hold, OnCall, SafetyAlert
from courses.models.alerts import LEAST_PLAN, TOO_SHORT_PLAN
from courses.thresholds.selectors import thresholds_of

OPEN_COURSES = (
    Course.Status.DRAFT,
    Course.Status.ACTIVE,
    Course.Status.PAUSED,
    Course.Status.INTERRUPTED,
)
BATCH = 100
# A duty of longer than this is a typing slip.
LONGEST_DUTY = timedelta(days=31)


class AlertTaken(Conflict):
    """A colleague has taken the alert on."""

    code = "alert-taken"


class AlertClosed(Conflict):
    """The alert was closed before."""

    code = "alert-closed"


@transaction.atomic
def raise_alert(
    *,
    patient: Patient,
    course: Course | None,
    rule: str,
    level: str,
    source_id: UUID,
    by: Membership | None,
    now: datetime,
) -> SafetyAlert:
    """Tell whoever is on duty of a danger, and give the alert back (DOMAIN 5.9).

    Once for each source and rule: again, it only raises the level, and then asks anew for
    somebody to take it on. HIGH holds the doses of the patient's open courses.
    """
    found = _latest(source_id, rule)
    if found and (found.is_open or not rules.rises(level, above=found.level)):
        return _raised_higher(found, level, by, now)
    alert = SafetyAlert(
        organization_id=patient.organization_id,
        patient=patient,
        course=course,
        site=course.site if course else patient.site,
        rule=rule,
        level=level,
        source_id=source_id,
        raised_at=now,
        raised_by=by,
        route=SafetyAlert.Route.NOBODY,
        escalates_at=now,
    )
    if rival := _rival_of(alert):
        return _raised_higher(rival, level, by, now)
    note(alert, AlertEvent.Kind.RAISED, by=by, now=now)
    _give(alert, now)
    _follow(alert, by, now)
    return alert


def _rival_of(alert: SafetyAlert) -> SafetyAlert | None:
    """Inside a transaction: keep the alert, or give back the one that a rival has just kept."""
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "safetyalert_open_once":
            raise
        return _latest(alert.source_id, alert.rule)
    return None


def _latest(source_id: UUID, rule: str) -> SafetyAlert | None:
    rows = SafetyAlert.objects.filter(source_id=source_id, rule=rule)
    return rows.select_for_update(no_key=True).order_by("-raised_at", "-pk").first()


def _raised_higher(
    alert: SafetyAlert, level: str, by: Membership | None, now: datetime
) -> SafetyAlert:
    """The same alert, at the higher of its two levels."""
    if not alert.is_open or not rules.rises(level, above=alert.level):
        return alert
    alert.level = level
    alert.acknowledged_at, alert.acknowledged_by = None, None
    alert.save(update_fields=["level", "acknowledged_at", "acknowledged_by"])
    note(alert, AlertEvent.Kind.LEVEL_RAISED, by=by, now=now)
    _give(alert, now)
    _follow(alert, by, now)
    return alert


def _give(alert: SafetyAlert, now: datetime) -> None:
    """Inside a transaction: route the alert to whoever is on duty, and tell them."""
    told = rules.first_told(duty_at(alert.site, alert.patient, alert.course, now=now))
    _route(alert, told, now)


def _route(alert: SafetyAlert, told: list[rules.Told], now: datetime) -> None:
    alert.routed_to_id = told[0].member_id if told else None
    alert.route = told[0].route if told else SafetyAlert.Route.NOBODY
    minutes = thresholds_of(alert.organization).alert_escalation_minutes
    alert.escalates_at = rules.next_escalation(now, minutes)
    alert.save(update_fields=["routed_to", "route", "escalates_at"])
    tell(alert, told, now=now)


def _follow(alert: SafetyAlert, by: Membership | None, now: datetime) -> None:
    """Inside a transaction: what the alert does to the patient's courses."""
    if alert.course:
        detail = {"alert": str(alert.pk), "level": alert.level}
        kind = CourseEvent.Kind.ALERT_RAISED
        record_event(course=alert.course, kind=kind, by=by, now=now, detail=detail)
    if rules.forbids_doses(alert.level):
        _hold_doses(alert, by, now)


def _hold_doses(alert: SafetyAlert, by: Membership | None, now: datetime) -> None:
    courses = Course.objects.filter(of_person(alert.patient_id), status__in=OPEN_COURSES)
    for course in courses.order_by("pk"):
        kind = Hold.Kind.SUICIDE_RISK
        open_hold(course=course, kind=kind, by=by, now=now, source_id=alert.pk)


@transaction.atomic
def acknowledge_alert(*, alert: SafetyAlert, by: Membership, now: datetime) -> SafetyAlert:
    """Take an alert on; of two rivals one wins, the other gets AlertTaken, or AlertClosed."""
    rows = SafetyAlert.objects.waiting().filter(pk=alert.pk, organization_id=by.organization_id)
    is_mine = rows.update(acknowledged_by=by, acknowledged_at=now)
    alert.refresh_from_db()
    if is_mine:
        note(alert, AlertEvent.Kind.ACKNOWLEDGED, by=by, now=now)
    elif not alert.is_open:
        raise AlertClosed("This alert was closed before.")
    elif alert.acknowledged_by_id != by.pk:
        raise AlertTaken(f"{alert.acknowledged_by} has taken this alert on.")
    return alert


@transaction.atomic
def close_alert(
    *,
    alert: SafetyAlert,
    assessor: Membership,
    assessed_at: datetime,
    risk: str,
    plan: str,
    by: Membership,
    now: datetime,
) -> SafetyAlert:
    """End an alert with who assessed the patient, when, at what risk and with which plan.

    Whoever says when says it to the minute: the alert's own minute is not before the alert.

    Doses that the alert held go on where the risk allows and whoever closes it may decide that;
    high risk holds them. Raises AlertClosed, or DomainError naming the input.
    """
    _check_assessment(alert, assessor, assessed_at, plan, now)
    because(plan.strip()[:200])
    standing = SafetyAlert.objects.open().filter(pk=alert.pk, organization_id=by.organization_id)
    standing.waiting().update(acknowledged_by=by, acknowledged_at=now)
    closed = standing.update(
        assessor=assessor,
        assessed_at=max(assessed_at, alert.raised_at),
        risk=risk,
        plan=plan.strip(),
        closed_at=now,
        closed_by=by,
    )
    alert.refresh_from_db()
    if not closed:
        raise AlertClosed("This alert was closed before.")
    _settle(alert, by, now)
    return alert


def _check_assessment(
    alert: SafetyAlert, assessor: Membership, assessed_at: datetime, plan: str, now: datetime
) -> None:
    if len(plan.strip()) < LEAST_PLAN:
        raise DomainError(TOO_SHORT_PLAN, field="plan")
    if assessed_at > now:
        raise DomainError("It cannot have been assessed in the future.", field="assessed_at")
    if assessed_at < alert.raised_at.replace(second=0, microsecond=0):
        raise DomainError("Assess the patient after the alert was raised.", field="assessed_at")
    if not may_answer(alert.site).filter(pk=assessor.pk).exists():
        raise DomainError("This person does not answer alerts at the site.", field="assessor")


def _settle(alert: SafetyAlert, by: Membership, now: datetime) -> None:
    """Inside a transaction: tell the history, and hold or release doses as the risk asks."""
    note(alert, AlertEvent.Kind.CLOSED, by=by, now=now)
    if alert.course:
        detail = {"alert": str(alert.pk), "risk": alert.risk}
        kind = CourseEvent.Kind.ALERT_CLOSED
        record_event(course=alert.course, kind=kind, by=by, now=now, detail=detail)
    if not rules.allows_doses(alert.risk):
        _hold_doses(alert, by, now)
    elif may(by, Right.DECIDE, alert.site):
        reason = f"Assessed: {alert.get_risk_display().lower()}."
        for hold in Hold.objects.open().filter(source_id=alert.pk).select_related("course"):
            release_hold(hold=hold, by=by, reason=reason, now=now)


def escalate_due(*, now: datetime) -> int:
    """Pass on every organisation's alerts that nobody took on in time; how many there were."""
    return sum(escalate_alerts(organization_id=one, now=now) for one in organization_ids())


def escalate_alerts(*, organization_id: UUID, now: datetime) -> int:
    """Pass on an organisation's alerts that nobody took on in time, each by one worker."""
    with tenant(organization_id):
        due = SafetyAlert.objects.waiting().filter(
            organization_id=organization_id, escalates_at__lte=now
        )
        rows = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        related = rows.select_related("site", "patient__site", "course", "organization")
        alerts = list(related.order_by("escalates_at", "pk")[:BATCH])
        for alert in alerts:
            _escalate(alert, now)
    return len(alerts)


def _escalate(alert: SafetyAlert, now: datetime) -> None:
    duty = duty_at(alert.site, alert.patient, alert.course, now=now)
    told = rules.further_told(duty, escalations=alert.escalations)
    alert.escalations += 1
    alert.escalated_at = now
    alert.save(update_fields=["escalations", "escalated_at"])
    note(alert, AlertEvent.Kind.ESCALATED, now=now)
    _route(alert, told, now)


@transaction.atomic
def plan_on_call(
    *, site: Site, member: Membership, starts_at: datetime, ends_at: datetime, now: datetime
) -> OnCall:
    """Put somebody on call for a site; DomainError names the input that does not fit."""
    if not may_answer(site).filter(pk=member.pk).exists():
        raise DomainError("This person does not answer alerts at the site.", field="member")
    if ends_at <= starts_at:
        raise DomainError("The end must be later than the start.", field="ends_at")
    if ends_at <= now:
        raise DomainError("This is over already: check the date.", field="ends_at")
    if ends_at - starts_at > LONGEST_DUTY:
        raise DomainError("This is longer than a month: check the dates.", field="ends_at")
    return OnCall.objects.create(
        organization_id=site.organization_id,
        site=site,
        membership=member,
        starts_at=starts_at,
        ends_at=ends_at,
    )


@transaction.atomic
def end_on_call(*, duty: OnCall, now: datetime) -> None:
    """Take somebody off call: a duty to come goes, one that has begun ends now."""
    if duty.starts_at >= now:
        duty.delete()
    else:
        OnCall.objects.filter(pk=duty.pk, ends_at__gt=now).update(ends_at=now)
