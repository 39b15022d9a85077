"""What can be done on the pages of availability: for each act its form, its service, its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from clinic.availability import forms, rosters, services
from clinic.availability.access import Place, block_at, credential_of, leave_of, row_at
from clinic.availability.presence import shift_week
from clinic.availability.rules import EARLIEST_OPENING
from clinic.availability.selectors import opening_week, site_hours
from clinic.availability.week_form import WeekForm
from clinic.models import Closure, Membership, Room, ShiftChange, SpecialHours
from clinic.rights import Right

AnyForm = Any
"""An ActForm, or a WeekForm: both say `is_valid`, `errors`, `refuse`."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a page's form does; `do` gives the words that confirm it."""

    form: Callable[[Place, QueryDict | None], AnyForm]
    do: Callable[[Place, AnyForm], str]
    right: Right = Right.KEEP_ROSTER


def _plain(shape: Callable[..., AnyForm]) -> Callable[[Place, QueryDict | None], AnyForm]:
    return lambda _place, data: shape(data)


def _zoned(shape: Callable[..., AnyForm]) -> Callable[[Place, QueryDict | None], AnyForm]:
    return lambda place, data: shape(data, zone=place.site.zone)


def _of(place: Place) -> Membership:
    assert place.member is not None  # noqa: S101 # nosec B101 # pages of a person name one
    return place.member


# --- Hours ---


def _week_form(place: Place, data: QueryDict | None) -> WeekForm:
    if data is None:
        return WeekForm.of_week(opening_week(place.site), earliest=EARLIEST_OPENING)
    return WeekForm.of_post(data, earliest=EARLIEST_OPENING)


def _set_week(place: Place, form: AnyForm) -> str:
    services.set_opening_hours(site=place.site, week=form.week)
    return "The weekly hours are saved."


def _shorten(place: Place, form: AnyForm) -> str:
    said = form.cleaned_data
    services.shorten_day(
        site=place.site, on=said["on"], hours=form.hours, reason=said["reason"], now=place.now
    )
    return "The hours of that day are saved."


def _usual_day(place: Place, form: AnyForm) -> str:
    row = row_at(place, SpecialHours.objects.all(), form.cleaned_data["id"])
    services.keep_usual_day(site=place.site, on=row.on)
    return "The hours of the weekday hold again on that day."


def _close(place: Place, form: AnyForm) -> str:
    services.close_site(site=place.site, now=place.now, **form.cleaned_data)
    return "The closure is entered."


def _reopen(place: Place, form: AnyForm) -> str:
    closure = row_at(place, Closure.objects.all(), form.cleaned_data["id"])
    services.reopen_site(closure=closure)
    return "The site is open again on that day."


def _calendar_form(place: Place, data: QueryDict | None) -> AnyForm:
    site = place.site
    known = {"country": site.holiday_country, "subdivision": site.holiday_subdivision}
    return forms.CalendarForm(data, initial=known)


def _set_calendar(place: Place, form: AnyForm) -> str:
    services.set_holiday_calendar(site=place.site, **form.cleaned_data)
    return "The calendar of holidays is saved."


def _holidays_form(place: Place, data: QueryDict | None) -> AnyForm:
    return forms.HolidaysForm(data, proposed=site_hours(place.site, today=place.today).proposed)


def _take_over(place: Place, form: AnyForm) -> str:
    closed = services.take_over_holidays(
        site=place.site, days=form.cleaned_data["days"], now=place.now
    )
    return f"Closures entered: {len(closed)}."


HOURS: Mapping[str, Act] = {
    "week": Act(_week_form, _set_week, Right.MANAGE_SETTINGS),
    "special": Act(_plain(forms.SpecialHoursForm), _shorten),
    "usual": Act(_plain(forms.RowForm), _usual_day),
    "close": Act(_plain(forms.ClosureForm), _close),
    "reopen": Act(_plain(forms.RowForm), _reopen),
    "calendar": Act(_calendar_form, _set_calendar, Right.MANAGE_SETTINGS),
    "holidays": Act(_holidays_form, _take_over),
}


# --- Rooms ---


def _keep_room(place: Place, form: AnyForm) -> str:
    said = dict(form.cleaned_data)
    if room_id := said.pop("id"):
        room = row_at(place, Room.objects.all(), room_id)
        services.change_room(room=room, **said)
        return f"{room.name} is changed."
    return f"{services.add_room(site=place.site, **said).name} is added."


def _block(place: Place, form: AnyForm) -> str:
    room = row_at(place, Room.objects.all(), form.cleaned_data["id"])
    reason = form.cleaned_data["reason"]
    services.block_room(room=room, starts_at=form.starts_at, ends_at=form.ends_at, reason=reason)
    return f"{room.name} is out of use for that time."


def _unblock(place: Place, form: AnyForm) -> str:
    block = block_at(place, form.cleaned_data["id"])
    services.unblock_room(block=block)
    return f"{block.room.name} is in use again for that time."


ROOMS: Mapping[str, Act] = {
    "room": Act(_plain(forms.RoomForm), _keep_room, Right.MANAGE_SETTINGS),
    "block": Act(_zoned(forms.BlockForm), _block),
    "unblock": Act(_plain(forms.RowForm), _unblock),
}


# --- One person ---


def _shifts_form(place: Place, data: QueryDict | None) -> WeekForm:
    if data is None:
        return WeekForm.of_week(shift_week(_of(place), place.site))
    return WeekForm.of_post(data)


def _set_shifts(place: Place, form: AnyForm) -> str:
    rosters.set_shifts(member=_of(place), site=place.site, week=form.week)
    return "The weekly shifts are saved."


def _change_form(place: Place, data: QueryDict | None) -> AnyForm:
    return forms.ShiftChangeForm(data, initial={"on": place.on})


def _change_shift(place: Place, form: AnyForm) -> str:
    said = form.cleaned_data
    rosters.change_shift(
        member=_of(place),
        site=place.site,
        on=said["on"],
        hours=form.hours,
        reason=said["reason"],
        now=place.now,
    )
    return "The shift of that day is saved."


def _usual_shift(place: Place, form: AnyForm) -> str:
    rows = ShiftChange.objects.filter(membership=_of(place))
    row = row_at(place, rows, form.cleaned_data["id"])
    rosters.keep_usual_shift(member=_of(place), site=place.site, on=row.on)
    return "The shift of the weekday holds again on that day."


def _add_leave(place: Place, form: AnyForm) -> str:
    said = form.cleaned_data
    rosters.add_leave(
        member=_of(place),
        kind=said["kind"],
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        reason=said["reason"],
    )
    return "The leave is entered."


def _drop_leave(place: Place, form: AnyForm) -> str:
    rosters.drop_leave(leave=leave_of(place, _of(place), form.cleaned_data["id"]))
    return "The leave is taken back."


def _record_credential(place: Place, form: AnyForm) -> str:
    rosters.record_credential(member=_of(place), **form.cleaned_data)
    return "The credential is on record."


def _drop_credential(place: Place, form: AnyForm) -> str:
    credential = credential_of(place, _of(place), form.cleaned_data["id"])
    rosters.drop_credential(credential=credential)
    return "The credential is off the record."


PERSON: Mapping[str, Act] = {
    "shifts": Act(_shifts_form, _set_shifts),
    "change": Act(_change_form, _change_shift),
    "usual": Act(_plain(forms.RowForm), _usual_shift),
    "leave": Act(_zoned(forms.LeaveForm), _add_leave),
    "return": Act(_plain(forms.RowForm), _drop_leave),
    "credential": Act(_plain(forms.CredentialForm), _record_credential, Right.MANAGE_STAFF),
    "drop": Act(_plain(forms.RowForm), _drop_credential, Right.MANAGE_STAFF),
}


# --- Credentials ---


def _required_form(place: Place, data: QueryDict | None) -> AnyForm:
    start = {"required": place.site.organization.credentials_required}
    return forms.RequiredForm(data, initial=start)


def _require(place: Place, form: AnyForm) -> str:
    rosters.require_credentials(
        organization=place.site.organization, required=form.cleaned_data["required"]
    )
    return "It is saved which roles need which credentials."


CREDENTIALS: Mapping[str, Act] = {"required": Act(_required_form, _require, Right.MANAGE_SETTINGS)}
