"""What stands for a restricted chart that is shut: it can be opened by it, not told whose it is.

Sealed, so that two handles of one chart are not alike and hold no readable id; signed with the
time, and good for the member alone whom it was given to.
"""

from datetime import timedelta
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner

from clinic import vault
from clinic.errors import DomainError
from clinic.models import Membership, Patient

LIFE = timedelta(minutes=30)
SALT = "clinic.glass_handles"


class HandleSpent(DomainError):
    """The handle is too old, or somebody else's (400)."""

    code = "handle-spent"


def handle_for(member: Membership, patient: Patient) -> str:
    """What stands for the patient's shut chart in answers to the member."""
    return TimestampSigner(salt=SALT).sign(vault.seal(f"{member.pk} {patient.pk}"))


def patient_behind(member: Membership, handle: str) -> UUID:
    """The patient's id; raises HandleSpent for what was not given to the member of late."""
    try:
        sealed = TimestampSigner(salt=SALT).unsign(handle, max_age=LIFE)
        holder, _, patient = vault.unseal(sealed).partition(" ")
    except (BadSignature, ValueError):
        holder, patient = "", ""
    if holder != str(member.pk):
        raise HandleSpent("This is too old. Go back and ask for the chart again.", field="handle")
    return UUID(patient)
