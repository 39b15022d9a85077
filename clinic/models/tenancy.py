"""What every tenant table carries: a time-ordered key and its organisation."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from clinic.identifiers import uuid7


class TenantModel(models.Model):
    """A row that belongs to one organisation; row-level security goes by `organization`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "clinic.Organization", on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        abstract = True


class Weekday(models.IntegerChoices):
    """Days as `date.weekday()` counts them."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class ClockRange(Func):
    """The stretch from one wall-clock time to another as a range; without both, all of the day."""

    template = "tsrange('2000-01-01'::date + %(expressions)s)"
    arg_joiner = ", '2000-01-01'::date + "
    output_field = DateTimeRangeField()


def apart(name: str, *alike: str, message: str) -> ExclusionConstraint:
    """No two rows that are alike in these columns overlap from `starts` to `ends`."""
    same: list[Any] = [(column, RangeOperators.EQUAL) for column in alike]
    return ExclusionConstraint(
        name=name,
        expressions=[*same, (ClockRange("starts", "ends"), RangeOperators.OVERLAPS)],
        violation_error_message=message,
    )


class WeeklyInterval(TenantModel):
    """A stretch of one weekday by the wall clock of the site, end excluded."""

    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ends_after_start",
                condition=Q(ends__gt=F("starts")),
                violation_error_message="The end must be later than the start.",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_weekday",
                condition=Q(weekday__lte=6),
                violation_error_message="A weekday is a number from 0 (Monday) to 6 (Sunday).",
            ),
        ]
