"""The link in an offer's e-mail: signed, for one offer, and good for as long as that stands."""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from clinic.errors import DomainError
from clinic.tenancy import enter_tenant
from scheduling.waitlist.models import SlotOffer

SALT = "courseline.offer"


class LinkUnknown(DomainError):
    """The link was not made here, or is not complete."""

    code = "link-unknown"


def link_to(offer: SlotOffer) -> str:
    """The address at which the offer can be answered; it holds two ids and a signature."""
    key = Signer(salt=SALT).sign(f"{offer.organization_id.hex}{offer.pk.hex}")
    return str(settings.BASE_URL) + reverse("scheduling:offer_answer", args=[key])


def offer_behind(key: str) -> SlotOffer:
    """The offer that the link names, having entered its organisation; raises LinkUnknown.

    Inside a transaction. It goes by the signature alone, without a session.
    """
    try:
        ids = Signer(salt=SALT).unsign(key)
    except BadSignature:
        raise LinkUnknown("This link is not complete.") from None
    enter_tenant(UUID(ids[:32]))
    rows = SlotOffer.objects.select_related(
        "organization", "freed", "visit", "entry__site", "entry__entered_by",
        "entry__course__patient", "entry__course__site", "entry__course__protocol_version",
    )  # fmt: skip
    offer = rows.filter(pk=UUID(ids[32:64])).first()
    if offer is None:
        raise LinkUnknown("This offer is not known any more.")
    return offer
