"""What pages and the API read of the book."""

from scheduling.selectors.board import BoardPhase, BoardVisit, DayBoard, day_board
from scheduling.selectors.slots import SlotChoice, SlotDay, open_slot_days, slot_days, why_not
from scheduling.selectors.story import ProposalStory, ProposedVisit, proposal_story
from scheduling.selectors.timeline import CourseTimeline, TimelineVisit, course_timeline

__all__ = [
    "BoardPhase",
    "BoardVisit",
    "CourseTimeline",
    "DayBoard",
    "ProposalStory",
    "ProposedVisit",
    "SlotChoice",
    "SlotDay",
    "TimelineVisit",
    "course_timeline",
    "day_board",
    "open_slot_days",
    "proposal_story",
    "slot_days",
    "why_not",
]
