"""What people can do to the book: one function, one transaction, one thing with a name."""

from scheduling.services.accepting import ProposalNotReady, ProposalOutdated, accept_proposal
from scheduling.services.changing import (
    SlotRefused,
    SlotTaken,
    VisitNotPlanned,
    cancel_doses,
    cancel_visit,
    miss_visit,
    move_visit,
)
from scheduling.services.consenting import EndedConsent, end_consent
from scheduling.services.proposing import (
    NothingToPlan,
    plan_more_doses,
    plan_new_course,
    request_proposal,
    work_on_proposal,
)

__all__ = [
    "EndedConsent",
    "NothingToPlan",
    "ProposalNotReady",
    "ProposalOutdated",
    "SlotRefused",
    "SlotTaken",
    "VisitNotPlanned",
    "accept_proposal",
    "cancel_doses",
    "cancel_visit",
    "end_consent",
    "miss_visit",
    "move_visit",
    "plan_more_doses",
    "plan_new_course",
    "request_proposal",
    "work_on_proposal",
]
