"""Filters and tags that every template has: local times, always with their zone."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django import template

register = template.Library()


def zone_label(moment: datetime) -> str:
    """The zone as people say it: EST, GMT+11 … at that moment."""
    name = moment.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"


def _local(moment: datetime, zone: tzinfo | str) -> datetime:
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


@register.filter
def local_time(moment: datetime, zone: tzinfo | str) -> str:
    """`10:15 EST`: the wall clock at the site, with its zone."""
    there = _local(moment, zone)
    return f"{there:%H:%M} {zone_label(there)}"


@register.filter
def local_clock(moment: datetime, zone: tzinfo | str) -> str:
    """`10:15`: for lists whose heading names the zone."""
    return f"{_local(moment, zone):%H:%M}"


@register.filter
def local_day(moment: datetime, zone: tzinfo | str) -> str:
    """`Mon 9 Mar 2026` by the site's calendar."""
    there = _local(moment, zone)
    return f"{there:%a} {there.day} {there:%b %Y}"
