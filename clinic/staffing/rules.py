"""Who may give and take which roles, and the refusals that the database makes in the end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction

from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Role
from clinic.rights import TABLE, Right, sites_where

Posts = frozenset[tuple[UUID, str]]


class LastManager(Conflict):
    """Nobody would be left who can manage the organisation."""

    code = "last-manager"


class CapacityTooSmall(Conflict):
    """Visits are booked that need more of this person than that."""

    code = "capacity-too-small"


class NotYourSite(DomainError):
    """Roles at a site belong to those who manage staff there (403)."""

    status = 403
    code = "not-your-site"


class AboveOwnRights(DomainError):
    """Nobody gives himself or a program what he may not do; a program gives it to nobody (403)."""

    status = 403
    code = "above-own-rights"


class AlreadyHere(Conflict):
    """Somebody with this address works here, or was asked to, already."""

    code = "already-here"


def rights_at(member: Membership, site_id: UUID) -> frozenset[Right]:
    """What the member may do at the site."""
    return frozenset(right for right in Right if site_id in sites_where(member, right))


def manages(by: Membership, member: Membership) -> bool:
    """Whether somebody manages staff at every site at which the other works."""
    return {site for site, _ in member.duties} <= sites_where(by, Right.MANAGE_STAFF)


def check_manages(by: Membership, member: Membership) -> None:
    """Raise NotYourSite when the person also works where `by` does not manage staff."""
    if not manages(by, member):
        raise NotYourSite(f"{member.name} also works at a site whose staff you do not manage.")


def check_posts(by: Membership, member: Membership, wanted: Posts) -> None:
    """Raise DomainError, NotYourSite or AboveOwnRights when `by` may not give these roles."""
    held = member.duties
    if not wanted:
        raise DomainError("Choose at least one role.", field="roles")
    if {site for site, _ in wanted ^ held} - sites_where(by, Right.MANAGE_STAFF):
        raise NotYourSite("You do not manage the staff of this site.", field="roles")
    if _is_program(by) or member.pk == by.pk or member.kind == Membership.Kind.SERVICE:
        _check_own_rights(by, wanted - held)


def check_return(by: Membership, member: Membership) -> None:
    """Raise NotYourSite, or AboveOwnRights, when `by` may not give the person's roles back."""
    check_manages(by, member)
    if _is_program(by):
        _check_own_rights(by, member.duties)


def _is_program(by: Membership) -> bool:
    """Whether a service calls, or a token that is good for some rights only.

    It could otherwise make somebody who may do all that it may not.
    """
    return by.kind == Membership.Kind.SERVICE or by.scopes is not None


def _check_own_rights(by: Membership, gained: Posts) -> None:
    for site_id, role in sorted(gained):
        if TABLE[Role(role)] - rights_at(by, site_id):
            label = Role(role).label.lower()
            giver = "a manager who is signed in" if _is_program(by) else "another manager"
            raise AboveOwnRights(
                f"The role of {label} may do what you may not: {giver} must give it.",
                field="roles",
            )


@contextmanager
def refusals() -> Iterator[None]:
    """What the database's own guards refuse, as LastManager, CapacityTooSmall or AlreadyHere."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as exc:
        told = getattr(exc.__cause__, "diag", None)
        refusal = _refusal(told.constraint_name or "", told.message_primary or "") if told else None
        if refusal is None:
            raise
        raise refusal from exc


def _refusal(constraint: str, message: str) -> DomainError | None:
    if constraint == "organization_keeps_a_manager":
        return LastManager(
            "Nobody else could manage this organisation: name another manager first."
        )
    if constraint == "staffclaim_within_capacity":
        needed = re.search(r"\d+", message)
        most = f" {needed[0]} at one time" if needed else " more"
        return CapacityTooSmall(f"Visits are booked that need{most}.", field="capacity")
    if constraint in {"membership_once_per_user", "invitation_one_open_per_address"}:
        return AlreadyHere("Somebody with this address is here already.", field="email")
    return None
