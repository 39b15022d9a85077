"""Organisations, their sites and rooms, and when these are open."""

from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.identifiers import uuid7
from clinic.models.tenancy import TenantModel, WeeklyInterval, apart


def validate_timezone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not an IANA time zone, such as America/New_York.")


def usual_credentials() -> list[str]:
    """`ROLE:KIND` of the credentials without which nobody is on the roster [dd]."""
    return ["NURSE:LICENSE", "THERAPIST:LICENSE", "PRESCRIBER:LICENSE"]


@audited()
class Organization(models.Model):
    """A tenant: one legal entity with its sites; nobody else may see its rows."""

    class MfaRequired(models.TextChoices):
        """Who must sign in with a second step."""

        NOBODY = "NOBODY", "Nobody"
        CLINICAL = "CLINICAL", "Clinical roles"
        EVERYBODY = "EVERYBODY", "Everybody"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    # A sender's name that gives away neither drug nor speciality (DOMAIN 6.2).
    sender_name = models.CharField(max_length=80)
    is_demo = models.BooleanField(default=False)
    mfa_required = models.CharField(
        max_length=10, choices=MfaRequired.choices, default=MfaRequired.CLINICAL
    )
    # Minutes without anybody at the keyboard after which a screen locks [dd].
    idle_lock_minutes = models.PositiveSmallIntegerField(default=15)
    # Minutes for which breaking the glass opens a restricted chart [dd].
    break_glass_minutes = models.PositiveSmallIntegerField(default=60)
    # Which credentials end a role's roster when they expire (DOMAIN 2.6) [dd].
    credentials_required = ArrayField(models.CharField(max_length=40), default=usual_credentials)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="organization_closes_charts_again",
                condition=Q(break_glass_minutes__range=(5, 480)),
                violation_error_message="A restricted chart stays open for 5 to 480 minutes.",
            ),
            models.CheckConstraint(
                name="organization_locks_within_hours",
                condition=Q(idle_lock_minutes__range=(1, 240)),
                violation_error_message="A screen locks after 1 to 240 idle minutes.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@audited()
class Site(TenantModel):
    """A place where patients come, with its own wall clock."""

    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=64, validators=[validate_timezone])
    address = models.CharField(max_length=240)
    phone = models.CharField(max_length=40)
    grid_minutes = models.PositiveSmallIntegerField(default=15)
    # How many doses a day may take before the planner spreads them; none = no limit.
    soft_doses_per_day = models.PositiveSmallIntegerField(null=True, blank=True)
    # Whose public holidays are proposed as closures: ISO 3166-1, and 3166-2 without the country.
    holiday_country = models.CharField(max_length=2, blank=True)
    holiday_subdivision = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="site_name_once"),
            models.CheckConstraint(
                name="site_grid_5_or_15",
                condition=Q(grid_minutes__in=[5, 15]),
                violation_error_message="Visits start on a grid of 5 or 15 minutes.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The site's wall clock."""
        return ZoneInfo(self.timezone)


@audited()
class OpeningHours(WeeklyInterval):
    """When a site is open on one weekday; a day without a row is closed."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="opening_hours")

    class Meta(WeeklyInterval.Meta):
        constraints = [
            *WeeklyInterval.Meta.constraints,
            models.CheckConstraint(
                # Clocks change at night: every wall-clock time in use exists exactly once.
                name="clinic_openinghours_not_at_night",
                condition=Q(starts__gte=time(4)),
                violation_error_message="A site is closed from midnight to 04:00.",
            ),
            apart("openinghours_apart", "site", "weekday", message="Two of these times overlap."),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


@audited(record="Hours of one day")
class SpecialHours(TenantModel):
    """When a site is open on one date, instead of the hours of its weekday."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="special_hours")
    on = models.DateField()
    starts = models.TimeField()
    ends = models.TimeField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="specialhours_by_day",
                condition=Q(starts__gte=time(4), ends__gt=F("starts")),
                violation_error_message="A site opens at 04:00 or later, and closes after that.",
            ),
            apart("specialhours_apart", "site", "on", message="Two of these times overlap."),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.starts:%H:%M}-{self.ends:%H:%M}"


@audited()
class Closure(TenantModel):
    """A local date on which a site is closed all day."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="closures")
    on = models.DateField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "on"],
                name="closure_once_a_day",
                violation_error_message="The site is closed on that date already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}"


class RoomQuerySet(models.QuerySet["Room"]):
    def in_use(self) -> "RoomQuerySet":
        """Rooms that can be booked."""
        return self.filter(is_active=True)


@audited()
class Room(TenantModel):
    """A chair, bay or office: one patient at a time, of one or more kinds."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=60)
    # What can be done here, in the words of protocols: "dosing", "iv", "consulting" …
    kinds = ArrayField(models.SlugField(max_length=30))
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="room_name_once",
                violation_error_message="The site has a room of that name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


@audited(record="Room out of use")
class RoomBlock(TenantModel):
    """A stretch during which a room is out of use."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="blocks")
    during = DateTimeRangeField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="roomblock_not_empty",
                condition=Q(during__isempty=False)
                & Q(during__startswith__isnull=False, during__endswith__isnull=False),
                violation_error_message="A block has a start and a later end.",
            ),
            ExclusionConstraint(
                name="roomblock_apart",
                expressions=[("room", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message="The room is out of use at that time already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} out of use"
