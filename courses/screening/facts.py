"""What a screening goes by, gathered from its rows for the rules."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from clinic.consents.selectors import has_consent
from clinic.models import ConsentKind, Patient
from courses.assessments.selectors import ScorePoint, complete_scores
from courses.checks.rules import missing_at_baseline
from courses.checks.selectors import known_of
from courses.models import Course, Diagnosis, Finding, MedicationTrial, Screening
from courses.screening.catalogue import drug_column
from courses.screening.rules import Assessment, Facts, FindingFact, Severity, assess
from courses.screening.selectors import current_findings
from courses.screening.trials import Trial
from courses.selectors import definition_of
from courses.thresholds.selectors import thresholds_of

# Scores that can say how severe a depression is, the first found counts.
OF_SEVERITY = ("PHQ9", "MADRS", "QIDS_SR16")


def trials_of(patient: Patient) -> QuerySet[MedicationTrial]:
    """The patient's trials that stand, in the order in which they were begun."""
    rows = MedicationTrial.objects.filter(patient=patient, withdrawn_at=None)
    return rows.select_related("recorded_by").order_by("started_on", "recorded_at", "pk")


def diagnoses_of(patient: Patient) -> QuerySet[Diagnosis]:
    """The patient's diagnoses that stand, the primary one first."""
    rows = Diagnosis.objects.filter(patient=patient, withdrawn_at=None)
    return rows.select_related("recorded_by").order_by("-is_primary", "recorded_at", "pk")


def latest_severity(course: Course) -> ScorePoint | None:
    """The latest complete score of the course that says how severe it is."""
    points = complete_scores([course], OF_SEVERITY)
    return next((one for one in reversed(points) if one.total is not None), None)


@dataclass
class Sheet:
    """One screening with everything that it goes by, each read once."""

    screening: Screening
    course: Course
    now: datetime

    @cached_property
    def today(self) -> date:
        """The site's date."""
        return self.now.astimezone(self.course.site.zone).date()

    @cached_property
    def findings(self) -> dict[str, Finding]:
        """The answer that holds for each code."""
        return current_findings(self.screening)

    @cached_property
    def trials(self) -> list[MedicationTrial]:
        """Medication trials."""
        return list(trials_of(self.course.patient))

    @cached_property
    def diagnoses(self) -> list[Diagnosis]:
        """Coded diagnoses."""
        return list(diagnoses_of(self.course.patient))

    @cached_property
    def thresholds(self) -> Any:
        """The organisation's numbers."""
        return thresholds_of(self.course.organization)

    @cached_property
    def severity(self) -> Severity | None:
        """What was entered for this screening, else the latest score."""
        kept = self.screening
        if kept.severity_total is not None and kept.severity_on is not None:
            return Severity(kept.severity_instrument, kept.severity_total, kept.severity_on)
        score = latest_severity(self.course)
        if score is None or score.total is None:
            return None
        return Severity(score.instrument, score.total, score.on)

    @cached_property
    def facts(self) -> Facts:
        """The facts for the rules."""
        definition = definition_of(self.course.protocol_version)
        patient = self.course.patient
        consented = has_consent(
            patient,
            ConsentKind.TREATMENT,
            on=self.now,
            drug=definition.drug,
            route=definition.route,
        )
        return Facts(
            column=drug_column(definition.drug),
            birth_date=patient.birth_date,
            today=self.today,
            first_dose_on=max(self.today, self.course.earliest_on),
            indication=self.screening.indication,
            has_diagnosis=bool(self.diagnoses),
            has_consent=consented,
            thresholds=self.thresholds,
            allowed_indications=definition.indications,
            trials=[trial_fact(trial) for trial in self.trials],
            severity=self.severity,
            findings={code: _fact(row) for code, row in self.findings.items()},
            missing_checks=[
                check.label for check in missing_at_baseline(known_of(self.course, self.today))
            ],
            payer=self.screening.payer_profile,
        )

    @cached_property
    def result(self) -> Assessment:
        """What it comes to now."""
        return assess(self.facts)

    def basis(self) -> dict[str, Any]:
        """What was known, for the decision to keep: ids and codes."""
        severity = self.severity
        return {
            "findings": {code: row.answer for code, row in self.findings.items()},
            "trials": [str(row.pk) for row in self.trials],
            "diagnoses": [str(row.pk) for row in self.diagnoses],
            "severity": [severity.instrument, str(severity.total), severity.on.isoformat()]
            if severity
            else None,
            "thresholds": self.thresholds.number,
        }


def trial_fact(row: MedicationTrial) -> Trial:
    """A trial for the rules."""
    return Trial(
        name=row.name,
        kind=row.kind,
        stopped=row.stopped,
        max_daily_mg=row.max_daily_mg,
        min_effective_mg=row.min_effective_mg,
        weeks_at_dose=row.weeks_at_dose,
        was_taken_as_prescribed=row.was_taken_as_prescribed,
        improvement_percent=row.improvement_percent,
        is_current_episode=row.is_current_episode,
    )


def _fact(row: Finding) -> FindingFact:
    return FindingFact(row.answer, row.onset_on, row.override_until)
