"""A site's coming groups, and who has a place in one."""

from datetime import datetime, timedelta

from clinic.models import Site
from scheduling.groups.models import GroupQuerySet, GroupVisit
from scheduling.selectors.board import BoardVisit, Viewer, board_visits

# How far ahead a list of groups reaches: as far as a weekly series.
AHEAD = timedelta(weeks=26)


def coming_groups(site: Site, *, since: datetime) -> GroupQuerySet:
    """The site's groups from a moment on, with the number of places taken; one query."""
    rows = GroupVisit.objects.planned().with_taken().filter(
        site=site, ends_at__gt=since, starts_at__gt=since - timedelta(days=1),
        starts_at__lt=since + AHEAD,
    )  # fmt: skip
    return rows.select_related("room", "therapist").order_by("starts_at", "pk")


def members_of(group: GroupVisit, viewer: Viewer) -> list[BoardVisit]:
    """The visits that have a place, as much of each as may be told; by name."""
    visits = board_visits(group.site, [group.local_date], viewer)
    own = [visit for visit in visits if visit.group_id == group.pk]
    return sorted(own, key=lambda visit: (visit.patient_name, visit.id))
