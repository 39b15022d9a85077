"""What people can do to the book: one function, one transaction, one thing with a name."""

from scheduling.services.accepting import ProposalNotReady, ProposalOutdated, accept_proposal
from scheduling.services.booking import BookedVisit, PlaceNotOpen, book_visit
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
from scheduling.services.elsewhere import record_dose_elsewhere
from scheduling.services.halting import (
    DosesAhead,
    end_course,
    finish_course,
    follow_course,
    halt_course,
    hold_course,
    settle_lapse,
)
from scheduling.services.linking import ChartsCollide, link_persons
from scheduling.services.mourning import settle_death
from scheduling.services.proposing import (
    NothingToPlan,
    discard_proposal,
    plan_more_doses,
    plan_new_course,
    request_proposal,
    work_on_proposal,
)

__all__ = [
    "BookedVisit",
    "ChartsCollide",
    "DosesAhead",
    "EndedConsent",
    "NothingToPlan",
    "PlaceNotOpen",
    "ProposalNotReady",
    "ProposalOutdated",
    "SlotRefused",
    "SlotTaken",
    "VisitNotPlanned",
    "accept_proposal",
    "book_visit",
    "cancel_doses",
    "cancel_visit",
    "discard_proposal",
    "end_consent",
    "end_course",
    "finish_course",
    "follow_course",
    "halt_course",
    "hold_course",
    "link_persons",
    "miss_visit",
    "move_visit",
    "plan_more_doses",
    "plan_new_course",
    "record_dose_elsewhere",
    "request_proposal",
    "settle_death",
    "settle_lapse",
    "work_on_proposal",
]
