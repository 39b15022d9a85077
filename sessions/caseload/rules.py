"""What a line of the caseload says, and who comes first.

Nothing here judges a patient: it orders what other rules found, so that the eye falls on it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from uuid import UUID

# The most urgent first: what may harm, what the scores warn of, what a decision is awaited for,
# what stands in the way of the next dose, and what is only missing.
ORDER = (
    "ALERT_HIGH",
    "ALERT_URGENT",
    "ALERT",
    "WORSE",
    "RELAPSE",
    "NON_RESPONSE",
    "HOLD",
    "REVIEW_DUE",
    "INTEGRATION_RED",
    "BOOSTER",
    "NOT_CLEARED",
    "INTEGRATION_AMBER",
    "AUTHORIZATION",
    "INTEGRATION",
    "FALLEN_THROUGH",
    "OVERDUE_SCORE",
)
LABELS = {
    "ALERT_HIGH": "Safety alert, high risk",
    "ALERT_URGENT": "Safety alert, urgent",
    "ALERT": "Safety alert",
    "WORSE": "Worse",
    "RELAPSE": "Relapse",
    "NON_RESPONSE": "No response",
    "HOLD": "Doses held",
    "REVIEW_DUE": "Review due",
    "INTEGRATION_RED": "Integration long overdue",
    "BOOSTER": "Booster window",
    "NOT_CLEARED": "Not cleared",
    "INTEGRATION_AMBER": "Integration overdue",
    "AUTHORIZATION": "Authorisation running out",
    "INTEGRATION": "Integration not booked",
    "FALLEN_THROUGH": "Visits fell through",
    "OVERDUE_SCORE": "Score overdue",
}
ICONS = {
    "ALERT_HIGH": "siren",
    "ALERT_URGENT": "siren",
    "ALERT": "siren",
    "WORSE": "trending-up",
    "RELAPSE": "undo-2",
    "NON_RESPONSE": "equal-not",
    "HOLD": "hand",
    "REVIEW_DUE": "clipboard-check",
    "INTEGRATION_RED": "sprout",
    "BOOSTER": "calendar-plus",
    "NOT_CLEARED": "clipboard-x",
    "INTEGRATION_AMBER": "sprout",
    "AUTHORIZATION": "stamp",
    "INTEGRATION": "sprout",
    "FALLEN_THROUGH": "user-x",
    "OVERDUE_SCORE": "alarm-clock",
}
ALERTS = frozenset({"ALERT_HIGH", "ALERT_URGENT", "ALERT"})
# Kinds of flag that differ in urgency alone are counted and chosen as one.
KIND = dict.fromkeys(ALERTS, "ALERT") | dict.fromkeys(
    ("INTEGRATION_RED", "INTEGRATION_AMBER"), "INTEGRATION"
)
# A flag on which somebody acts today is drawn stronger than one that waits.
LOUD = ALERTS | {"WORSE", "RELAPSE", "NON_RESPONSE", "INTEGRATION_AMBER"}
LATE = frozenset({"INTEGRATION_RED"})
_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that somebody has to look at; `text` says it of this course."""

    code: str
    text: str = ""

    @property
    def label(self) -> str:
        """What it is, in words."""
        return self.text or LABELS[self.code]

    @property
    def rank(self) -> int:
        """How urgent it is: 0 before all others."""
        return ORDER.index(self.code)

    @property
    def icon(self) -> str:
        """The sign that goes with the words."""
        return ICONS[self.code]

    @property
    def tone(self) -> str:
        """How strongly it is drawn: alert, late, loud, or nothing."""
        return tone_of(self.code)


def tone_of(code: str) -> str:
    """How strongly a kind of flag is drawn: alert, late, loud, or nothing."""
    if code in ALERTS:
        return "alert"
    return "late" if code in LATE else "loud" if code in LOUD else ""


@dataclass(frozen=True, slots=True)
class LastScore:
    """The latest complete score of the instrument by which the course is judged."""

    instrument: str
    total: Decimal
    band: str
    on: date
    percent_change: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NextVisit:
    """The visit that comes next."""

    id: UUID
    label: str
    kind: str
    starts_at: datetime
    is_provisional: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A course as one line of the caseload."""

    course_id: UUID
    patient_id: UUID
    patient_name: str
    protocol: str
    protocol_code: str
    status: str
    status_label: str
    timezone: str
    doses_given: int
    doses_planned: int
    phase: str = ""
    week: int | None = None
    last: LastScore | None = None
    trend: Sequence[Decimal] = ()
    trend_range: tuple[int, int] = (0, 1)
    response: str = ""
    response_label: str = ""
    next_visit: NextVisit | None = None
    flags: Sequence[Flag] = field(default=())

    @property
    def tone(self) -> str:
        """How strongly the whole line is drawn: as its most urgent flag."""
        return self.flags[0].tone if self.flags else ""

    @property
    def drawing(self) -> "Drawing | None":
        """The trend as a small line."""
        return drawing(self.trend, self.trend_range)

    @property
    def trend_words(self) -> str:
        """The trend for who does not see it: `PHQ-9: 20, 16, 11`."""
        name = self.last.instrument if self.last else ""
        return f"{name}: {', '.join(f'{total.normalize():f}' for total in self.trend)}"

    @property
    def change_words(self) -> str:
        """`−45.0 %` where the score fell, `+10.0 %` where it rose; empty without a baseline."""
        change = self.last.percent_change if self.last else None
        if change is None:
            return ""
        shown = change.quantize(Decimal("0.1"), ROUND_HALF_UP)
        return f"{'−' if shown > 0 else '+' if shown < 0 else ''}{abs(shown)} %"


def need(line: Line) -> tuple[int, datetime, int, str, UUID]:
    """By what lines are ordered: who needs somebody most comes first.

    First by the most urgent flag (`ORDER`; none comes last), among equals who comes in sooner,
    then who has more flags, then by name.
    """
    urgency = min((flag.rank for flag in line.flags), default=len(ORDER))
    comes = line.next_visit.starts_at if line.next_visit else _FAR
    return (urgency, comes, -len(line.flags), line.patient_name, line.course_id)


def by_need(lines: Iterable[Line]) -> list[Line]:
    """The lines in the order of `need`."""
    return sorted(lines, key=need)


def flags_in_order(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Each kind of flag once, the most urgent first."""
    first: dict[str, Flag] = {}
    for flag in flags:
        first.setdefault(flag.code, flag)
    return tuple(sorted(first.values(), key=lambda flag: flag.rank))


def matches(line: Line, *, flag: str = "", protocol: str = "", words: Sequence[str] = ()) -> bool:
    """Whether a line has the flag, is of the protocol, and its name holds every word.

    The flags `ALERT` and `INTEGRATION` stand for every level of theirs, `ANY` for whatever flag.
    """
    name = line.patient_name.lower()
    is_wanted = not flag or any(_is_of(one.code, flag) for one in line.flags)
    return is_wanted and protocol in ("", line.protocol_code) and all(w in name for w in words)


def _is_of(code: str, wanted: str) -> bool:
    return wanted in ("ANY", code, KIND.get(code))


@dataclass(frozen=True, slots=True)
class Drawing:
    """A trend as a line to draw in a box: its points, and where it ends."""

    points: str
    end: tuple[float, float]


WIDTH, HEIGHT, EDGE = 96, 28, 3


def drawing(values: Sequence[Decimal], span: tuple[int, int]) -> Drawing | None:
    """The line through the scores over the instrument's whole range; None for fewer than two.

    The range does not follow the scores: else every small change would look like a large one.
    """
    if len(values) < 2 or span[1] <= span[0]:
        return None
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    dots = [(round(EDGE + n * step, 1), _height(value, span)) for n, value in enumerate(values)]
    return Drawing(" ".join(f"{x},{y}" for x, y in dots), dots[-1])


def _height(value: Decimal, span: tuple[int, int]) -> float:
    low, high = span
    share = (float(value) - low) / (high - low)
    return round(HEIGHT - EDGE - min(max(share, 0.0), 1.0) * (HEIGHT - 2 * EDGE), 1)


def direction(values: Sequence[Decimal]) -> str:
    """Where the scores went from the one before the last: falling, rising, level; or nothing."""
    last = list(pairwise(values))[-1:]
    if not last:
        return ""
    before, now = last[0]
    return "falling" if now < before else "rising" if now > before else "level"
