"""What people and rules do to scores: one function, one transaction, one thing with a name."""

from courses.assessments.dues import refresh_dues
from courses.assessments.services.answering import (
    AssessmentEnded,
    Finish,
    ItemsMissing,
    Saved,
    abandon_assessment,
    answer_draft,
    complete_assessment,
    save_item,
    save_items,
    start_assessment,
)
from courses.assessments.services.entering import Entry, enter_scores
from courses.assessments.services.mending import amend_assessment, withdraw_assessment
from courses.assessments.services.sweeping import sweep

__all__ = [
    "AssessmentEnded",
    "Entry",
    "Finish",
    "ItemsMissing",
    "Saved",
    "abandon_assessment",
    "amend_assessment",
    "answer_draft",
    "complete_assessment",
    "enter_scores",
    "refresh_dues",
    "save_item",
    "save_items",
    "start_assessment",
    "sweep",
    "withdraw_assessment",
]
