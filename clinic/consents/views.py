"""Pages about a patient's consents: how they stand, recording one, one on paper."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from clinic.access import MemberRequest, allowed, patient_for
from clinic.consents.access import consent_for, text_for
from clinic.consents.forms import ConsentForm
from clinic.consents.selectors import consent_lines, consents_of, line_of, texts_in_use
from clinic.consents.services import record_consent
from clinic.consents.words import blocks, lines_to_fill
from clinic.errors import DomainError
from clinic.models import ConsentKind, ConsentText, Patient
from clinic.rights import Right, may


@allowed(Right.VIEW_PATIENTS)
@require_GET
def of_patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """How each kind of consent stands: a piece of the patient's page."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_PATIENTS)
    texts = _texts_for(patient)
    kinds = consent_lines(patient, now=timezone.now())
    context = {
        "patient": patient,
        "kinds": [(kind, texts.get(kind.kind)) for kind in kinds],
        "may_record": may(request.membership, Right.RECORD_CONSENT, patient.site),
    }
    return render(request, "consents/_of_patient.html", context)


def _texts_for(patient: Patient) -> dict[str, ConsentText]:
    """The text of each kind that this patient reads: in their language where there is one."""
    texts = texts_in_use(patient.organization_id)
    texts.sort(key=lambda text: text.language == patient.language)
    return {text.kind: text for text in texts}


@allowed(Right.VIEW_PATIENTS)
@require_GET
def history(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Everything that the patient ever signed."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_PATIENTS)
    now, zone = timezone.now(), patient.site.zone
    lines = [line_of(record, now, zone) for record in consents_of(patient)]
    context = {"patient": patient, "lines": lines, "zone": zone}
    return render(request, "consents/history.html", context)


@allowed(Right.VIEW_PATIENTS)
@require_GET
def consent(request: MemberRequest, consent_id: UUID) -> HttpResponse:
    """One consent with the text that was signed."""
    record = consent_for(request.membership, consent_id, Right.VIEW_PATIENTS)
    patient = record.patient
    line = line_of(record, timezone.now(), patient.site.zone)
    may_record = may(request.membership, Right.RECORD_CONSENT, patient.site)
    context = {
        "patient": patient,
        "record": record,
        "line": line,
        "text": record.text,
        "blocks": list(blocks(record.text.body)),
        "zone": patient.site.zone,
        "may_withdraw": may_record and line.stands,
    }
    return render(request, "consents/consent.html", context)


def _published(request: MemberRequest, text_id: UUID) -> ConsentText:
    text = text_for(request.membership, text_id)
    if text.published_at is None:
        raise Http404("Nobody signs a draft.")
    return text


@allowed(Right.RECORD_CONSENT)
@require_http_methods(["GET", "POST"])
def record(request: MemberRequest, patient_id: UUID, text_id: UUID) -> HttpResponse:
    """Record that the patient agreed to a text."""
    patient = patient_for(request.membership, patient_id, Right.RECORD_CONSENT)
    text = _published(request, text_id)
    data = request.POST if request.method == "POST" else None
    now = timezone.now()
    form = ConsentForm(data, patient=patient, text=text, member=request.membership, now=now)
    if not form.is_valid():
        return _form_page(request, patient, text, form)
    try:
        made = record_consent(
            patient=patient,
            text=text,
            signature=form.signature,
            scope=form.scope,
            until=form.cleaned_data["until"],
            by=request.membership,
            now=now,
        )
    except DomainError as exc:
        form.refuse(exc.field, str(exc))
        return _form_page(request, patient, text, form)
    messages.success(request, f"Recorded: {made.get_kind_display().lower()}.")
    return redirect("consents:consent", made.pk)


def _form_page(
    request: MemberRequest, patient: Patient, text: ConsentText, form: ConsentForm
) -> HttpResponse:
    versions = ConsentText.objects.filter(
        organization_id=text.organization_id, kind=text.kind, published_at__isnull=False
    ).order_by("language", "-number")
    in_use = {one.pk for one in texts_in_use(text.organization_id)}
    context: dict[str, Any] = {
        "patient": patient,
        "text": text,
        "blocks": list(blocks(text.body)),
        "form": form,
        "kind": ConsentKind(text.kind),
        "in_use": [one for one in versions if one.pk in in_use],
        "earlier": [one for one in versions if one.pk not in in_use],
        "is_in_use": text.pk in in_use,
    }
    return render(request, "consents/record.html", context, status=422 if form.errors else 200)


@allowed(Right.RECORD_CONSENT)
@require_GET
def paper(request: MemberRequest, patient_id: UUID, text_id: UUID) -> HttpResponse:
    """A text with the patient's name and lines to sign on, to be printed."""
    patient = patient_for(request.membership, patient_id, Right.RECORD_CONSENT)
    text = _published(request, text_id)
    context = {
        "patient": patient,
        "text": text,
        "blocks": list(blocks(text.body)),
        "lines": lines_to_fill(text.kind, text.language),
    }
    return render(request, "consents/paper.html", context)
