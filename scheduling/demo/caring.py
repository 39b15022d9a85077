"""What the demo's people had to look after besides: alerts, and what payers granted."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from clinic.models import Membership
from courses.alerts.services import acknowledge_alert, close_alert
from courses.assessments.services import Entry
from courses.authorizations.services import Terms, keep_payer, record_authorization
from courses.models import Course, Payer, SafetyAlert
from scheduling.demo.clinical import CONCERNS, GRANTS, PAYERS, Concern, GrantRow
from scheduling.demo.founding import Demo
from scheduling.demo.scoring import ITEMS_OF_PHQ9, Diary, spread

PLAN = "Seen today, no intent and no plan. Safety plan gone through together; a call in two days."
RENEWAL = "A fall of the PHQ-9 by half, with the score before treatment."


def look_after(demo: Demo, courses: Mapping[str, Course]) -> None:
    """Everything of the tables about patients who are there."""
    for concern in CONCERNS:
        if concern.name in courses:
            _raise(demo, courses[concern.name], concern)
    granted = [row for row in GRANTS if row.name in courses]
    payers = _payers(demo) if granted else {}
    for row in granted:
        _grant(demo, courses[row.name], row, payers[row.payer])


def _raise(demo: Demo, course: Course, concern: Concern) -> None:
    """An answer that tells of danger, and what clinicians did about it until now."""
    at = demo.now - timedelta(hours=concern.hours, minutes=9)
    diary = Diary.of(course)
    answers = {**spread(diary.phq9(at), ITEMS_OF_PHQ9), "9": concern.item_9}
    score = diary.record("PHQ9", Entry(answers, taken_at=at), at)
    alert = SafetyAlert.objects.get(source_id=score.pk)
    by = diary.prescriber
    if concern.taken_on_after is not None:
        taken_at = at + timedelta(minutes=4 * concern.taken_on_after)
        acknowledge_alert(alert=alert, by=by, now=taken_at)
    if concern.closed_after is not None:
        _close(alert, by, at + timedelta(hours=concern.closed_after))
        diary.decide_until(demo.now)


def _close(alert: SafetyAlert, by: Membership, at: datetime) -> None:
    close_alert(
        alert=alert,
        assessor=by,
        assessed_at=at - timedelta(minutes=20),
        risk=SafetyAlert.Risk.LOW,
        plan=PLAN,
        by=by,
        now=at,
    )


def _payers(demo: Demo) -> dict[str, Payer]:
    by = demo.people["Mona Reyes"]
    return {
        name: keep_payer(name=name, profile=profile, is_active=True, by=by)
        for name, profile in PAYERS.items()
    }


def _grant(demo: Demo, course: Course, row: GrantRow, payer: Payer) -> None:
    site = "harbor" if course.site == demo.sites["harbor"] else "elm"
    terms = Terms(
        payer=payer,
        reference=f"PA-{sum(map(ord, row.name)):05}",
        starts_on=demo.day(site, row.starts),
        ends_on=demo.day(site, row.ends),
        visits_granted=row.visits,
        evidence=RENEWAL,
        course=course,
    )
    at = demo.moment(site, row.starts, 15)
    began = max(at, course.created_at)
    record_authorization(patient=course.patient, terms=terms, by=demo.desk(site), now=began)
