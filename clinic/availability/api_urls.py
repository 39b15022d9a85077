"""Addresses of the API of hours, rooms and rosters."""

from django.urls import path

from clinic.availability import api, roster_api

SITE = "sites/<uuid:site_id>"
PERSON = f"{SITE}/staff/<uuid:member_id>"

urlpatterns = [
    path(f"{SITE}/hours", api.SiteWeek.as_view(), name="hours"),
    path(f"{SITE}/special-hours", api.SpecialDays.as_view(), name="special_hours"),
    path(
        f"{SITE}/special-hours/<uuid:special_hours_id>",
        api.SpecialDay.as_view(),
        name="special_hours_of_day",
    ),
    path(f"{SITE}/closures", api.Closures.as_view(), name="closures"),
    path(f"{SITE}/closures/<uuid:closure_id>", api.ClosureDetail.as_view(), name="closure"),
    path(f"{SITE}/holidays", api.Holidays.as_view(), name="holidays"),
    path(f"{SITE}/rooms/<uuid:room_id>", api.RoomDetail.as_view(), name="room"),
    path(f"{SITE}/rooms/<uuid:room_id>/blocks", api.RoomBlocks.as_view(), name="room_blocks"),
    path(
        f"{SITE}/room-blocks/<uuid:room_block_id>",
        api.RoomBlockDetail.as_view(),
        name="room_block",
    ),
    path(f"{SITE}/roster", roster_api.Roster.as_view(), name="roster"),
    path(f"{PERSON}/shifts", roster_api.Shifts.as_view(), name="shifts"),
    path(f"{PERSON}/shift-changes", roster_api.ShiftChanges.as_view(), name="shift_changes"),
    path(
        f"{PERSON}/shift-changes/<uuid:shift_change_id>",
        roster_api.ShiftChangeDetail.as_view(),
        name="shift_change",
    ),
    path(f"{PERSON}/leave", roster_api.Leaves.as_view(), name="leaves"),
    path(f"{PERSON}/leave/<uuid:leave_id>", roster_api.LeaveDetail.as_view(), name="leave"),
    path(f"{PERSON}/credentials", roster_api.Credentials.as_view(), name="credentials"),
    path(
        f"{PERSON}/credentials/<uuid:credential_id>",
        roster_api.CredentialDetail.as_view(),
        name="credential",
    ),
]
