"""Ages and stretches of months by the calendar; pure."""

from calendar import monthrange
from datetime import date

OF_AGE = 18


def age_on(born: date, day: date) -> int:
    """Whole years by the calendar; who was born on 29 February ages on 1 March (DOMAIN 8.48)."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birthday(born: date, years: int) -> date:
    """The day on which somebody becomes that old; 1 March for 29 February in common years."""
    year = born.year + years
    if (born.month, born.day) == (2, 29) and monthrange(year, 2)[1] == 28:
        return date(year, 3, 1)
    return born.replace(year=year)


def may_have_dose(born: date, day: date) -> bool:
    """Whether the patient is of age on the local date of a dose (DOMAIN 3.1 IN_AGE, 8.46)."""
    return age_on(born, day) >= OF_AGE


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of a month that has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
