"""Rows of the clinical core, a module for each noun."""

from courses.models.alerts import AlertEvent, AlertNotice, OnCall, SafetyAlert
from courses.models.authorizations import (
    Authorization,
    CoverageWarning,
    Payer,
    SelfPayAgreement,
)
from courses.models.boosters import BoosterWindow, MaintenanceStep
from courses.models.courses import Course, CourseEvent
from courses.models.doses import Dose
from courses.models.holds import Hold
from courses.models.protocols import Protocol, ProtocolVersion
from courses.models.reviews import Baseline, Review
from courses.models.thresholds import ThresholdVersion

__all__ = [
    "AlertEvent",
    "AlertNotice",
    "Authorization",
    "Baseline",
    "BoosterWindow",
    "Course",
    "CourseEvent",
    "CoverageWarning",
    "Dose",
    "Hold",
    "MaintenanceStep",
    "OnCall",
    "Payer",
    "Protocol",
    "ProtocolVersion",
    "Review",
    "SafetyAlert",
    "SelfPayAgreement",
    "ThresholdVersion",
]
