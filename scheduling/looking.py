"""Which site and day somebody looks at, and how much of it they are shown."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import Http404
from django.utils import timezone

from clinic.access import MemberRequest, sites_of
from clinic.charts import open_patient_ids
from clinic.models import Site
from clinic.rights import Right, may
from scheduling.forms import is_within_planning
from scheduling.selectors.board import Viewer
from scheduling.selectors.marks import board_mark
from scheduling.selectors.opening import bounds_of

WATCH = "scheduling.watch"
# A page that is open for longer asks with its session.
WATCHED_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Look:
    """A site's day as one person sees it; `here` is the site's today."""

    sites: list[Site]
    site: Site
    day: date
    here: date
    viewer: Viewer

    def mark(self, days: Collection[date]) -> str:
        """What changes as soon as these days do, or how much of them one is shown; one query."""
        seen_by = [self.viewer.has_names, *self.viewer.open_ids]
        return board_mark(self.site, days, seen_by=seen_by)

    def watch(self, days: Collection[date]) -> str:
        """What lets a page ask, without a session, whether these days have changed."""
        first, last = bounds_of(self.site, days)
        said = [
            str(self.site.organization_id),
            str(self.site.pk),
            first.isoformat(),
            last.isoformat(),
        ]
        return signing.dumps(said, salt=WATCH)

    @property
    def is_today(self) -> bool:
        """Whether the day is the one that it is at the site."""
        return self.day == self.here

    @property
    def context(self) -> dict[str, Any]:
        """What every page about days shows of it."""
        return {
            "sites": self.sites,
            "site": self.site,
            "zone": self.site.zone,
            "day": self.day,
            "here": self.here,
            "is_today": self.is_today,
            "noon": datetime.combine(self.day, time(12), self.site.zone),
        }


def watched(key: str) -> tuple[UUID, UUID, datetime, datetime]:
    """Organisation, site and stretch of a `watch`; BadSignature for other texts and old ones."""
    organization, site, first, last = signing.loads(key, salt=WATCH, max_age=WATCHED_FOR)
    bounds = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return UUID(organization), UUID(site), *bounds


def looked_at(request: MemberRequest) -> Look:
    """The site and day of the address, else the site looked at last, today; 404 for no site."""
    sites = list(sites_of(request.membership, Right.VIEW_SCHEDULE))
    site = _chosen_site(request, sites)
    now = timezone.now()
    here = now.astimezone(site.zone).date()
    viewer = Viewer(
        has_names=may(request.membership, Right.VIEW_PATIENTS, site),
        open_ids=open_patient_ids(request.membership, now=now),
    )
    return Look(sites, site, day_in(request.GET.get("day", ""), otherwise=here), here, viewer)


def day_in(text: str, *, otherwise: date) -> date:
    """The date that the text says, where it is one to plan on."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if is_within_planning(found) else otherwise


def _chosen_site(request: MemberRequest, sites: list[Site]) -> Site:
    """The site in the address, else the last one looked at, else the first of one's own."""
    known = {str(site.pk): site for site in sites}
    asked = request.GET.get("site", "")
    if asked:
        site = known.get(_plain(asked))
    else:
        site = known.get(request.session.get("site", "")) or next(iter(sites), None)
    if site is None:
        raise Http404("There is no such site.")
    if asked:
        request.session["site"] = str(site.pk)
    return site


def _plain(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""
