"""Reads: results of checks, and which are due for a course."""

from datetime import date, timedelta

from django.db.models import QuerySet

from clinic.identity.selectors import of_person
from clinic.models import Patient
from courses.checks.catalogue import check_of
from courses.checks.rules import COUNTS, Due, Known, checks_due
from courses.doses.selectors import doses_of_patient
from courses.models import CheckResult, Course, Finding
from courses.screening.ages import age_on
from courses.selectors import definition_of
from courses.thresholds.selectors import thresholds_of

MONTH = timedelta(days=30)
_ANSWERS = {"YES": True, "NO": False}


def results_of(patient: Patient) -> QuerySet[CheckResult]:
    """Every result that stands, the latest first."""
    rows = CheckResult.objects.filter(of_person(patient.pk), withdrawn_at=None)
    return rows.select_related("recorded_by").order_by("-on", "-recorded_at", "-pk")


def known_of(course: Course, on: date) -> Known:
    """What decides which checks the course needs on that day."""
    patient = course.patient
    done = results_of(patient).filter(result__in=COUNTS, on__lte=on).order_by("on")
    doses = doses_of_patient(patient).filter(counts=True, on__lte=on)
    given = list(doses.values_list("on", "course_id"))
    answers = _answers(patient)
    return Known(
        on=on,
        age=age_on(patient.birth_date, on),
        thresholds=thresholds_of(course.organization),
        has_cardiac_history=_ANSWERS.get(answers.get("ASK_CARDIAC", "")),
        could_be_pregnant=_ANSWERS.get(answers.get("ASK_PREGNANCY", "")),
        done=dict(done.values_list("kind", "on")),
        positive=dict(done.filter(result=CheckResult.Result.POSITIVE).values_list("kind", "on")),
        is_maintenance=_is_maintenance(course, sum(of == course.pk for _, of in given)),
        doses_last_month=sum(day > on - MONTH for day, _ in given),
    )


def due_for(course: Course, on: date) -> list[Due]:
    """How each check of the course stands on that day."""
    return checks_due(known_of(course, on))


def to_confirm(course: Course, on: date) -> list[str]:
    """What a clinician confirms, with the reason, before a dose on that day (DOMAIN 8.70)."""
    return [
        f"{check_of(one.check.prompted_by or '').label} positive on"
        f" {one.prompted_on:%-d %B %Y}, and no {one.check.label.lower()} since."
        for one in due_for(course, on)
        if one.prompted_on
    ]


def _is_maintenance(course: Course, given: int) -> bool:
    """Whether every dose before the protocol’s open-ended block has been given."""
    definition = definition_of(course.protocol_version)
    if definition.open_block is None:
        return False
    return given >= sum(block.doses or 0 for block in definition.blocks[:-1])


def _answers(patient: Patient) -> dict[str, str]:
    rows = Finding.objects.filter(
        of_person(patient.pk, "screening__course__patient"),
        code__in=("ASK_CARDIAC", "ASK_PREGNANCY"),
    )
    latest = rows.order_by("code", "-recorded_at", "-pk").distinct("code")
    return dict(latest.values_list("code", "answer"))
