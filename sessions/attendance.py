"""Visits that were missed or cancelled late, and when a clinician looks at them (DOMAIN 6.1).

The rules are pure; the clock, the notice and the counts are passed in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from courses.thresholds.catalogue import Thresholds
from sessions.models import Session


def is_late(*, starts_at: datetime, at: datetime, by: str, notice_hours: int) -> bool:
    """Whether a patient cancels with less notice than asked for; a clinic never does
    (DOMAIN 6.1, 8.59)."""
    return by == Session.Party.PATIENT and starts_at - at < timedelta(hours=notice_hours)


@dataclass(frozen=True, slots=True)
class Attendance:
    """What fell through, and whether that is as much as the organisation asks a clinician about."""

    missed: int
    late: int
    cancelled: int
    is_flagged: bool
    flag_at: int

    @property
    def any(self) -> bool:
        """Whether anything did."""
        return bool(self.missed or self.late or self.cancelled)


def attendance_of(visits: Iterable[Session], thresholds: Thresholds) -> Attendance:
    """The counts over these visits; `cancelled` are the patient's cancellations in time."""
    rows = list(visits)
    missed = sum(row.status == Session.Status.MISSED for row in rows)
    by_patient = [row for row in rows if row.cancelled_by == Session.Party.PATIENT]
    late = sum(row.is_late_cancel for row in by_patient)
    counted = missed + (late if thresholds.late_cancels_count else 0)
    limit = thresholds.fallen_through_flag
    return Attendance(missed, late, len(by_patient) - late, counted >= limit, limit)
