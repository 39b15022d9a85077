"""Entering what makes visits impossible: what it would hit, shown before it is entered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import QueryDict

from clinic.availability import acts
from clinic.availability.access import Place
from clinic.availability.acts import Act
from clinic.models import Membership, Site
from clinic.rights import Right, may
from scheduling.repairs.hits import Hits, hits_in
from scheduling.repairs.working import LONGEST

ACTS: Mapping[str, Act] = {
    "leave": acts.PERSON["leave"],
    "change": acts.PERSON["change"],
    "shifts": acts.PERSON["shifts"],
    "close": acts.HOURS["close"],
    "special": acts.HOURS["special"],
    "holidays": acts.HOURS["holidays"],
    "block": acts.ROOMS["block"],
}
"""What can be entered here: the same acts as on the pages of availability."""
OF_PERSON = frozenset({"leave", "change", "shifts"})
# Weekly shifts and a handful of holidays have no end of their own.
AHEAD = timedelta(days=27)


@dataclass(frozen=True, slots=True)
class Impact:
    """What an entry would hit at one site."""

    site: Site
    first: date
    last: date
    found: Hits
    # Of a site whose patients the reader may not know, the number is told and nothing else.
    is_told: bool = True


def form_of(name: str, place: Place, data: QueryDict | None) -> Any:
    """The act's form, as on its own page."""
    return ACTS[name].form(place, data)


def impact_of(name: str, place: Place, form: Any) -> list[Impact]:
    """What the entry would hit, per site: entered, looked at, and taken back.

    So it is exactly what will be hit. Raises what the act's own service refuses.
    """
    with transaction.atomic():
        ACTS[name].do(place, form)
        found = looked_at(name, place, form)
        transaction.set_rollback(True)
    return found


def enter(name: str, place: Place, form: Any) -> tuple[str, list[Impact]]:
    """Enter it, and look at what it hits; the words that confirm it. Raises what the act does."""
    with transaction.atomic():
        words = ACTS[name].do(place, form)
    return words, looked_at(name, place, form)


def looked_at(name: str, place: Place, form: Any) -> list[Impact]:
    """The visits that can no longer stay, at every site that the entry concerns; of sites at which
    the reader has nothing to do, how many they are."""
    first, last = _dates(name, place, form)
    first = max(first, place.today)
    last = min(last, first + LONGEST)
    sites = [place.site]
    if name == "leave" and place.member is not None:
        others = Site.objects.filter(assignments__membership=place.member).exclude(pk=place.site.pk)
        sites += list(others.distinct().order_by("name", "pk"))
    found = (
        Impact(s, first, last, hits_in(s, first, last, now=place.now), _is_told(place.by, s))
        for s in sites
    )
    return [one for one in found if one.found.hits or one.site == place.site]


def _is_told(reader: Membership, site: Site) -> bool:
    """Whether the reader mends visits there and may know whose they are."""
    mends = may(reader, Right.BOOK, site) or may(reader, Right.KEEP_ROSTER, site)
    return mends and may(reader, Right.VIEW_PATIENTS, site)


def _dates(name: str, place: Place, form: Any) -> tuple[date, date]:
    """The dates that the entry is about."""
    if name in ("leave", "block"):
        zone = place.site.zone
        last = (form.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        return form.starts_at.astimezone(zone).date(), last
    if name == "shifts":
        return place.today, place.today + AHEAD
    days: Sequence[date] = form.cleaned_data.get("days") or [form.cleaned_data["on"]]
    return min(days), max(days)


def broken_ahead(site: Site, *, now: datetime) -> Hits:
    """The visits of the next four weeks that can no longer stay as they are: four queries."""
    today = now.astimezone(site.zone).date()
    return hits_in(site, today, today + LONGEST, now=now)
