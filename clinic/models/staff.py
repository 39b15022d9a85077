"""People who work for an organisation: roles, weekly shifts, leave, capacity."""

from uuid import UUID

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.functional import cached_property

from clinic.audit.triggers import audited
from clinic.models.organizations import Site
from clinic.models.tenancy import TenantModel, WeeklyInterval, apart


class Role(models.TextChoices):
    """What somebody may be at a site; one person may be several."""

    FRONT_DESK = "FRONT_DESK", "Front desk"
    NURSE = "NURSE", "Nurse"
    THERAPIST = "THERAPIST", "Therapist"
    PRESCRIBER = "PRESCRIBER", "Prescriber"
    MEDICAL_DIRECTOR = "MEDICAL_DIRECTOR", "Medical director"
    MANAGER = "MANAGER", "Practice manager"
    AUDITOR = "AUDITOR", "Auditor (read-only)"


def posts_of(membership: str) -> ArraySubquery:
    """What `Membership.duties` tells, for an annotation `posts`; `membership` leads to the id."""
    held = RoleAssignment.objects.filter(membership=OuterRef(membership))
    return ArraySubquery(held.values(post=JSONObject(site="site_id", role="role")))


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> "MembershipQuerySet":
        """People who still work here."""
        return self.filter(is_active=True)

    def with_role(self, role: str, site: Site) -> "MembershipQuerySet":
        """Active people who hold the role at the site."""
        people = self.active().filter(kind=Membership.Kind.PERSON)
        return people.filter(assignments__role=role, assignments__site=site).distinct()

    def with_duties(self) -> "MembershipQuerySet":
        """With what `duties` tells, read in the same query."""
        return self.annotate(posts=posts_of("pk"))


@audited(record="Staff member")
class Membership(TenantModel):
    """One person's, or one program's, place in one organisation."""

    class Kind(models.TextChoices):
        PERSON = "PERSON", "Person"
        SERVICE = "SERVICE", "Service"

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PERSON)
    user = models.ForeignKey(
        "clinic.User", on_delete=models.PROTECT, related_name="memberships", null=True, blank=True
    )
    name = models.CharField(max_length=120)
    # Units of monitoring load that this person carries at one instant (DESIGN G3).
    capacity = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivation_reason = models.CharField(max_length=200, blank=True)

    # Of whoever calls with a token that is good for some rights only: these (clinic.rights).
    scopes: frozenset[str] | None = None

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"], name="membership_once_per_user"
            ),
            models.CheckConstraint(
                name="service_has_no_account",
                condition=Q(kind="PERSON") | Q(user__isnull=True),
                violation_error_message="A service calls with tokens; nobody signs in as one.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def duties(self) -> frozenset[tuple[UUID, str]]:
        """Site and role of everything that the person may be; read once, then kept."""
        posts: list[dict[str, str]] | None = getattr(self, "posts", None)
        if posts is None:
            return frozenset((post.site_id, post.role) for post in self.assignments.all())
        return frozenset((UUID(post["site"]), post["role"]) for post in posts)


@audited(record="Role")
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


@audited()
class Shift(WeeklyInterval):
    """When somebody works at a site, every week, by the site's wall clock."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="shifts")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="shifts")

    class Meta(WeeklyInterval.Meta):
        constraints = [
            *WeeklyInterval.Meta.constraints,
            apart(
                "shift_apart",
                "membership",
                "site",
                "weekday",
                message="Two of these times overlap.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


@audited(record="Shift of one day")
class ShiftChange(TenantModel):
    """When somebody works on one date, not the weekday's shifts; without times, not at all."""

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="shift_changes"
    )
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="shift_changes")
    on = models.DateField()
    starts = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shiftchange_ends_after_start",
                condition=Q(starts__isnull=True, ends__isnull=True)
                | Q(starts__isnull=False, ends__isnull=False, ends__gt=F("starts")),
                violation_error_message="The end must be later than the start.",
            ),
            apart(
                "shiftchange_apart",
                "membership",
                "site",
                "on",
                message="Two of these times overlap.",
            ),
        ]

    def __str__(self) -> str:
        hours = f"{self.starts:%H:%M}-{self.ends:%H:%M}" if self.starts and self.ends else "off"
        return f"{self.on:%Y-%m-%d} {hours}"


@audited()
class Leave(TenantModel):
    """A stretch during which somebody does not work."""

    class Kind(models.TextChoices):
        HOLIDAY = "HOLIDAY", "Holiday"
        SICK = "SICK", "Sick"
        TRAINING = "TRAINING", "Training"
        PARENTAL = "PARENTAL", "Parental leave"
        OTHER = "OTHER", "Other"

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="leaves")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OTHER)
    during = DateTimeRangeField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="leave_not_empty",
                condition=Q(during__isempty=False)
                & Q(during__startswith__isnull=False, during__endswith__isnull=False),
                violation_error_message="Leave has a start and a later end.",
            ),
            ExclusionConstraint(
                name="leave_apart",
                expressions=[
                    ("membership", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message="There is leave in that time already.",
            ),
        ]
        indexes = [GistIndex(fields=["membership", "during"], name="leave_by_member")]

    def __str__(self) -> str:
        return f"{self.membership_id} away"


@audited()
class Credential(TenantModel):
    """A licence or certificate that somebody holds until it expires (DOMAIN 2.6)."""

    class Kind(models.TextChoices):
        LICENSE = "LICENSE", "Professional licence"
        CONTROLLED = "CONTROLLED", "Controlled-substance registration"
        REMS = "REMS", "REMS training"
        ACLS = "ACLS", "Advanced life support (ACLS)"
        BLS = "BLS", "Basic life support (BLS)"

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="credentials")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.CharField(max_length=60, blank=True)
    # The first day on which it is not good any more.
    expires_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "kind"],
                name="credential_once_per_person",
                violation_error_message="This credential is on record already: renew it there.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} until {self.expires_on:%Y-%m-%d}"
