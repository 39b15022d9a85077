"""A site's day on paper."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed
from clinic.rights import Right
from scheduling.looking import looked_at
from scheduling.selectors import day_board


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def day_sheet(request: MemberRequest) -> HttpResponse:
    """The day by room, to be printed: times, who comes, phases, who serves, space for notes."""
    look = looked_at(request)
    viewer = look.viewer
    found = day_board(
        site=look.site, day=look.day, has_names=viewer.has_names, open_ids=viewer.open_ids
    )
    rooms = [
        (room, [one for one in found.entries if one.room_id == room.pk]) for room in found.rooms
    ]
    context = {
        **look.context,
        "board": found,
        "rooms": [(room, visits) for room, visits in rooms if visits],
        "free": [room.name for room, visits in rooms if not visits],
        "printed_at": timezone.now(),
    }
    return render(request, "scheduling/day_sheet.html", context)
