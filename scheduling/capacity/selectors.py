"""What is known of how many courses of a protocol could start at a site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from clinic.models import Site
from courses.models import ProtocolVersion
from scheduling.capacity.models import CapacityForecast
from scheduling.capacity.wording import bottleneck
from scheduling.names import names_for

Status = CapacityForecast.Status


@dataclass(frozen=True, slots=True)
class StartWeek:
    """One week of a forecast."""

    monday: date
    count: int
    is_capped: bool
    bottleneck: str
    sentence: str
    alone: Mapping[str, int] = field(default_factory=dict)
    with_nurse: int | None = None
    nurse_name: str = ""
    with_chair: int | None = None

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    @property
    def without(self) -> list[dict[str, Any]]:
        """How many without each limit."""
        return [{"limit": limit, "count": count} for limit, count in self.alone.items()]

    @property
    def more_by_nurse(self) -> int | None:
        """What a nurse more would give."""
        return None if self.with_nurse is None else self.with_nurse - self.count

    @property
    def more_by_chair(self) -> int | None:
        """What a chair more would give."""
        return None if self.with_chair is None else self.with_chair - self.count


@dataclass(frozen=True, slots=True)
class ForecastStory:
    """The latest forecast, whatever became of it, and the weeks of the last that is whole."""

    latest: CapacityForecast | None
    ready: CapacityForecast | None
    weeks: list[StartWeek]

    @property
    def is_counting(self) -> bool:
        """Whether a worker is at it."""
        return self.latest is not None and self.latest.status in CapacityForecast.OPEN

    @property
    def status(self) -> str:
        """The latest one's state; NONE where nobody ever asked."""
        return self.latest.status if self.latest else "NONE"

    @property
    def progress(self) -> int:
        """In percent, of the latest one."""
        return self.latest.progress if self.latest else 0

    @property
    def computed_at(self) -> datetime | None:
        """When the weeks were counted."""
        return self.ready.finished_at if self.ready else None

    @property
    def nurse_names(self) -> str:
        """Whose weeks a nurse more would work."""
        return " or ".join(dict.fromkeys(w.nurse_name for w in self.weeks if w.nurse_name))

    def is_old(self, today: date) -> bool:
        """Whether the first of the weeks is over."""
        return bool(self.weeks) and self.weeks[0].sunday < today


def forecast_story(site: Site, version: ProtocolVersion) -> ForecastStory:
    """The forecasts of a protocol at a site, in three queries at the most."""
    rows = CapacityForecast.objects.filter(site=site, protocol_version=version)
    latest = rows.order_by("-requested_at", "-pk").first()
    ready = latest
    if latest and latest.status != Status.READY:
        ready = rows.filter(status=Status.READY).order_by("-requested_at", "-pk").first()
    return ForecastStory(latest, ready, _weeks(ready) if ready else [])


def _weeks(ready: CapacityForecast) -> list[StartWeek]:
    nurses = {week["nurse_id"] for week in ready.weeks if week["nurse_id"]}
    names = names_for([], nurses).people if nurses else {}
    return [
        _week(ready.begins_on + timedelta(weeks=number), week, names)
        for number, week in enumerate(ready.weeks)
    ]


def _week(monday: date, week: Mapping[str, Any], names: Mapping[str, str]) -> StartWeek:
    held_back, sentence = bottleneck(week)
    return StartWeek(
        monday=monday,
        count=week["count"],
        is_capped=week["is_capped"],
        bottleneck=held_back,
        sentence=sentence,
        alone=week["alone"],
        with_nurse=week["with_nurse"],
        nurse_name=names.get(week["nurse_id"], ""),
        with_chair=week["with_chair"],
    )
