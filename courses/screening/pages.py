"""What the pages of a screening show: its sections, each of which is saved and drawn by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clinic.access import MemberRequest
from clinic.errors import DomainError
from clinic.rights import Right, may
from courses.checks.selectors import due_for, results_of
from courses.models import CheckResult, Course, Finding, MedicationTrial, Screening
from courses.screening import catalogue
from courses.screening.catalogue import Contraindication, Criterion, Question
from courses.screening.facts import Sheet, trial_fact
from courses.screening.forms import (
    AnswersForm,
    CheckForm,
    DecisionForm,
    DiagnosisForm,
    InErrorForm,
    OverrideForm,
    SectionForm,
    TermsForm,
    TrialForm,
    terms_values,
    trial_values,
)
from courses.screening.payers import Profile, profiles_on
from courses.screening.reasons import Effect
from courses.screening.rules import may_decide, weight_of
from courses.screening.trials import TrialCount, Verdict, count, verdict
from courses.selectors import definition_of

SECTIONS = ("terms", "trials", "checklist", "checks", "decision")
# What is asked of a prescriber when they go on for so long by default.
FIRST_UNTIL = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist."""

    entry: Contraindication | Criterion | Question
    weight: str
    field: forms.BoundField
    note: forms.BoundField
    onset: forms.BoundField | None
    document: forms.BoundField | None
    row: Finding | None

    @property
    def can_override(self) -> bool:
        """Whether a prescriber can go on despite it."""
        return self.row is not None and (self.row.answer, self.row.weight) == ("YES", "REL")


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one system."""

    name: str
    label: str
    lines: list[Line]

    @property
    def answered(self) -> int:
        """How many have an answer."""
        return sum(line.row is not None for line in self.lines)


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One medication trial with how it counts under each profile, and its form."""

    row: MedicationTrial
    verdicts: list[tuple[Profile, Verdict]]
    form: TrialForm


def sheet_of(screening: Screening) -> Sheet:
    """The screening with everything that it goes by, now."""
    return Sheet(screening, screening.course, timezone.now())


def draw(
    request: MemberRequest, sheet: Sheet, name: str, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """A section after it was saved or refused; without script the whole page, or back to it."""
    if not request.htmx and status == 200:
        address = redirect("courses:screening", sheet.screening.pk)
        address["Location"] += f"#{name}"
        return address
    context = page_context(request, sheet, **extra)
    template = f"screening/_{name}.html" if request.htmx else "screening/screening.html"
    answer = render(request, template, context, status=status)
    if status == 200:
        # The result beside the sections goes with it.
        answer.content += render(request, "screening/_result_beside.html", context).content
    return answer


def record_and_draw(
    request: MemberRequest,
    screening: Screening,
    form: SectionForm,
    record: Callable[..., Any],
    section: str,
    kind: str,
) -> HttpResponse:
    """Record of the patient what the form says, and draw the section; a refused form stays typed.

    The page knows the form as `<kind>_form`.
    """
    if form.is_valid():
        patient, by = screening.course.patient, request.membership
        try:
            record(patient=patient, by=by, now=timezone.now(), **form.cleaned_data)
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
    if form.errors:
        refused = {f"{kind}_form": form}
        return draw(request, sheet_of(screening), section, status=422, **refused)
    return draw(request, sheet_of(screening), section)


def page_context(request: MemberRequest, sheet: Sheet, **extra: Any) -> dict[str, Any]:
    """Everything that the page and its sections show; `extra` are forms that were refused."""
    course, member = sheet.course, request.membership
    context = {
        "screening": sheet.screening,
        "course": course,
        "patient": course.patient,
        "zone": course.site.zone,
        "today": sheet.today,
        "sheet": sheet,
        "may_record": may(member, Right.RECORD, course.site),
        "may_decide": may(member, Right.DECIDE, course.site),
        "may_override": may(member, Right.OVERRIDE, course.site),
        "may_sign": may(member, Right.SIGN_THRESHOLDS, course.site),
        **_terms(sheet),
        **_trials(sheet),
        **_checklist(sheet),
        **_checks(sheet),
        **result_context(sheet),
        "decision_form": decision_form(sheet),
    }
    context |= extra
    context["outcome_choices"] = list(outcomes(sheet, context["decision_form"]))
    if "answers_form" in extra:
        context["groups"] = groups_of(sheet, extra["answers_form"])
    return context


def result_context(sheet: Sheet) -> dict[str, Any]:
    """What it comes to, with its reasons by what they do."""
    result = sheet.result
    return {
        "result": result,
        "outcome_label": Screening.Status(result.outcome).label,
        "effects": [
            (label, result.with_effect(effect))
            for effect, label in EFFECTS
            if result.with_effect(effect)
        ],
    }


EFFECTS = (
    (Effect.NOT_ELIGIBLE, "Stands against it"),
    (Effect.DEFERRED, "Has to be settled first"),
    (Effect.CONDITIONAL, "Asks for a condition"),
    (Effect.NOTE, "The payer asks"),
)


def terms_form(sheet: Sheet, data: Any = None) -> TermsForm:
    """The form of indication and severity."""
    definition = definition_of(sheet.course.protocol_version)
    return TermsForm(
        data,
        allowed=definition.indications,
        today=sheet.today,
        initial=terms_values(sheet.screening),
        prefix=None,
    )


def _terms(sheet: Sheet) -> dict[str, Any]:
    return {
        "terms_form": terms_form(sheet),
        "diagnoses": sheet.diagnoses,
        "diagnosis_form": DiagnosisForm(auto_id="diagnosis_%s"),
        "severity": sheet.severity,
    }


def _trials(sheet: Sheet) -> dict[str, Any]:
    profiles = profiles_on(sheet.today)
    return {
        "profiles": profiles,
        "trial_lines": [_trial_line(row, profiles, sheet) for row in sheet.trials],
        "trial_counts": trial_counts(sheet, profiles),
        "trial_form": TrialForm(auto_id="trial_%s", initial={"is_current_episode": True}),
    }


def trial_counts(sheet: Sheet, profiles: list[Profile]) -> list[tuple[Profile, TrialCount]]:
    """Whether enough trials failed, by each profile."""
    facts = [trial_fact(row) for row in sheet.trials]
    return [(one, count(facts, one, sheet.thresholds)) for one in profiles]


def _trial_line(row: MedicationTrial, profiles: list[Profile], sheet: Sheet) -> TrialLine:
    fact = trial_fact(row)
    verdicts = [(one, verdict(fact, one, sheet.thresholds)) for one in profiles]
    form = TrialForm(auto_id=f"trial_{row.pk}_%s", initial=trial_values(row))
    return TrialLine(row, verdicts, form)


def _checklist(sheet: Sheet) -> dict[str, Any]:
    form = AnswersForm(known=sheet.findings)
    groups = groups_of(sheet, form)
    return {
        "answers_form": form,
        "groups": groups,
        "answered": sum(group.answered for group in groups),
        "asked": sum(len(group.lines) for group in groups),
        "computed": [one for one in sheet.result.reasons if one.code in ("CI_MINOR", "CI_AGE_OLD")],
        "old_age": sheet.findings.get("CI_AGE_OLD"),
        "override_form": OverrideForm(auto_id=False, initial={"until": sheet.today + FIRST_UNTIL}),
        "error_form": InErrorForm(auto_id=False),
        "has_earlier": _has_earlier(sheet),
    }


def groups_of(sheet: Sheet, form: AnswersForm) -> list[Group]:
    """The checklist by systems, with what there is to know first."""
    asked = [_line(one, sheet, form) for one in catalogue.questions() if _is_asked(one, sheet)]
    groups = [Group("about", "About the patient", asked)]
    for system in catalogue.contraindications().systems:
        entries = [one for one in catalogue.answered() if one.system == system.name]
        lines = [_line(one, sheet, form) for one in entries]
        if lines:
            groups.append(Group(system.name, system.label, lines))
    return groups


def _is_asked(one: Criterion | Question, sheet: Sheet) -> bool:
    return not isinstance(one, Criterion) or one.holds_for(sheet.screening.indication)


def _line(entry: Contraindication | Criterion | Question, sheet: Sheet, form: AnswersForm) -> Line:
    row = sheet.findings.get(entry.code)
    return Line(
        entry=entry,
        weight=_weight(entry, sheet, row),
        field=form[entry.code],
        note=form[f"{entry.code}_note"],
        onset=_optional(form, f"{entry.code}_onset"),
        document=_optional(form, f"{entry.code}_document"),
        row=row,
    )


def _weight(
    entry: Contraindication | Criterion | Question, sheet: Sheet, row: Finding | None
) -> str:
    if not isinstance(entry, Contraindication):
        return ""
    onset = row.onset_on if row else None
    return weight_of(entry, sheet.facts.column, onset, sheet.today, sheet.thresholds)


def _optional(form: AnswersForm, name: str) -> forms.BoundField | None:
    return form[name] if name in form.fields else None


def _has_earlier(sheet: Sheet) -> bool:
    rows = Screening.objects.filter(course__patient=sheet.course.patient_id)
    return rows.exclude(pk=sheet.screening.pk).exists()


def _checks(sheet: Sheet) -> dict[str, Any]:
    latest: dict[str, CheckResult] = {}
    for row in results_of(sheet.course.patient):
        latest.setdefault(row.kind, row)
    due = due_for(sheet.course, sheet.today)
    return {
        "check_lines": [(one, latest.get(one.check.kind), one.is_due(sheet.today)) for one in due],
        "check_form": CheckForm(auto_id="check_%s", initial={"on": sheet.today}),
    }


def decision_form(sheet: Sheet, data: Any = None) -> DecisionForm:
    """The form of the decision; what the findings do not allow cannot be chosen."""
    initial = {"outcome": sheet.result.outcome}
    return DecisionForm(data, initial=initial)


def outcomes(sheet: Sheet, form: DecisionForm) -> Iterator[tuple[Any, bool]]:
    """Each decision as a radio button, and whether the findings allow it."""
    for radio in form["outcome"]:
        yield radio, may_decide(sheet.result.outcome, radio.data["value"])


def course_context(request: MemberRequest, course: Course) -> dict[str, Any]:
    """Who may do what about the screening of a course."""
    member = request.membership
    return {
        "course": course,
        "patient": course.patient,
        "zone": course.site.zone,
        "may_see": may(member, Right.VIEW_CLINICAL, course.site),
        "may_record": may(member, Right.RECORD, course.site),
        "may_decide": may(member, Right.DECIDE, course.site),
    }
