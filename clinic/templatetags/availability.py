"""Words of the pages about hours, rooms and rosters."""

from datetime import time, timedelta, tzinfo
from typing import Any

from django import template

from clinic.templatetags.courseline import local_day, local_time, plain_day

register = template.Library()


@register.filter
def stretch(during: Any, zone: tzinfo) -> str:
    """`Wed 16 Dec 2026 to Fri 25 Dec 2026`; with times where it is not of whole days."""
    begins, ends = (moment.astimezone(zone) for moment in (during.lower, during.upper))
    if begins.time() == ends.time() == time(0):
        last = ends.date() - timedelta(days=1)
        if last == begins.date():
            return f"{plain_day(last)}, all day"
        return f"{plain_day(begins)} to {plain_day(last)}"
    if begins.date() == ends.date():
        return f"{local_day(begins, zone)}, {begins:%H:%M} to {local_time(ends, zone)}"
    return " to ".join(f"{local_day(at, zone)}, {local_time(at, zone)}" for at in (begins, ends))
