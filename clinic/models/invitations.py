"""Who was asked to join an organisation, until they have."""

from django.db import models
from django.db.models import Q

from clinic.audit.triggers import audited
from clinic.models.staff import Membership
from clinic.models.tenancy import TenantModel

OPEN = Q(accepted_at__isnull=True, withdrawn_at__isnull=True)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; past their time or not."""
        return self.filter(OPEN)


@audited()
class Invitation(TenantModel):
    """A letter to an address, whose link turns a membership into that of an account."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    invited_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    # Rises with each letter; the links of earlier ones are dead.
    number = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=OPEN, name="invitation_one_open_per_member"
            ),
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=OPEN,
                name="invitation_one_open_per_address",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
