"""Hours, closures, rooms, shifts, leave and credentials: what is kept, and what is refused."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.availability import rosters, services
from clinic.availability.presence import present_at, roster
from clinic.availability.rules import Span
from clinic.availability.saving import AvailabilityRefused
from clinic.availability.selectors import hours_of_day, is_open_at, site_hours
from clinic.models import (
    AuditEvent,
    Closure,
    Credential,
    Leave,
    OpeningHours,
    Role,
    RoomBlock,
    Shift,
    ShiftChange,
    SpecialHours,
)
from tests.factories import NEW_YORK, NOW, make_member
from tests.race import race

pytestmark = pytest.mark.django_db

MONDAY = NOW.date()
TUESDAY = MONDAY + timedelta(days=1)
EIGHT, NOON, ONE, SIX = time(8), time(12), time(13), time(18)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), NEW_YORK)


def refused(field: str, words: str):
    return pytest.raises(AvailabilityRefused, match=words, check=lambda exc: exc.field == field)


class TestHours:
    def test_a_week_is_replaced_and_what_stays_is_the_same_row(self, clinic):
        before = {row.weekday: row.pk for row in clinic.site.opening_hours.all()}
        week = [Span(0, EIGHT, SIX), Span(1, EIGHT, NOON), Span(1, ONE, SIX)]
        services.set_opening_hours(site=clinic.site, week=week)
        rows = clinic.site.opening_hours.order_by("weekday", "starts")
        assert [(row.weekday, row.starts, row.ends) for row in rows] == [
            (0, EIGHT, SIX),
            (1, EIGHT, NOON),
            (1, ONE, SIX),
        ]
        assert rows[0].pk == before[0]

    def test_a_wrong_week_changes_nothing(self, clinic):
        with refused("week", "Tuesday: .* overlap"):
            services.set_opening_hours(
                site=clinic.site, week=[Span(1, EIGHT, ONE), Span(1, NOON, SIX)]
            )
        assert clinic.site.opening_hours.count() == 5

    def test_one_date_is_shorter_and_goes_back_to_its_weekday(self, clinic):
        services.shorten_day(
            site=clinic.site, on=TUESDAY, hours=[(EIGHT, NOON)], reason="Training", now=NOW
        )
        assert hours_of_day(clinic.site, TUESDAY) == ((EIGHT, NOON),)
        assert is_open_at(clinic.site, at(TUESDAY, 11))
        assert not is_open_at(clinic.site, at(TUESDAY, 12))
        assert [day.on for day in site_hours(clinic.site, today=MONDAY).special] == [TUESDAY]
        services.keep_usual_day(site=clinic.site, on=TUESDAY)
        assert hours_of_day(clinic.site, TUESDAY) == ((EIGHT, SIX),)

    @pytest.mark.parametrize(
        ("on", "hours", "field", "words"),
        [
            (MONDAY - timedelta(days=1), [(EIGHT, NOON)], "on", "is over"),
            (TUESDAY, [], "on", "enter a closure"),
            (TUESDAY, [(time(3), NOON)], "hours", "04:00 at the earliest"),
            (TUESDAY, [(NOON, EIGHT)], "hours", "later than the start"),
        ],
    )
    def test_hours_of_a_date_that_cannot_be_are_refused(self, clinic, on, hours, field, words):
        with refused(field, words):
            services.shorten_day(site=clinic.site, on=on, hours=hours, now=NOW)

    def test_the_database_keeps_hours_apart_by_itself(self, clinic):
        own = {"organization": clinic.organization, "site": clinic.site}
        with pytest.raises(IntegrityError, match="openinghours_apart"), transaction.atomic():
            OpeningHours.objects.create(weekday=0, starts=NOON, ends=time(19), **own)
        SpecialHours.objects.create(on=MONDAY, starts=EIGHT, ends=NOON, **own)
        SpecialHours.objects.create(on=MONDAY, starts=NOON, ends=SIX, **own)
        with pytest.raises(IntegrityError, match="specialhours_apart"), transaction.atomic():
            SpecialHours.objects.create(on=MONDAY, starts=time(11), ends=ONE, **own)


class TestClosures:
    def test_a_closed_day_has_no_hours_and_is_closed_once(self, clinic):
        closure = services.close_site(site=clinic.site, on=TUESDAY, reason=" Painters ", now=NOW)
        assert (closure.reason, hours_of_day(clinic.site, TUESDAY)) == ("Painters", ())
        with refused("on", "closed on that date already"):
            services.close_site(site=clinic.site, on=TUESDAY, reason="Again", now=NOW)
        services.reopen_site(closure=closure)
        assert is_open_at(clinic.site, at(TUESDAY, 9))

    def test_a_closure_needs_a_reason(self, clinic):
        with refused("reason", "Say why"):
            services.close_site(site=clinic.site, on=TUESDAY, reason=" ", now=NOW)

    def test_holidays_are_proposed_and_taken_over_only_when_asked(self, clinic):
        services.set_holiday_calendar(site=clinic.site, country="US", subdivision="NY")
        proposed = {one.on: one.name for one in site_hours(clinic.site, today=MONDAY).proposed}
        july = date(2026, 7, 3)
        assert not Closure.objects.exists()
        assert proposed[july] == "Independence Day (observed)"
        services.take_over_holidays(site=clinic.site, days=[july], now=NOW)
        services.take_over_holidays(site=clinic.site, days=[july], now=NOW)
        assert [one.reason for one in Closure.objects.all()] == [proposed[july]]
        assert july not in {one.on for one in site_hours(clinic.site, today=MONDAY).proposed}

    def test_only_public_holidays_of_the_calendar_are_taken_over(self, clinic):
        with refused("country", "calendar"):
            services.take_over_holidays(site=clinic.site, days=[TUESDAY], now=NOW)
        services.set_holiday_calendar(site=clinic.site, country="US", subdivision="")
        with refused("days", "2026-01-06 is no public holiday"):
            services.take_over_holidays(site=clinic.site, days=[TUESDAY], now=NOW)
        with refused("subdivision", "no such region"):
            services.set_holiday_calendar(site=clinic.site, country="US", subdivision="ENG")


class TestRooms:
    def test_a_room_is_added_changed_and_taken_out_of_use(self, clinic):
        room = services.add_room(site=clinic.site, name="Bay 9", kinds=["infusion", "infusion"])
        services.change_room(room=room, name="Bay 10", kinds=["consulting"], is_active=False)
        room.refresh_from_db()
        assert (room.name, room.kinds, room.is_active) == ("Bay 10", ["consulting"], False)
        with refused("name", "has a room of that name"):
            services.add_room(site=clinic.site, name="Bay 10", kinds=["infusion"])
        with refused("kinds", "at least one kind"):
            services.add_room(site=clinic.site, name="Bay 11", kinds=[])

    def test_a_block_has_a_reason_and_meets_no_other(self, clinic):
        ask = {"room": clinic.chair, "starts_at": at(MONDAY, 9), "reason": "Pump broken"}
        services.block_room(ends_at=at(MONDAY, 12), **ask)
        with refused("starts_at", "out of use at that time already"):
            services.block_room(ends_at=at(MONDAY, 10), **ask)
        with refused("ends_at", "later than the start"):
            services.block_room(ends_at=at(MONDAY, 9), **ask)
        with refused("reason", "Say why"):
            services.block_room(ends_at=at(MONDAY, 10), **{**ask, "reason": ""})
        assert RoomBlock.objects.count() == 1


class TestRosters:
    def test_shifts_of_a_week_are_replaced(self, clinic):
        rosters.set_shifts(member=clinic.nurse, site=clinic.site, week=[Span(5, EIGHT, NOON)])
        assert [str(shift) for shift in clinic.nurse.shifts.all()] == ["Saturday 08:00-12:00"]
        with refused("week", "Monday: .* later than the start"):
            rosters.set_shifts(member=clinic.nurse, site=clinic.site, week=[Span(0, NOON, EIGHT)])

    def test_who_does_not_work_at_the_site_has_no_shifts_there(self, clinic, other_clinic):
        with refused("member", "does not work at"):
            rosters.set_shifts(member=clinic.nurse, site=other_clinic.site, week=[])

    def test_a_date_may_be_longer_shorter_or_off(self, clinic):
        ask = {"member": clinic.nurse, "site": clinic.site, "on": TUESDAY, "now": NOW}
        rosters.change_shift(hours=[(NOON, SIX)], **ask)
        assert clinic.nurse.pk not in present_at(clinic.site, at(TUESDAY, 9))
        assert clinic.nurse.pk in present_at(clinic.site, at(TUESDAY, 13))
        rosters.change_shift(hours=[], reason="Swapped", **ask)
        assert [str(row) for row in ShiftChange.objects.all()] == ["2026-01-06 off"]
        assert clinic.nurse.pk not in present_at(clinic.site, at(TUESDAY, 13))
        rosters.keep_usual_shift(member=clinic.nurse, site=clinic.site, on=TUESDAY)
        assert clinic.nurse.pk in present_at(clinic.site, at(TUESDAY, 9))

    def test_a_day_off_and_hours_of_the_same_date_do_not_go_together(self, clinic):
        always = {
            "organization": clinic.organization,
            "site": clinic.site,
            "membership": clinic.nurse,
        }
        own = {**always, "on": TUESDAY}
        ShiftChange.objects.create(**own)
        with pytest.raises(IntegrityError, match="shiftchange_apart"), transaction.atomic():
            ShiftChange.objects.create(starts=EIGHT, ends=NOON, **own)
        with pytest.raises(IntegrityError, match="ends_after_start"), transaction.atomic():
            ShiftChange.objects.create(starts=EIGHT, **{**own, "on": MONDAY})
        with pytest.raises(IntegrityError, match="shift_apart"), transaction.atomic():
            Shift.objects.create(weekday=0, starts=NOON, ends=ONE, **always)

    def test_leave_has_a_kind_and_meets_no_other(self, clinic):
        ask = {"member": clinic.nurse, "kind": Leave.Kind.SICK, "starts_at": at(TUESDAY, 8)}
        leave = rosters.add_leave(ends_at=at(TUESDAY, 18), **ask)
        assert clinic.nurse.pk not in present_at(clinic.site, at(TUESDAY, 9))
        with refused("starts_at", "leave in that time already"):
            rosters.add_leave(ends_at=at(TUESDAY, 9), **ask)
        with refused("ends_at", "later than the start"):
            rosters.add_leave(ends_at=at(TUESDAY, 8), **ask)
        with refused("ends_at", "three years"):
            rosters.add_leave(ends_at=at(TUESDAY + timedelta(days=1200), 8), **ask)
        rosters.drop_leave(leave=leave)
        assert clinic.nurse.pk in present_at(clinic.site, at(TUESDAY, 9))

    def test_who_is_away_twice_in_one_day_is_present_in_between_alone(self, clinic):
        for begins, ends in ((9, 10), (14, 18)):
            rosters.add_leave(
                member=clinic.nurse, kind=Leave.Kind.SICK,
                starts_at=at(TUESDAY, begins), ends_at=at(TUESDAY, ends),
            )  # fmt: skip
        there = [hour for hour in (9, 12, 15) if clinic.nurse.pk in present_at(
            clinic.site, at(TUESDAY, hour)
        )]  # fmt: skip
        assert there == [12]


class TestCredentials:
    def test_the_roster_ends_on_the_day_of_expiry(self, clinic):
        ask = {"member": clinic.nurse, "kind": Credential.Kind.LICENSE}
        rosters.record_credential(expires_on=TUESDAY, number="RN 1", **ask)
        assert clinic.nurse.pk in present_at(clinic.site, at(MONDAY, 9))
        assert clinic.nurse.pk not in present_at(clinic.site, at(TUESDAY, 9))
        rosters.record_credential(expires_on=TUESDAY + timedelta(days=365), number="RN 1", **ask)
        assert Credential.objects.count() == 1
        assert clinic.nurse.pk in present_at(clinic.site, at(TUESDAY, 9))

    def test_which_roles_need_one_is_a_setting(self, clinic):
        rosters.record_credential(member=clinic.nurse, kind=Credential.Kind.BLS, expires_on=MONDAY)
        assert clinic.nurse.pk in present_at(clinic.site, at(MONDAY, 9))
        rosters.require_credentials(organization=clinic.organization, required=["NURSE:BLS"])
        clinic.site.organization.refresh_from_db()
        assert clinic.nurse.pk not in present_at(clinic.site, at(MONDAY, 9))
        with refused("required", "FRONT_DESK:BLS"):
            rosters.require_credentials(
                organization=clinic.organization, required=["FRONT_DESK:BLS"]
            )

    def test_what_is_not_on_record_is_told_and_ends_nothing(self, clinic):
        [line] = [one for one in roster(clinic.site, [MONDAY]) if one.member == clinic.nurse]
        assert (line.missing, line.ends_on, line.cells[0].is_present) == (["LICENSE"], None, True)


def test_a_roster_of_a_week_asks_as_much_for_many_as_for_one(clinic, django_assert_num_queries):
    days = [MONDAY + timedelta(days=n) for n in range(7)]
    clinic.site.organization.pk  # noqa: B018 # read before counting
    with django_assert_num_queries(7):
        roster(clinic.site, days)
    for _ in range(5):
        nurse = make_member(clinic.site, Role.NURSE)
        rosters.add_leave(member=nurse, starts_at=at(MONDAY, 8), ends_at=at(MONDAY, 9))
        rosters.change_shift(member=nurse, site=clinic.site, on=MONDAY, hours=[], now=NOW)
        rosters.record_credential(member=nurse, kind="LICENSE", expires_on=TUESDAY)
    with django_assert_num_queries(7):
        lines = roster(clinic.site, days)
    assert sum(line.ends_on == TUESDAY for line in lines) == 5


def test_each_change_is_in_the_audit(clinic):
    rosters.add_leave(
        member=clinic.nurse, kind="SICK", starts_at=at(MONDAY, 8), ends_at=at(MONDAY, 18)
    )
    rosters.record_credential(member=clinic.nurse, kind="BLS", expires_on=TUESDAY)
    services.shorten_day(site=clinic.site, on=TUESDAY, hours=[(EIGHT, NOON)], now=NOW)
    rosters.change_shift(member=clinic.nurse, site=clinic.site, on=TUESDAY, hours=[], now=NOW)
    recorded = set(AuditEvent.objects.values_list("model", flat=True))
    models = {"clinic.Leave", "clinic.Credential", "clinic.SpecialHours", "clinic.ShiftChange"}
    assert models <= recorded


@pytest.mark.django_db(transaction=True)
def test_of_rivals_who_enter_the_same_leave_one_wins(clinic):
    def enter(_: int) -> Leave:
        return rosters.add_leave(
            member=clinic.nurse, starts_at=at(MONDAY, 8), ends_at=at(MONDAY, 18)
        )

    outcomes = [type(one) for one in race(enter, rivals=6)]
    assert (outcomes.count(Leave), outcomes.count(AvailabilityRefused)) == (1, 5)


@pytest.mark.django_db(transaction=True)
def test_managers_who_save_the_week_at_once_leave_one_of_the_weeks(clinic):
    weeks = [[Span(day, EIGHT, time(12 + n)) for day in range(5)] for n in range(4)]

    def save(number: int) -> None:
        services.set_opening_hours(site=clinic.site, week=weeks[number])

    assert race(save, rivals=4) == [None] * 4
    rows = clinic.site.opening_hours.values_list("weekday", "starts", "ends")
    assert sorted(Span(*row) for row in rows) in weeks
