"""Names, capacities and roles; leaving and coming back. Each function is one transaction."""

from datetime import datetime

from django.db import transaction

from clinic.accounts import end_access
from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import ApiToken, Invitation, Membership, RoleAssignment
from clinic.staffing.rules import Posts, check_manages, check_posts, check_return, refusals


class AlreadySo(Conflict):
    """Somebody else did it meanwhile."""

    code = "already-so"


@transaction.atomic
def change_member(
    *, by: Membership, member: Membership, name: str, capacity: int, posts: Posts
) -> Membership:
    """The person's name, capacity and roles from now on; LastManager, CapacityTooSmall,
    NotYourSite, AboveOwnRights or DomainError as `check_posts` says."""
    locked = _locked(member)
    check_posts(by, locked, posts)
    if (name, capacity) != (locked.name, locked.capacity):
        check_manages(by, locked)
    with refusals():
        Membership.objects.filter(pk=locked.pk).update(name=name, capacity=capacity)
        _rewrite(locked, posts)
    return _locked(member)


@transaction.atomic
def change_roles(*, by: Membership, member: Membership, posts: Posts) -> Membership:
    """The person's roles from now on; refused as `change_member` is."""
    locked = _locked(member)
    check_posts(by, locked, posts)
    with refusals():
        _rewrite(locked, posts)
    return _locked(member)


def _rewrite(locked: Membership, posts: Posts) -> None:
    """Tokens good for whatever a service may do end when it gains a role: who holds one was not
    given that."""
    write_posts(locked, posts)
    if locked.kind == Membership.Kind.SERVICE and posts - locked.duties:
        ApiToken.objects.filter(membership=locked, scopes=None).delete()


def write_posts(member: Membership, posts: Posts) -> None:
    """The member holds these roles and no others; inside a transaction."""
    own = {"organization_id": member.organization_id, "membership": member}
    # What is given comes before what is taken: a manager's role may move between sites.
    RoleAssignment.objects.bulk_create(
        RoleAssignment(site_id=site_id, role=role, **own)
        for site_id, role in sorted(posts - member.duties)
    )
    for site_id, role in sorted(member.duties - posts):
        RoleAssignment.objects.filter(membership=member, site_id=site_id, role=role).delete()


@transaction.atomic
def deactivate_member(*, by: Membership, member: Membership, reason: str, now: datetime) -> None:
    """End somebody's access at once, sessions and tokens too; their record stays.

    LastManager, NotYourSite, AlreadySo, or DomainError for oneself or without a reason.
    """
    if member.pk == by.pk:
        raise DomainError("Another manager has to end your access.")
    if not reason.strip():
        raise DomainError("Say why, for those who look later.", field="reason")
    because(reason)
    locked = _locked(member)
    check_manages(by, locked)
    if not locked.is_active:
        raise AlreadySo(f"{locked.name} has no access any more.")
    with refusals():
        Membership.objects.filter(pk=locked.pk).update(
            is_active=False, deactivated_at=now, deactivation_reason=reason.strip()
        )
    Invitation.objects.open().filter(membership=locked).update(withdrawn_at=now)
    end_access(locked)


@transaction.atomic
def reactivate_member(*, by: Membership, member: Membership) -> None:
    """Give access back, with the roles as they were; NotYourSite, AboveOwnRights or AlreadySo."""
    locked = _locked(member)
    check_return(by, locked)
    if locked.is_active:
        raise AlreadySo(f"{locked.name} has access.")
    Membership.objects.filter(pk=locked.pk).update(
        is_active=True, deactivated_at=None, deactivation_reason=""
    )


def _locked(member: Membership) -> Membership:
    """The person as they are now; rivals who change the same person wait."""
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("user").get(pk=member.pk)


@transaction.atomic
def make_service(*, by: Membership, name: str, posts: Posts) -> Membership:
    """A program with roles of its own, which tokens may act as; refused as `check_posts` says."""
    service = Membership(
        organization_id=by.organization_id, kind=Membership.Kind.SERVICE, name=name, capacity=0
    )
    return add_member(by=by, member=service, posts=posts)


def add_member(*, by: Membership, member: Membership, posts: Posts) -> Membership:
    """Store somebody new with these roles; refused as `check_posts` says; in a transaction."""
    member.save(force_insert=True)
    check_posts(by, member, posts)
    write_posts(member, posts)
    return member
