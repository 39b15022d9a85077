"""Rows of the clinical core, a module for each noun."""

from courses.models.courses import Course, CourseEvent
from courses.models.doses import Dose
from courses.models.holds import Hold
from courses.models.protocols import Protocol, ProtocolVersion

__all__ = [
    "Course",
    "CourseEvent",
    "Dose",
    "Hold",
    "Protocol",
    "ProtocolVersion",
]
