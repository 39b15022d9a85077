"""What is a late cancellation, and from how many visits on a clinician looks (DOMAIN 6.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from courses.thresholds.catalogue import Thresholds

BY_PATIENT = "PATIENT"
MISSED = "MISSED"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a visit fell through."""

    status: str
    cancelled_by: str
    is_late: bool


def is_late(*, starts_at: datetime, at: datetime, by: str, notice_hours: int) -> bool:
    """Whether a patient cancels with less notice than asked for; a clinic never does
    (DOMAIN 6.1, 8.59)."""
    return by == BY_PATIENT and starts_at - at < timedelta(hours=notice_hours)


@dataclass(frozen=True, slots=True)
class Attendance:
    """What fell through, and whether that is as much as the organisation asks a clinician about."""

    missed: int
    late: int
    cancelled: int
    # Missed, and where the settings say so the late ones.
    counted: int
    is_flagged: bool

    @property
    def has_any(self) -> bool:
        """Whether anything did."""
        return bool(self.missed or self.late or self.cancelled)


def attendance_of(visits: Iterable[Ended], thresholds: Thresholds) -> Attendance:
    """The counts over these visits; `cancelled` are the patient's cancellations in time."""
    rows = list(visits)
    missed = sum(row.status == MISSED for row in rows)
    by_patient = [row for row in rows if row.cancelled_by == BY_PATIENT]
    late = sum(row.is_late for row in by_patient)
    counted = missed + (late if thresholds.late_cancels_count else 0)
    is_flagged = counted >= thresholds.fallen_through_flag
    return Attendance(missed, late, len(by_patient) - late, counted, is_flagged)
