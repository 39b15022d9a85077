"""What people can do to a course from its page: the right and the states that each needs."""

from dataclasses import dataclass

from clinic.models import Membership
from clinic.rights import Right, may
from courses.models import Course
from courses.services.extending import needs_decision

Status = Course.Status
_OPEN = frozenset({Status.DRAFT, Status.ACTIVE, Status.PAUSED, Status.INTERRUPTED})
_BEGUN = _OPEN - {Status.DRAFT}
_EVERY = frozenset(Status)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing with a name; the floors above answer at `scheduling:course_<name>`."""

    name: str
    title: str
    icon: str
    right: Right
    states: frozenset[str]
    is_grave: bool = False

    @property
    def address(self) -> str:
        """The name of its address."""
        return f"scheduling:course_{self.name}"


ACTS = {
    act.name: act
    for act in (
        Act("pause", "Pause", "pause", Right.BOOK, frozenset({Status.ACTIVE})),
        Act("resume", "Resume", "play", Right.BOOK, frozenset({Status.PAUSED})),
        Act(
            "lapse",
            "Decide on a lapse",
            "calendar-clock",
            Right.DECIDE,
            frozenset({Status.ACTIVE, Status.INTERRUPTED}),
        ),
        Act("hold", "Hold doses", "hand", Right.RECORD, _OPEN),
        Act("release", "Release a hold", "circle-check", Right.DECIDE, _EVERY),
        Act("more", "More doses", "calendar-plus", Right.DECIDE, frozenset({Status.ACTIVE})),
        Act("beyond_cap", "Allow beyond a cap", "shield-alert", Right.OVERRIDE, _OPEN),
        Act("unprepared", "Begin unprepared", "shield-alert", Right.OVERRIDE, _OPEN),
        Act("confirm", "Confirm a dose", "badge-check", Right.DECIDE, _OPEN),
        Act("elsewhere", "Record a dose elsewhere", "map-pin", Right.RECORD, _OPEN),
        Act("not_elsewhere", "Withdraw a record", "undo-2", Right.RECORD, _EVERY),
        Act("terms", "Goal and dates", "scroll-text", Right.DECIDE, _OPEN),
        Act("follow", "Switch or go on", "route", Right.DECIDE, _EVERY - {Status.DRAFT}),
        Act("complete", "Complete", "check", Right.DECIDE, frozenset({Status.ACTIVE})),
        Act("stop", "Stop", "circle-x", Right.DECIDE, _OPEN, is_grave=True),
    )
}


def acts_for(
    member: Membership, course: Course, *, asks_decision: bool, has_holds: bool, confirms: bool
) -> list[Act]:
    """What the member may do to the course as it stands, in the order of the page."""
    left_out = {"not_elsewhere", "beyond_cap", "unprepared"}
    left_out |= set() if asks_decision else {"lapse"}
    left_out |= set() if has_holds else {"release"}
    left_out |= set() if confirms else {"confirm"}
    left_out |= set() if needs_decision(course) else {"more"}
    return [
        act
        for act in ACTS.values()
        if act.name not in left_out
        and course.status in act.states
        and may(member, act.right, course.site)
    ]
