"""The week of one site: each day's visits, and how full it is."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed
from clinic.rights import Right
from scheduling.board_data import state_counts
from scheduling.keeping.board import board_holds
from scheduling.looking import Look, looked_at
from scheduling.selectors.week import days_of_week, week_board


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def week(request: MemberRequest) -> HttpResponse:
    """Seven days side by side; a click leads to the day."""
    look = looked_at(request)
    return render(request, "scheduling/week.html", _context(look, _mark(look)))


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def board(request: MemberRequest) -> HttpResponse:
    """The same week again, for a page that is open; 204 while nothing has changed."""
    look = looked_at(request)
    mark = _mark(look)
    if request.GET.get("mark") == mark:
        return HttpResponse(status=204)
    return render(request, "scheduling/_week.html", _context(look, mark))


def _mark(look: Look) -> str:
    return look.mark(days_of_week(look.day))


def _context(look: Look, mark: str) -> dict[str, Any]:
    now = timezone.now()
    found = week_board(site=look.site, day=look.day, viewer=look.viewer)
    first, last = found.days[0].on, found.days[-1].on
    return {
        **look.context,
        "week": found,
        "holds": board_holds(look.site, [day.on for day in found.days], now=now),
        "mark": mark,
        "watch": look.watch([day.on for day in found.days]),
        "first": first,
        "last": last,
        "heading": _heading(first, last),
        "week_number": first.isocalendar().week,
        "before": look.day - timedelta(days=7),
        "after": look.day + timedelta(days=7),
        "is_now": first <= look.here <= last,
        "groups_number": sum(len(day.groups) for day in found.days),
        "states": state_counts([visit.status for day in found.days for visit in day.visits]),
    }


def _heading(first: date, last: date) -> str:
    begins = f"{first.day}" if first.month == last.month else f"{first:%-d %B}"
    return f"{begins} to {last:%-d %B %Y}"
