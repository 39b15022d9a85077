"""How long it takes until a repair is on the screen: a nurse with twelve dosing visits is ill.

`python -m local exec .venv/bin/python -m benchmarks.repairs` on a database that holds the demo;
nothing that it enters stays there.
"""

import json
import sys
import time
from datetime import date, datetime, timedelta
from typing import Any

LEAST_HITS, MOST_DAYS = 12, 21


def main() -> int:
    """Measure, print a line of JSON, and leave the database as it was."""
    import django

    django.setup()
    from django.db import transaction

    from clinic.models import Organization
    from clinic.tenancy import organization_ids, tenant

    for organization_id in organization_ids():
        with transaction.atomic():
            with tenant(organization_id):
                if Organization.objects.get(pk=organization_id).is_demo:
                    sys.stdout.write(f"{json.dumps(_measured())}\n")
            transaction.set_rollback(True)
    return 0


def _measured() -> dict[str, Any]:
    """From entering the leave to the first way, by the clock."""
    from django.utils import timezone

    from clinic.availability.rosters import add_leave
    from clinic.models import Membership, Site
    from scheduling.planner.mending import mend
    from scheduling.repairs.hits import hits_in
    from scheduling.repairs.problem import mending_problem

    site, now = Site.objects.get(name="Harbor Street"), timezone.now()
    nurse = Membership.objects.get(name="Nora Bell")
    first = now.astimezone(site.zone).date() + timedelta(days=1)
    last = _last_day(nurse, site, first)
    begins, ends = (_midnight(day, site) for day in (first, last + timedelta(days=1)))
    started = time.perf_counter()
    add_leave(member=nurse, kind="SICK", starts_at=begins, ends_at=ends)
    found = hits_in(site, first, last, now=now)
    task = mending_problem(found, now=now)
    read = time.perf_counter() - started
    mended = mend(task.problem, task.hit, seconds=60)
    assert mended is not None  # noqa: S101 # nosec B101 # there is a minute
    return {
        "name": "repair_of_twelve",
        "hits": len(found.hits),
        "visits_that_may_move": len(mended.places),
        "moved": len(mended.moved),
        "lost": len(mended.lost),
        "proven": mended.is_proven,
        "seconds_reading": round(read, 2),
        "seconds": round(time.perf_counter() - started, 2),
    }


def _last_day(nurse: Any, site: Any, first: date) -> date:
    """The day on which the nurse's twelfth dose from then on is."""
    from sessions.models import Session

    rows = Session.objects.planned().filter(
        kind="dosing", site=site, reservation__claims__membership=nurse,
        starts_at__gte=_midnight(first, site),
    )  # fmt: skip
    starts = sorted(set(rows.values_list("pk", "starts_at")), key=lambda row: row[1])
    twelfth = starts[min(LEAST_HITS, len(starts)) - 1][1].astimezone(site.zone).date()
    return min(date.fromisoformat(str(twelfth)), first + timedelta(days=MOST_DAYS))


def _midnight(day: date, site: Any) -> datetime:
    return datetime.combine(day, datetime.min.time(), site.zone)


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    sys.exit(main())
