"""A plan drawn as weeks: a row for each week, a cell for each day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from scheduling.selectors import ProposedVisit

WEEK = timedelta(days=7)
WEEKEND = 5


@dataclass(frozen=True, slots=True)
class MapDay:
    """One day and the visits on it."""

    day: date
    visits: list[ProposedVisit]

    @property
    def is_weekend(self) -> bool:
        return self.day.weekday() >= WEEKEND


@dataclass(frozen=True, slots=True)
class MapWeek:
    """One week of the course, from Monday on."""

    number: int
    days: list[MapDay]


def weeks_map(visits: Sequence[ProposedVisit], zone: ZoneInfo) -> list[MapWeek]:
    """Every week from the first visit to the last; Sundays and Saturdays only where used."""
    by_day: dict[date, list[ProposedVisit]] = defaultdict(list)
    for visit in visits:
        by_day[visit.starts_at.astimezone(zone).date()].append(visit)
    if not by_day:
        return []
    length = 1 + max([4, *(day.weekday() for day in by_day)])
    monday = min(by_day) - timedelta(days=min(by_day).weekday())
    found: list[MapWeek] = []
    while monday <= max(by_day):
        days = [monday + timedelta(days=n) for n in range(length)]
        found.append(MapWeek(len(found) + 1, [MapDay(day, by_day.get(day, [])) for day in days]))
        monday += WEEK
    return found
