"""Starting a course: protocol, dates, therapist and the patient's times on one page."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed, patient_for, site_for, sites_of
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.models import Patient, Site
from clinic.rights import Right, may
from clinic.selectors import windows_of
from clinic.weeks import WeekForm
from courses.access import course_for
from courses.models import Course
from courses.selectors import definition_of
from scheduling.cards import protocol_card
from scheduling.forms import FIRST_DOSE_WITHIN, CourseForm
from scheduling.models import Proposal
from scheduling.services.starting import begin_course

# What a course is for, only clinicians read.
UNSEEN = ("indication", "goal")


class _Terms:
    """What the page asks, for a first course or again for a draft that did not fit."""

    def __init__(self, request: MemberRequest, patient: Patient) -> None:
        self.request = request
        self.patient = patient
        self.again = self._draft()
        # Who may not read what the draft is for neither sees it here nor takes it away.
        self.keeps_unseen = self.again is not None and not may(
            request.membership, Right.VIEW_CLINICAL, patient
        )
        self.site = self._site()
        data = request.POST if request.method == "POST" else None
        self.form = CourseForm(
            data, initial=self._initial(), member=request.membership, site=self.site
        )
        self.may_edit = may(request.membership, Right.EDIT_PATIENTS, patient)
        # Times that were not sent, or may not be changed, stay as they are.
        self.has_week = self.may_edit and WeekForm.is_in(request.POST)
        self.week = (
            WeekForm.of_post(request.POST)
            if self.has_week
            else WeekForm.of_windows(windows_of(patient))
        )

    def _draft(self) -> Course | None:
        text = self.request.GET.get("again", "")
        if not _is_uuid(text):
            return None
        course = course_for(self.request.membership, UUID(text), Right.BOOK)
        return course if course.patient_id == self.patient.pk else None

    def _site(self) -> Site:
        asked = self.request.POST.get("site") or self.request.GET.get("site") or ""
        if _is_uuid(asked):
            return site_for(self.request.membership, UUID(asked), Right.BOOK)
        usual = self.again.site if self.again else self.patient.site
        bookable = sites_of(self.request.membership, Right.BOOK)
        return bookable.filter(pk=usual.pk).first() or bookable[0]

    def _initial(self) -> dict[str, Any]:
        here = timezone.now().astimezone(self.site.zone).date()
        if course := self.again:
            earliest = max(course.earliest_on, here)
            asked = _date(self.request.GET.get("latest", ""))
            return {
                "site": self.site.pk,
                "protocol_version": course.protocol_version_id,
                "earliest_on": earliest,
                "latest_first_on": max(asked or course.latest_first_on, earliest),
                "lead_therapist": course.lead_therapist_id,
                "lead_prescriber": course.lead_prescriber_id,
                **{name: getattr(course, name) for name in self._shown()},
            }
        earliest = here + timedelta(days=1)
        return {
            "site": self.site.pk,
            "earliest_on": earliest,
            "latest_first_on": earliest + FIRST_DOSE_WITHIN,
        }

    def begin(self) -> Proposal | None:
        """The proposal that was asked for; none when something must be put right first."""
        if not all([self.form.is_valid(), self.week.is_valid()]):
            return None
        try:
            return begin_course(
                patient=self.patient,
                windows=self.week.windows if self.has_week else None,
                instead_of=self.again,
                by=self.request.membership,
                now=timezone.now(),
                **self._said(),
            )
        except DomainError as exc:
            show_refusal(self.form, exc)
            return None

    def _shown(self) -> list[str]:
        return [name for name in CourseForm.LATER if not (self.keeps_unseen and name in UNSEEN)]

    def _said(self) -> dict[str, Any]:
        """What was typed, and for who may not read it what the draft said, as far as it fits."""
        said: dict[str, Any] = dict(self.form.cleaned_data)
        if not self.keeps_unseen or self.again is None:
            return said
        kept = {name: getattr(self.again, name) for name in UNSEEN if not said[name]}
        listed = definition_of(said["protocol_version"]).indications
        if listed and kept.get("indication") not in listed:
            kept.pop("indication", None)
        return said | kept

    def page(self) -> HttpResponse:
        """The page, with what was typed and what is wrong with it."""
        has_errors = bool(self.form.errors or self.week.errors)
        chosen = self.form["protocol_version"].value()
        context = {
            "patient": self.patient,
            "form": self.form,
            "week": self.week,
            "may_edit": self.may_edit,
            "site": self.site,
            "again": self.again,
            "keeps_unseen": self.keeps_unseen,
            "cards": [protocol_card(version) for version in self.form.versions],
            "chosen": str(chosen or ""),
            "has_errors": has_errors,
        }
        status = 422 if has_errors else 200
        return render(self.request, "scheduling/course_new.html", context, status=status)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@allowed(Right.BOOK)
@require_http_methods(["GET", "POST"])
def course_new(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Ask for the terms of a course; with them, ask a worker for its schedule."""
    terms = _Terms(request, patient_for(request.membership, patient_id, Right.BOOK))
    proposal = terms.begin() if request.method == "POST" else None
    if proposal is None:
        return terms.page()
    return redirect("scheduling:proposal", proposal.pk)
