"""Pages about scores: what is due, what was answered, one result, what is overdue where."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed, patient_for, sites_of
from clinic.charts import open_patient_ids
from clinic.models import Site
from clinic.rights import Right
from courses.access import course_for
from courses.assessments.access import assessment_for
from courses.assessments.selectors import (
    alerts_of,
    assessments_of_patient,
    completeness,
    dues_of_course,
    overdue_at,
)
from courses.assessments.standing import change_since_baseline
from courses.assessments.words import NOT_SCREENED, result_of
from courses.instruments import instrument, instruments
from courses.models import Assessment, AssessmentDue, Course

PAGE = 50
LONGEST_LIST = 200


@allowed(Right.VIEW_CLINICAL)
@require_GET
def of_patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Everything that the patient ever answered, newest first."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_CLINICAL)
    pages = Paginator(assessments_of_patient(patient), PAGE)
    found = pages.get_page(request.GET.get("page"))
    context = {
        "patient": patient,
        "page": found,
        "rows": [(one, instrument(one.instrument, one.instrument_version)) for one in found],
        "zone": patient.site.zone,
    }
    return render(request, "assessments/of_patient.html", context)


def _today(site: Site) -> date:
    return timezone.now().astimezone(site.zone).date()


@allowed(Right.VIEW_CLINICAL)
@require_GET
def assessment(request: MemberRequest, assessment_id: UUID) -> HttpResponse:
    """One result: total, band, change, parts, cautions, and who entered it."""
    found = assessment_for(request.membership, assessment_id, Right.VIEW_CLINICAL)
    if found.status == Assessment.Status.DRAFT:
        return redirect("courses:assessment_answer", found.pk)
    context = {
        "assessment": found,
        "patient": found.patient,
        "result": result_of(found),
        "change": change_since_baseline(found, now=timezone.now()),
        "alerts": alerts_of(found),
        "not_screened": NOT_SCREENED,
        "amended_by": Assessment.objects.filter(amends=found).first(),
        "zone": (found.course or found.patient).site.zone,
    }
    return render(request, "assessments/assessment.html", context)


@dataclass(slots=True)
class CourseScores:
    """What a course's card shows of its plan."""

    overdue: list[AssessmentDue] = field(default_factory=list)
    due: list[AssessmentDue] = field(default_factory=list)
    coming: list[AssessmentDue] = field(default_factory=list)
    done: list[AssessmentDue] = field(default_factory=list)
    missed: list[AssessmentDue] = field(default_factory=list)


@allowed(Right.VIEW_CLINICAL)
@require_GET
def of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """The course's scores: overdue, due, done, and how complete they are."""
    course = course_for(request.membership, course_id, Right.VIEW_CLINICAL)
    today = _today(course.site)
    context = {
        "course": course,
        "patient": course.patient,
        "scores": _sorted_by_time(course, today),
        "completeness": completeness(course, today),
        "names": {one.code: one.name for one in instruments()},
        "today": today,
        "zone": course.site.zone,
    }
    return render(request, "assessments/_of_course.html", context)


def _sorted_by_time(course: Course, today: date) -> CourseScores:
    found = CourseScores()
    for due in dues_of_course(course):
        _place_of(found, due, today).append(due)
    return found


def _place_of(found: CourseScores, due: AssessmentDue, today: date) -> list[AssessmentDue]:
    if due.status == AssessmentDue.Status.DONE:
        return found.done
    if due.status == AssessmentDue.Status.MISSED:
        return found.missed
    if due.due_from > today:
        return found.coming
    return found.overdue if due.due_to < today else found.due


@allowed(Right.VIEW_CLINICAL)
@require_GET
def overdue(request: MemberRequest) -> HttpResponse:
    """What is overdue at the sites at which the member may see scores, the longest first."""
    sites = list(sites_of(request.membership, Right.VIEW_CLINICAL))
    opened = open_patient_ids(request.membership, now=timezone.now())
    listed: dict[UUID, list[Any]] = defaultdict(list)
    for site in sites:
        rows = overdue_at([site.pk], _today(site), open_ids=opened)[:LONGEST_LIST]
        listed[site.pk] = [(due, instrument(due.instrument)) for due in rows]
    context = {
        "sites": [(site, _today(site), listed[site.pk]) for site in sites],
        "longest": LONGEST_LIST,
    }
    return render(request, "assessments/overdue.html", context)
