"""Rows of the clinical core, a module for each noun."""

from courses.models.alerts import AlertEvent, AlertNotice, OnCall, SafetyAlert
from courses.models.assessments import Assessment, AssessmentDue
from courses.models.authorizations import (
    Authorization,
    CoverageWarning,
    Payer,
    SelfPayAgreement,
)
from courses.models.boosters import BoosterWindow, MaintenanceStep
from courses.models.courses import Course, CourseEvent
from courses.models.doses import Dose
from courses.models.histories import CheckResult, Diagnosis, MedicationTrial
from courses.models.holds import Hold
from courses.models.lapses import CapOverride, LapseDecision
from courses.models.protocols import Protocol, ProtocolVersion
from courses.models.reviews import Baseline, Review
from courses.models.screening import Condition, Finding, RescreenReason, Screening
from courses.models.thresholds import ThresholdVersion
from courses.models.visit_reasons import VisitReason

__all__ = [
    "AlertEvent",
    "AlertNotice",
    "Assessment",
    "AssessmentDue",
    "Authorization",
    "Baseline",
    "BoosterWindow",
    "CapOverride",
    "CheckResult",
    "Condition",
    "Course",
    "CourseEvent",
    "CoverageWarning",
    "Diagnosis",
    "Dose",
    "Finding",
    "Hold",
    "LapseDecision",
    "MaintenanceStep",
    "MedicationTrial",
    "OnCall",
    "Payer",
    "Protocol",
    "ProtocolVersion",
    "RescreenReason",
    "Review",
    "SafetyAlert",
    "Screening",
    "SelfPayAgreement",
    "ThresholdVersion",
    "VisitReason",
]
