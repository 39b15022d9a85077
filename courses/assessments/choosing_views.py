"""The page on which it is chosen what is answered now, and beginning it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed, patient_for
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.models import Patient, Site
from clinic.rights import Right
from courses.access import course_for
from courses.assessments.forms import StartForm
from courses.assessments.selectors import due_now
from courses.assessments.services import start_assessment
from courses.instruments import instrument, instruments
from courses.models import Assessment, AssessmentDue


@allowed(Right.RECORD)
@require_GET
def choose(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Choose what is answered: what is due first, then everything that there is."""
    return _page(request, patient_for(request.membership, patient_id, Right.RECORD))


@allowed(Right.RECORD)
@require_POST
def start(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Begin answering an instrument, or go on with today's draft."""
    member = request.membership
    patient = patient_for(member, patient_id, Right.RECORD)
    form = StartForm(request.POST)
    if not form.is_valid():
        return _page(request, patient, form)
    said = form.cleaned_data
    course = course_for(member, said["course"], Right.RECORD) if said["course"] else None
    try:
        draft = start_assessment(
            patient=patient,
            code=said["instrument"],
            course=course,
            mode=said["mode"],
            point=said["point"],
            by=member,
            now=timezone.now(),
        )
    except DomainError as exc:
        show_refusal(form, exc)
        return _page(request, patient, form)
    return redirect("courses:assessment_answer", draft.pk)


def _page(
    request: MemberRequest, patient: Patient, refused: StartForm | None = None
) -> HttpResponse:
    """The page; what was refused stands beside the line that it was asked for."""
    dues = [
        (due, instrument(due.instrument), _faults(refused, due.instrument, due))
        for due in due_now(patient, _today(patient.site))
    ]
    every = [(used, _faults(refused, used.code)) for used in instruments()]
    is_beside = any(row[-1] for row in (*dues, *every))
    context = {
        "patient": patient,
        "today": _today(patient.site),
        "dues": dues,
        "instruments": every,
        "faults": [] if is_beside else _words(refused),
        "drafts": [
            (draft, instrument(draft.instrument, draft.instrument_version))
            for draft in Assessment.objects.drafts().filter(patient=patient).order_by("started_at")
        ],
        "zone": patient.site.zone,
    }
    status = 422 if refused else 200
    return render(request, "assessments/choose.html", context, status=status)


def _faults(refused: StartForm | None, code: str, due: AssessmentDue | None = None) -> list[str]:
    """What was refused of this line: of the instrument alone, or of what is due."""
    asked = (code, str(due.course_id), due.point) if due else (code, "", "")
    sent: tuple[Any, ...] = (
        tuple(refused[name].value() or "" for name in ("instrument", "course", "point"))
        if refused
        else ()
    )
    return _words(refused) if sent == asked else []


def _words(refused: StartForm | None) -> list[str]:
    if refused is None:
        return []
    return [str(fault) for faults in refused.errors.values() for fault in faults]


def _today(site: Site) -> date:
    return timezone.now().astimezone(site.zone).date()
