"""The door to entries of the waitlist and to offers."""

from uuid import UUID

from clinic.access import require_at, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from scheduling.waitlist.models import SlotOffer, WaitlistEntry


def entry_for(member: Membership, entry_id: UUID, right: Right) -> WaitlistEntry:
    """The entry; refuses as `course_for` does."""
    rows = WaitlistEntry.objects.select_related("site", "course__patient", "course__site")
    entry = row_for(member, rows, entry_id)
    require_at(member, right, [entry.site_id])
    require_open(member, entry.course.patient)
    return entry


def offer_for(member: Membership, offer_id: UUID, right: Right) -> SlotOffer:
    """The offer; refuses as `course_for` does, by the course that it is made to."""
    rows = SlotOffer.objects.select_related(
        "organization", "freed", "visit", "entry__site", "entry__entered_by",
        "entry__course__patient", "entry__course__site", "entry__course__protocol_version",
    )  # fmt: skip
    offer = row_for(member, rows, offer_id)
    require_at(member, right, [offer.entry.site_id])
    require_open(member, offer.entry.course.patient)
    return offer
