"""People who work for an organisation: roles, weekly shifts, leave, capacity."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q

from clinic.models.organizations import Site
from clinic.models.tenancy import TenantModel, WeeklyInterval


class Role(models.TextChoices):
    """What somebody may be at a site; one person may be several."""

    FRONT_DESK = "FRONT_DESK", "Front desk"
    NURSE = "NURSE", "Nurse"
    THERAPIST = "THERAPIST", "Therapist"
    PRESCRIBER = "PRESCRIBER", "Prescriber"
    MEDICAL_DIRECTOR = "MEDICAL_DIRECTOR", "Medical director"
    MANAGER = "MANAGER", "Practice manager"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> "MembershipQuerySet":
        """People who still work here."""
        return self.filter(is_active=True)

    def with_role(self, role: str, site: Site) -> "MembershipQuerySet":
        """Active people who hold the role at the site."""
        return self.active().filter(assignments__role=role, assignments__site=site).distinct()


class Membership(TenantModel):
    """One person's place in one organisation."""

    user = models.ForeignKey(
        "clinic.User", on_delete=models.PROTECT, related_name="memberships", null=True, blank=True
    )
    name = models.CharField(max_length=120)
    # Units of monitoring load that this person carries at one instant (DESIGN G3).
    capacity = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"], name="membership_once_per_user"
            )
        ]

    def __str__(self) -> str:
        return self.name


class RoleAssignment(TenantModel):
    """A role that somebody holds at one site."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="assignments")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "site", "role"], name="role_once_per_person_and_site"
            )
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class Shift(WeeklyInterval):
    """When somebody works at a site, every week, by the site's wall clock."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="shifts")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="shifts")

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


class Leave(TenantModel):
    """A stretch during which somebody does not work."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="leaves")
    during = DateTimeRangeField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="leave_not_empty",
                condition=Q(during__isempty=False)
                & Q(during__startswith__isnull=False, during__endswith__isnull=False),
                violation_error_message="Leave has a start and a later end.",
            )
        ]
        indexes = [GistIndex(fields=["membership", "during"], name="leave_by_member")]

    def __str__(self) -> str:
        return f"{self.membership_id} away"
