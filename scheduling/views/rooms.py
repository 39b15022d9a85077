"""Another room for a visit at the same time: asked first, then done."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.models import Room
from clinic.rights import Right
from scheduling.models import Reservation
from scheduling.services.rooming import change_room, held_by_others, room_refusal
from sessions.access import visit_for
from sessions.models import Session


class RoomForm(forms.Form):
    """A room of the visit's site."""

    room = forms.ModelChoiceField(Room.objects.none(), widget=forms.RadioSelect, empty_label=None)

    # Of the visit as it was shown.
    version = forms.IntegerField(required=False)

    def __init__(self, visit: Session, data: QueryDict) -> None:
        super().__init__(data)
        rooms = Room.objects.in_use().filter(site=visit.site_id)
        self.fields["room"].queryset = rooms.order_by("position", "name", "pk")  # type: ignore[attr-defined]


@allowed(Right.BOOK)
@require_http_methods(["GET", "POST"])
def visit_room(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """Whether the visit can be in the room of the address, and putting it there."""
    found = visit_for(request.membership, visit_id, Right.BOOK)
    form = RoomForm(found, request.POST or request.GET)
    if not form.is_valid():
        return _page(request, found, None, "Choose a room of this site.", status=422)
    room = form.cleaned_data["room"]
    if request.method == "GET":
        return _page(request, found, room, _refusal(found, room))
    try:
        change_room(
            visit=found,
            room=room,
            by=request.membership,
            now=timezone.now(),
            version=form.cleaned_data["version"],
        )
    except DomainError as exc:
        return _page(request, found, room, str(exc), status=409 if exc.status == 409 else 422)
    messages.success(request, f"The visit is in {room.name} now.")
    place = reverse("scheduling:visit", args=[found.pk])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": place})
    return redirect(place)


def _refusal(found: Session, room: Room) -> str:
    if found.status != Session.Status.PLANNED:
        return "Only a planned visit can be changed."
    during = Reservation.objects.get(session=found).room_during
    if held_by_others(found, room, during):
        return f"{room.name} is taken by another visit at that time, or is made ready after one."
    return room_refusal(found, room, during)


def _page(
    request: MemberRequest, found: Session, room: Room | None, refusal: str, status: int = 200
) -> HttpResponse:
    held = Reservation.objects.filter(session=found).select_related("room").first()
    context = {
        "visit": found,
        "patient": found.patient,
        "zone": found.site.zone,
        "room": room,
        "before": held.room if held else None,
        "refusal": refusal,
    }
    name = "scheduling/_room_change.html" if request.htmx else "scheduling/room_change.html"
    return render(request, name, context, status=status)
