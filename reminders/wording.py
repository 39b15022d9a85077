"""Times, zones and lengths in the words of the language that is active."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clinic.templatetags.courseline import zone_label


def day_words(local: datetime) -> str:
    """`Tuesday 10 March 2026`."""
    return date_format(local, pgettext("date format, whole", "l j F Y"))


def short_day_words(local: datetime) -> str:
    """`Tue 10 Mar`: for subjects."""
    return date_format(local, pgettext("date format, short", "D j M"))


def clock_words(local: datetime) -> str:
    """`14:30 (2:30 pm)`: nobody takes an afternoon for a morning, whichever clock they use."""
    if local.hour < 13:
        return f"{local:%H:%M}"
    twelve = f"{local.hour - 12}:{local:%M}"
    return _("%(time)s (%(twelve)s pm)") % {"time": f"{local:%H:%M}", "twelve": twelve}


def zone_words(local: datetime, zone: ZoneInfo) -> str:
    """`EDT, New York time`: short for those who know it, a city for everybody."""
    city = zone.key.rpartition("/")[2].replace("_", " ")
    abbreviation = zone_label(local)
    if city == abbreviation:
        return city
    return _("%(abbreviation)s, %(city)s time") % {"abbreviation": abbreviation, "city": city}


def length_words(length: timedelta) -> str:
    """`2 hours 15 minutes`."""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    parts = []
    if hours:
        parts.append(ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours})
    if minutes or not hours:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes})
    return " ".join(parts)
