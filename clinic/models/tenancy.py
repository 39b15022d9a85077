"""What every tenant table carries: a time-ordered key and its organisation."""

from django.db import models
from django.db.models import F, Q

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
