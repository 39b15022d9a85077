"""What people can do to screenings: one function, one transaction, one thing with a name.

Deciding, and what ends a decision, changes what is booked: scheduling offers those.
"""

from courses.screening.services.answering import (
    AbsoluteStays,
    Answer,
    NotOverridable,
    ScreeningDecided,
    mark_in_error,
    override_finding,
    save_answers,
)
from courses.screening.services.deciding import (
    ConditionMet,
    DecisionTooFavourable,
    NewCondition,
    add_rescreen_reason,
    end_decision,
    meet_condition,
    write_decision,
)
from courses.screening.services.histories import (
    RowWithdrawn,
    change_trial,
    record_diagnosis,
    record_trial,
    withdraw_diagnosis,
    withdraw_trial,
)
from courses.screening.services.starting import (
    OPEN,
    Terms,
    begin_screening,
    save_terms,
    take_over_answers,
)

__all__ = [
    "OPEN",
    "AbsoluteStays",
    "Answer",
    "ConditionMet",
    "DecisionTooFavourable",
    "NewCondition",
    "NotOverridable",
    "RowWithdrawn",
    "ScreeningDecided",
    "Terms",
    "add_rescreen_reason",
    "begin_screening",
    "change_trial",
    "end_decision",
    "mark_in_error",
    "meet_condition",
    "override_finding",
    "record_diagnosis",
    "record_trial",
    "save_answers",
    "save_terms",
    "take_over_answers",
    "withdraw_diagnosis",
    "withdraw_trial",
    "write_decision",
]
