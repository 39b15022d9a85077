"""Pages about patients: finding, reading, registering, editing."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed, choose_membership, patient_for, signed_in
from clinic.charts import open_patient_ids
from clinic.consents import has_consent
from clinic.consents.selectors import people_around
from clinic.errors import DomainError
from clinic.forms import (
    ContactFormSet,
    PatientForm,
    patient_values,
    show_refusal,
    typed_contacts,
)
from clinic.identity.rules import Identity
from clinic.identity.selectors import Match, charts_beside, likely_duplicates
from clinic.identity.services import tell_apart
from clinic.models import ConsentKind, Patient
from clinic.rights import Right
from clinic.selectors import contacts_as_typed, patient_page, windows_of
from clinic.services import register_patient, update_patient
from clinic.weeks import WeekForm


@allowed(Right.VIEW_PATIENTS)
@require_GET
def patients(request: MemberRequest) -> HttpResponse:
    """Everybody by name, and the search."""
    page = patient_page(
        member=request.membership,
        text="",
        open_ids=open_patient_ids(request.membership, now=timezone.now()),
    )
    return render(request, "clinic/patients.html", {"page": page, "text": ""})


@allowed(Right.VIEW_PATIENTS)
@require_POST
def patient_search(request: MemberRequest) -> HttpResponse:
    """The rows that fit what was typed; a POST, so that names stay out of addresses."""
    text = request.POST.get("text", "").replace("\0", "").strip()[:120]
    page = patient_page(
        member=request.membership,
        text=text,
        after=_uuid(request.POST.get("after")),
        open_ids=open_patient_ids(request.membership, now=timezone.now()),
    )
    whole = "clinic/patients.html"
    piece = "clinic/_patient_rows.html" if "after" in request.POST else "clinic/_patient_list.html"
    template = piece if request.htmx else whole
    return render(request, template, {"page": page, "text": text})


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@allowed(Right.VIEW_PATIENTS)
@require_GET
def patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """One patient; the floors above add courses and messages."""
    found = patient_for(request.membership, patient_id, Right.VIEW_PATIENTS)
    week = WeekForm.of_windows(windows_of(found))
    now = timezone.now()
    context = {
        "patient": found,
        "other_charts": charts_beside(found, member=request.membership, now=now),
        "week": week,
        "people": people_around(found, now=now),
        "may_detail": has_consent(found, ConsentKind.EMAIL_DETAIL, on=now),
    }
    return render(request, "clinic/patient.html", context)


@signed_in
@require_POST
def organization(request: MemberRequest) -> HttpResponse:
    """Work for another of one's own organisations from here on."""
    chosen = _uuid(request.POST.get("membership"))
    if chosen is None:
        raise Http404("No membership is named.")
    choose_membership(request, chosen)
    return redirect(settings.LOGIN_REDIRECT_URL)


class _Sheet:
    """The three forms of a patient's record, read and checked together."""

    def __init__(self, request: MemberRequest, known: Patient | None = None) -> None:
        data = request.POST if request.method == "POST" else None
        self.request = request
        self.known = known
        self.person = PatientForm(
            data,
            initial=patient_values(known) if known else {"site": request.session.get("site")},
            member=request.membership,
            today=timezone.localdate(),
            known=known,
        )
        lines = contacts_as_typed(known) if known else []
        start = [{name: getattr(line, name) for name in line.__slots__} for line in lines]
        self.contacts = ContactFormSet(data, initial=start, prefix="contacts")
        self.matches: list[Match] = []
        self.week = (
            WeekForm.of_post(request.POST)
            if data is not None
            else WeekForm.of_windows(windows_of(known) if known else [])
        )

    def save(self) -> Patient | None:
        """The patient as now recorded; none when something must be put right first."""
        if not all([self.person.is_valid(), self.contacts.is_valid(), self.week.is_valid()]):
            return None
        self.matches = self._likely()
        if not {str(one.patient.pk) for one in self.matches} <= self._shown():
            return None
        return self._saved()

    def _likely(self) -> list[Match]:
        """Whom the patient may be; shown before anything is saved, and it stops nobody."""
        typed = self.person.cleaned_data
        return likely_duplicates(
            Identity(**{name: typed[name] for name in Identity.__slots__}),
            member=self.request.membership,
            now=timezone.now(),
            known=self.known,
        )

    def _shown(self) -> set[str]:
        """The charts that were shown before: saving once more goes on."""
        return set(self.request.POST.getlist("shown"))

    def _saved(self) -> Patient | None:
        values = {
            "by": self.request.membership,
            "windows": self.week.windows,
            "contacts": typed_contacts(self.contacts),
            **self.person.cleaned_data,
        }
        try:
            if self.known:
                saved = update_patient(patient=self.known, **values)
            else:
                saved = register_patient(**values)
        except DomainError as exc:
            show_refusal(self.person, exc)
            return None
        if "apart" in self.request.POST:
            others = [match.patient for match in self.matches]
            tell_apart(patient=saved, others=others, by=self.request.membership, now=timezone.now())
        return saved

    def page(self) -> HttpResponse:
        """The form, with what was typed and what is wrong with it."""
        context = {
            "patient": self.known,
            "form": self.person,
            "contacts": self.contacts,
            "week": self.week,
            "matches": self.matches,
            "has_errors": self.person.errors or self.week.errors or any(self.contacts.errors),
        }
        status = 422 if context["has_errors"] or self.matches else 200
        return render(self.request, "clinic/patient_form.html", context, status=status)


@allowed(Right.EDIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def patient_new(request: MemberRequest) -> HttpResponse:
    """Register a patient; from there on to the patient, or straight to a course."""
    sheet = _Sheet(request)
    saved = sheet.save() if request.method == "POST" else None
    if saved is None:
        return sheet.page()
    messages.success(request, f"{saved} is registered.")
    to = "scheduling:course_new" if request.POST.get("then") == "course" else "clinic:patient"
    return redirect(to, saved.pk)


@allowed(Right.EDIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def patient_edit(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Change a patient's record."""
    known = patient_for(request.membership, patient_id, Right.EDIT_PATIENTS)
    sheet = _Sheet(request, known)
    saved = sheet.save() if request.method == "POST" else None
    if saved is None:
        return sheet.page()
    messages.success(request, "The changes are saved.")
    return redirect("clinic:patient", saved.pk)
