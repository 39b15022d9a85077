"""A room of the demo that broke: what it hits is mended by a proposed repair."""

from datetime import timedelta

from clinic.availability.services import block_room
from scheduling.demo.founding import Demo
from scheduling.models import Reservation
from scheduling.repairs.working import request_repair, work_on_repair

SITE = "elm"
AHEAD = timedelta(days=2)


def break_a_room(demo: Demo) -> None:
    """Take the room of a dose to come out of use while it is booked, and ask for a repair."""
    site = demo.sites[SITE]
    rows = Reservation.objects.filter(
        site=site, session__kind="dosing", session__starts_at__gt=demo.now + AHEAD
    ).select_related("session", "room")
    hit = rows.order_by("session__starts_at", "pk").first()
    if hit is None or hit.session is None:
        return
    visit = hit.session
    begins, ends = visit.starts_at, visit.ends_at + timedelta(hours=1)
    block_room(room=hit.room, starts_at=begins, ends_at=ends, reason="The chair does not recline")
    day = begins.astimezone(site.zone).date()
    repair = request_repair(site=site, first_on=day, last_on=day, by=demo.desk(SITE), now=demo.now)
    work_on_repair(organization_id=repair.organization_id, repair_id=repair.pk, now=demo.now)
