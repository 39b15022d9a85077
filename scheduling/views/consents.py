"""Withdrawing a consent: what it calls off is shown first, and done with it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed
from clinic.consents.access import consent_for
from clinic.consents.forms import WithdrawForm
from clinic.consents.selectors import line_of
from clinic.errors import DomainError
from clinic.models import ConsentRecord
from clinic.rights import Right
from scheduling.selectors.consents import doses_at_stake
from scheduling.services import EndedConsent, end_consent


@allowed(Right.RECORD_CONSENT)
@require_http_methods(["GET", "POST"])
def consent_withdraw(request: MemberRequest, consent_id: UUID) -> HttpResponse:
    """Ask whether the consent is withdrawn, with the visits that go; then do both at once."""
    record = consent_for(request.membership, consent_id, Right.RECORD_CONSENT)
    form = WithdrawForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _page(request, record, form)
    reason = form.cleaned_data["reason"]
    try:
        ended = end_consent(record=record, by=request.membership, now=timezone.now(), reason=reason)
    except DomainError as exc:
        form.add_error(None, str(exc))
        return _page(request, record, form, status=409)
    messages.success(request, _told(ended))
    return redirect("consents:consent", record.pk)


def _told(ended: EndedConsent) -> str:
    number = len(ended.visits)
    if not number:
        return "The consent is withdrawn."
    visits = "1 visit is" if number == 1 else f"{number} visits are"
    patient = ended.visits[0].patient
    is_written_to = patient.email and patient.email_reminders
    how = "The patient is told by e-mail." if is_written_to else "No e-mail goes out: please call."
    return f"The consent is withdrawn, and {visits} cancelled. {how}"


def _page(
    request: MemberRequest, record: ConsentRecord, form: WithdrawForm, status: int = 200
) -> HttpResponse:
    zone, now = record.patient.site.zone, timezone.now()
    context = {
        "record": record,
        "patient": record.patient,
        "line": line_of(record, now, zone),
        "stake": doses_at_stake(record, now=now),
        "form": form,
    }
    status = 422 if form.errors and status == 200 else status
    return render(request, "scheduling/consent_withdraw.html", context, status=status)
