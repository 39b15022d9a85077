"""The day of one site: who is where, and when."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed
from clinic.rights import Right, may
from clinic.templatetags.courseline import long_day
from scheduling.board_data import grid_data, state_counts
from scheduling.keeping.board import board_holds
from scheduling.looking import Look, looked_at
from scheduling.selectors import day_board


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def today(request: MemberRequest) -> HttpResponse:
    """Visits by room or by person on one day; without a choice, today where one was last."""
    look = looked_at(request)
    context = _board_context(request, look, look.mark([look.day]))
    return render(request, "scheduling/today.html", context)


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def board(request: MemberRequest) -> HttpResponse:
    """The same day again, for a page that is open; 204 while nothing has changed."""
    look = looked_at(request)
    mark = look.mark([look.day])
    if request.GET.get("mark") == mark:
        return HttpResponse(status=204)
    return render(request, "scheduling/_board.html", _board_context(request, look, mark))


def _board_context(request: MemberRequest, look: Look, mark: str) -> dict[str, Any]:
    now, site, day = timezone.now(), look.site, look.day
    found = day_board(
        site=site, day=day, has_names=look.viewer.has_names, open_ids=look.viewer.open_ids
    )
    people, holds = found.people, board_holds(site, [day], now=now)
    may_book = may(request.membership, Right.BOOK, site)
    return {
        **look.context,
        "board": found,
        "people": people,
        "now": now,
        "mark": mark,
        "watch": look.watch([day]),
        "heading": f"Today, {long_day(day)}" if look.is_today else long_day(day),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "groups_number": len(found.groups),
        "states": state_counts([visit.status for visit in found.visits]),
        "room_names": {room.pk: room.name for room in found.rooms},
        "may_book": may_book,
        "holds": holds,
        "grid": grid_data(found, people, holds, now=now, mark=mark, may_book=may_book),
    }
