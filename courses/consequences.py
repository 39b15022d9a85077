"""What follows from a dose and from a score, in the same transaction; each noun adds its call."""

from datetime import datetime
from typing import Any

from clinic.models import Membership
from courses.assessments.dues import forget_dose, refresh_dues
from courses.models import Course, Dose
from courses.response.following import follow_dose, follow_score, follow_thoughts


def after_dose(*, course: Course, dose: Dose, by: Membership | None, now: datetime) -> None:
    """Set off what a recorded dose of the course asks for: baseline, reviews, scores, windows."""
    refresh_dues(course=course, now=now)
    follow_dose(course=course, dose=dose, now=now)


def after_withdrawal(*, course: Course, seq: int, now: datetime) -> None:
    """Set off what a dose asks for that has not taken that place of the course after all."""
    forget_dose(course=course, seq=seq, now=now)


def after_score(*, course: Course, assessment: Any, by: Membership | None, now: datetime) -> None:
    """Set off what a complete score of the course asks for: response, relapse, windows."""
    follow_score(course=course, assessment=assessment, now=now)


def after_answers(*, course: Course, assessment: Any, by: Membership | None, now: datetime) -> None:
    """Set off what unsafe answers ask for at once, whether or not they ever make a score."""
    follow_thoughts(course=course, assessment=assessment, now=now)
