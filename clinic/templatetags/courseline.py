"""Filters and tags that every template has: local times, always with their zone, and signs."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile
from zoneinfo import ZoneInfo, available_timezones

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from clinic import rights
from clinic.models import Patient, Site
from clinic.rights import Right

register = template.Library()

# A state is told by its sign and its word; colour only repeats it.
STATE_ICONS = {
    "PLANNED": "calendar-days",
    "ARRIVED": "door-open",
    "IN_PROGRESS": "circle-play",
    "OBSERVING": "eye",
    "DONE": "circle-check",
    "MISSED": "user-x",
    "CANCELLED": "ban",
    "UNBOOKED": "circle-dashed",
    "DRAFT": "pencil",
    "ACTIVE": "circle-play",
    "PAUSED": "circle-pause",
    "INTERRUPTED": "circle-dashed",
    "COMPLETED": "circle-check",
    "STOPPED": "circle-stop",
    "CURRENT": "circle-check",
    "EXPIRING": "hourglass",
    "EXPIRED": "calendar-x",
    "WITHDRAWN": "undo-2",
    "MISSING": "circle-dashed",
    "PROVISIONAL": "circle-dashed",
    "DEFERRED": "hourglass",
    "ELIGIBLE": "circle-check",
    "ELIGIBLE_CONDITIONAL": "list-todo",
    "NOT_ELIGIBLE": "ban",
    "SUPERSEDED": "history",
}
SIGN = (
    '<svg width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" class="{1}"'
    ' aria-hidden="true">{2}'
)
KIND_ICONS = {"prep": "message-circle", "dosing": "droplets", "integration": "sprout"}


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
def local_zone(moment: datetime, zone: tzinfo | str) -> str:
    """`EST`: the zone of the site at that moment, for headings."""
    return zone_label(_local(moment, zone))


@register.filter
def local_day(moment: datetime, zone: tzinfo | str) -> str:
    """`Mon 9 Mar 2026` by the site's calendar."""
    return plain_day(_local(moment, zone))


@register.filter
def local_date(moment: datetime, zone: tzinfo | str) -> date:
    """The date by the site's calendar."""
    return _local(moment, zone).date()


@register.filter
def local_iso(moment: datetime, zone: tzinfo | str) -> str:
    """`2026-03-09T10:15:00-04:00`: for `<time datetime>`."""
    return _local(moment, zone).isoformat()


@register.filter
def plain_day(day: date) -> str:
    """`Mon 9 Mar 2026`."""
    return f"{day:%a} {day.day} {day:%b %Y}"


@register.filter
def long_day(day: date) -> str:
    """`Monday 9 March 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


@register.filter
def minutes(length: timedelta) -> int:
    """A length in whole minutes."""
    return round(length.total_seconds() / 60)


@register.filter
def initials(name: str) -> str:
    """`MR` for Mara Rossi."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


@register.filter
def action_word(action: str) -> str:
    """`added`: what was done to a record."""
    return {"insert": "added", "update": "changed", "delete": "deleted"}.get(action, action)


@register.filter
def lookup(mapping: Mapping[str, object], key: str) -> object:
    """The value under a key that only the template knows."""
    return mapping.get(key, "")


@register.simple_tag(takes_context=True)
def may(context: Context, right: str, place: Site | Patient | None = None) -> bool:
    """Whether who looks at the page has the right: `{% may "BOOK" site as can_book %}`."""
    return rights.may(context.get("membership"), Right(right), place)


@register.simple_tag(takes_context=True)
def may_everywhere(context: Context, right: str) -> bool:
    """Whether who looks has the right at every site: `{% may_everywhere "EXPORT" as can_all %}`."""
    return rights.may_everywhere(context.get("membership"), Right(right))


@register.simple_tag
@cache
def zone_options() -> SafeString:
    """Every zone that people know by a region and a city, for a list to choose from."""
    names = sorted(n for n in available_timezones() if "/" in n and not n.startswith("Etc/"))
    return format_html_join("", '<option value="{}"></option>', ((name,) for name in names))


@register.simple_tag
@cache
def icon(name: str, size: int = 20, css: str = "sign") -> SafeString:
    """A drawing beside words; readers of the page by ear lose nothing."""
    _head, lines = _drawings().read(f"{name}.svg").decode().split(">", 1)
    drawn = mark_safe(lines.strip())  # noqa: S308 # nosec B308 B703 # a library's drawing
    return format_html(SIGN, size, css, drawn)


@cache
def _drawings() -> ZipFile:
    """The library's drawings, opened once: by itself it opens all of them for each."""
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))


@register.simple_tag
def state_icon(state: str, size: int = 18) -> SafeString:
    """The sign of a visit's or a course's state."""
    return icon(STATE_ICONS.get(state, "circle-dot"), size)


@register.simple_tag
def kind_icon(kind: str, size: int = 18) -> SafeString:
    """The sign of a kind of visit."""
    return icon(KIND_ICONS.get(kind, "circle-dot"), size)


@register.simple_tag
def state(code: str, label: str) -> SafeString:
    """A state as a chip: sign, word, colour."""
    return format_html(
        '<span class="state" data-state="{}">{}{}</span>', code, state_icon(code, 16), label
    )


# Pages about one patient or course, by the first part of their address.
PATIENTS = frozenset({"patients", "courses", "screenings", "assessments", "consents", "visits"})


@register.filter
def is_about_patients(path: str) -> bool:
    """Whether the page at that address is about patients, for the navigation."""
    return path.lstrip("/").partition("/")[0] in PATIENTS


@register.filter
def is_about_an_account(path: str) -> bool:
    """Whether the page at that address is about signing in and one's own account."""
    return path.lstrip("/").partition("/")[0] in {"account", "accounts"}
