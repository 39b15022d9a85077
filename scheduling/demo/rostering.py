"""The demo's roster beyond its weeks: one Saturday, calendars of holidays, credentials."""

from datetime import date, time, timedelta

from clinic.availability.rosters import ROSTERED, change_shift, record_credential
from clinic.availability.services import set_holiday_calendar, shorten_day
from clinic.models import Credential
from scheduling.demo import tables
from scheduling.demo.founding import Demo

SATURDAY = 5
# Far enough ahead that nothing of the demo is planned on it.
AHEAD = 90
MORNING = [(time(9), time(13))]


def keep_roster(demo: Demo) -> None:
    """A Saturday on which one nurse comes to catch up, and everybody's licences."""
    for site in demo.sites.values():
        set_holiday_calendar(site=site, country="US", subdivision="")
    site, nurse = demo.sites["harbor"], demo.people["Nora Bell"]
    on = _saturday(demo.day("harbor", AHEAD))
    shorten_day(site=site, on=on, hours=MORNING, reason="Catching up", now=demo.now)
    change_shift(member=nurse, site=site, on=on, hours=MORNING, reason="Extra shift", now=demo.now)
    for number, row in enumerate(_rostered()):
        expires_on = demo.day("harbor", 200 + 37 * number)
        kind = Credential.Kind.LICENSE
        record_credential(member=demo.people[row.name], kind=kind, expires_on=expires_on)
    soon = demo.day("harbor", 25)
    record_credential(member=nurse, kind=Credential.Kind.BLS, expires_on=soon)


def _saturday(day: date) -> date:
    return day + timedelta(days=(SATURDAY - day.weekday()) % 7)


def _rostered() -> list[tables.StaffRow]:
    return [row for row in tables.STAFF if set(row.roles.split()) & set(ROSTERED)]
