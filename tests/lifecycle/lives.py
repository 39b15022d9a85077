"""Making things happen to courses: protocols with rules, doses given, days passing."""

from datetime import date, datetime, time, timedelta
from typing import Any

from clinic.consents.selectors import text_in_use
from clinic.consents.services import Scope, Signature, install_texts, record_consent
from courses.assessments.services import Entry, enter_scores
from courses.models import Assessment, Course, Dose
from sessions.models import Session
from sessions.services import change_status
from tests.assessments.making import phq9
from tests.factories import NOW, Clinic, small_definition

DAY = timedelta(days=1)
WHY = "Because it is right here"
# DOMAIN 2.7, racemic ketamine; the numbers of IV_2W3 in 2.1.
MISSED = [
    {"from_days": 0, "to_days": 5, "asks": "NOTHING"},
    {"from_days": 6, "to_days": 7, "asks": "NOTE"},
    {
        "from_days": 8,
        "to_days": 14,
        "asks": "DECISION",
        "options": ["CONTINUE", "ADD_1", "ADD_2"],
        "needs": ["SCORE"],
    },
    {
        "from_days": 15,
        "to_days": 28,
        "asks": "DECISION",
        "options": ["CONTINUE", "RESTART"],
        "needs": ["SAME_DAY_SCREEN"],
    },
    {
        "from_days": 29,
        "asks": "DECISION",
        "options": ["RESTART", "RESUME", "RESCREEN"],
        "needs": ["RESCREEN", "CONSENT"],
        "interrupts": True,
    },
]
# DOMAIN 2.10: three racemic doses in seven days, a default of nobody's.
CAPS = [{"doses": 3, "days": 7}]


def definition_with_rules(**changes: Any) -> dict[str, Any]:
    """Six doses that may become eight, with the tables for lapses and caps."""
    content = small_definition(doses=6, missed=MISSED, caps=CAPS)
    content["blocks"][0] |= {"doses_min": 6, "doses_max": 8}
    content["integration"]["holds_after_missed"] = 2
    return content | changes


def dose_of(course: Course, seq: int) -> Session:
    """The course's live dosing visit of that number."""
    return course.visits.live().select_related("site", "course").get(kind="dosing", seq=seq)


def give(visit: Session, clinic: Clinic) -> Dose:
    """Take the visit through its steps at its time, as staff do."""
    begins = visit.starts_at
    for to, minutes in (("ARRIVED", 0), ("IN_PROGRESS", 15), ("OBSERVING", 60), ("DONE", 120)):
        now = begins + timedelta(minutes=minutes)
        change_status(visit=visit, to=to, by=clinic.nurse, now=now)
    return Dose.objects.get(visit_id=visit.pk)


def give_until(course: Course, clinic: Clinic, *, seq: int) -> Dose:
    """Give the course's doses up to that number."""
    for number in range(1, seq + 1):
        last = give(dose_of(course, number), clinic)
    return last


def at(day: date, course: Course, *, hour: int = 9) -> datetime:
    """That hour of the day at the course's site."""
    return datetime.combine(day, time(hour), course.site.zone)


def kinds(course: Course) -> list[str]:
    """What the course's timeline says, oldest first."""
    return list(course.events.order_by("at", "pk").values_list("kind", flat=True))


def scored_after(dose: Dose, clinic: Clinic, *, now: datetime) -> Assessment:
    """A complete PHQ-9 of the dose's patient at that moment, as DOMAIN 2.7 asks after a lapse."""
    entry = Entry(answers=phq9(), taken_at=now)
    return enter_scores(
        patient=dose.patient, code="PHQ9", entry=entry, by=clinic.nurse, now=now, course=dose.course
    )


def sign(course: Course, clinic: Clinic, now: datetime) -> None:
    """The patient signs a consent to any treatment."""
    install_texts(organization=clinic.organization, now=NOW)
    text = text_in_use(clinic.organization.pk, "TREATMENT", "en")
    assert text
    record_consent(
        patient=course.patient,
        text=text,
        signature=Signature(now, "PAPER"),
        scope=Scope(),
        by=clinic.desk,
        now=now,
    )
