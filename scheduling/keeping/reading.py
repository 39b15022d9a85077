"""What is held, as parts of the statements by which the planner reads a site's book."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

# What the ids of the book's entries begin with that are held for a proposal, not booked.
HELD = "held:"
_OF_OTHERS = """
    hold.course_id <> %(course)s AND hold.held_until > %(asked_at)s
    AND hold.starts_at > %(soonest)s AND hold.starts_at < %(ends)s
"""
# Each gives the columns of its counterpart for what is booked.
HELD_BOOK = f"""
    SELECT '{HELD}' || hold.id, course.protocol_version_id::text, hold.visit_type,
        extract(epoch FROM hold.starts_at)::bigint, hold.room_id::text
    FROM scheduling_slothold AS hold JOIN courses_course AS course ON course.id = hold.course_id
    WHERE hold.site_id = %(site)s AND {_OF_OTHERS}
        AND hold.room_during && tstzrange(%(begins)s, %(ends)s)
"""  # noqa: S608 # made of the constants above
HELD_CREWS = f"""
    SELECT DISTINCT load.membership_id::text, load.role, '{HELD}' || hold.id
    FROM scheduling_slothold AS hold JOIN scheduling_heldload AS load ON load.hold_id = hold.id
    WHERE load.membership_id IN (
            SELECT membership_id FROM clinic_roleassignment
            WHERE site_id = %(site)s AND role = ANY(%(roles)s))
        AND {_OF_OTHERS}
        AND load.during && tstzrange(%(begins)s, %(ends)s)
"""  # noqa: S608 # made of the constants above


@dataclass(frozen=True, slots=True)
class Asker:
    """The course for which the book is read, whose own holds are in nobody's way; and when."""

    course: UUID
    asked_at: datetime

    @property
    def said(self) -> dict[str, Any]:
        """The statements' parameters."""
        return {"course": self.course, "asked_at": self.asked_at}
