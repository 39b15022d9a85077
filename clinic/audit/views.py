"""Pages of the history: of a patient, as a file too, and of the configuration."""

from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed, patient_for, sites_of
from clinic.audit.exporting import history_file
from clinic.audit.forms import HistoryFilter
from clinic.audit.history import Page, configuration_history, patient_history
from clinic.audit.openings import log_opening
from clinic.audit.reading import acts_of, lines_of
from clinic.models import ChartOpening, Patient
from clinic.rights import Right, may, require


@allowed(Right.VIEW_AUDIT)
@require_GET
def of_patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Who saw the chart of a patient, and who changed what of it."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_AUDIT)
    chosen, zone = _filter(request, of_patients=True), patient.site.zone
    page = patient_history(patient, chosen.wanted(zone), before=_before(request))
    context = {
        "patient": patient,
        "may_export": may(request.membership, Right.EXPORT, patient.site),
        **_shown(request, page, zone, chosen, clinical=_sees_clinical(request, patient)),
    }
    return render(request, "audit/patient.html", context)


@allowed(Right.EXPORT)
@require_GET
def as_file(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """The same as a file, whole; taking it is noted."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_AUDIT)
    require(request.membership, Right.EXPORT, patient.site)
    log_opening(request.membership, patient, via=ChartOpening.Via.EXPORT)
    wanted = _filter(request, of_patients=True).wanted(patient.site.zone)
    lines = history_file(patient, wanted, clinical=_sees_clinical(request, patient))
    # Named by the day alone: a name on the disk would tell of the patient.
    name = f"history-{timezone.now():%Y-%m-%d}.csv"
    answer = StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    return cast(HttpResponse, answer)


@allowed(Right.VIEW_AUDIT, everywhere=True)
@require_GET
def of_configuration(request: MemberRequest) -> HttpResponse:
    """Who changed what of the sites, the staff, the protocols and the settings."""
    member = request.membership
    chosen, zone = _filter(request, of_patients=False), _zone_of(request)
    page = configuration_history(
        member.organization_id, chosen.wanted(zone), before=_before(request)
    )
    context = _shown(request, page, zone, chosen, clinical=may(member, Right.VIEW_CLINICAL))
    return render(request, "audit/configuration.html", context)


def _filter(request: MemberRequest, *, of_patients: bool) -> HistoryFilter:
    organization_id = request.membership.organization_id
    return HistoryFilter(request.GET, organization_id=organization_id, of_patients=of_patients)


def _shown(
    request: MemberRequest, page: Page, zone: ZoneInfo, chosen: HistoryFilter, *, clinical: bool
) -> dict[str, object]:
    said = {key: str(value) for key, value in request.GET.items() if key in chosen.fields and value}
    return {
        "acts": acts_of(lines_of(page.rows, zone=zone, clinical=clinical)),
        "zone": zone,
        "filter": chosen,
        "is_filtered": bool(said),
        "is_later_page": _before(request) is not None,
        "filter_query": urlencode(said),
        "older_query": urlencode({**said, "before": str(page.before)}) if page.before else "",
    }


def _sees_clinical(request: MemberRequest, patient: Patient) -> bool:
    return may(request.membership, Right.VIEW_CLINICAL, patient.site)


def _zone_of(request: MemberRequest) -> ZoneInfo:
    """The clock of the reader's first site."""
    site = sites_of(request.membership, Right.VIEW_AUDIT).first()
    return site.zone if site else ZoneInfo("UTC")


def _before(request: MemberRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
