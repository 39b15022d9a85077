"""Rating scales as data, and their scoring (DOMAIN part 5)."""

from courses.instruments.format import Anchor, Band, Construct, Instrument, Item
from courses.instruments.scoring import (
    NOT_APPLICABLE,
    PRORATED,
    SAFETY_NOT_SCREENED,
    TOTAL_ONLY,
    Answers,
    AnswersInvalid,
    SafetyFinding,
    Score,
    answer_fault,
    is_safety_screened,
    missing_items,
    safety_findings,
    score,
    score_of_total,
)
from courses.instruments.shipped import UnknownInstrument, instrument, instruments

__all__ = [
    "NOT_APPLICABLE",
    "PRORATED",
    "SAFETY_NOT_SCREENED",
    "TOTAL_ONLY",
    "Anchor",
    "Answers",
    "AnswersInvalid",
    "Band",
    "Construct",
    "Instrument",
    "Item",
    "SafetyFinding",
    "Score",
    "UnknownInstrument",
    "answer_fault",
    "instrument",
    "instruments",
    "is_safety_screened",
    "missing_items",
    "safety_findings",
    "score",
    "score_of_total",
]
