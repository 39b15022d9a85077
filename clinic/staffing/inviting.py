"""Asking people in by e-mail, and letting them in. Each function is one transaction.

Whether an address has an account already, which may work for others too, shows to nobody but
its owner: the account is looked for when the link of the letter is opened.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction

from clinic.accounts import verify_address
from clinic.errors import Conflict, DomainError
from clinic.models import Invitation, Membership, User
from clinic.staffing.changing import add_member
from clinic.staffing.rules import AlreadyHere, Posts, check_manages, refusals

LIFETIME = timedelta(days=7)
BETWEEN_LETTERS = timedelta(minutes=1)


class InvitationOver(DomainError):
    """The link was used, withdrawn, replaced by a later one, or is too old."""

    code = "invitation-over"


class LetterUnderWay(Conflict):
    """A letter went out a moment ago."""

    code = "letter-under-way"


class NotInvited(Conflict):
    """There is nothing to withdraw."""

    code = "not-invited"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the link of a letter names, once its signature has been checked."""

    organization_id: UUID
    invitation_id: UUID
    number: int


def key_of(invitation: Invitation) -> str:
    """What the link of the latest letter carries; nothing of it is stored."""
    ids = f"{invitation.organization_id.hex}{invitation.pk.hex}{invitation.number}"
    return _signer().sign(ids)


def read_key(key: str) -> Ticket:
    """What a link names; InvitationOver for one that we did not make."""
    try:
        ids = _signer().unsign(key)
    except BadSignature:
        raise InvitationOver("This link is not complete.") from None
    return Ticket(UUID(ids[:32]), UUID(ids[32:64]), int(ids[64:]))


def _signer() -> Signer:
    return Signer(salt="clinic.invitation")


@transaction.atomic
def invite_person(
    *, by: Membership, name: str, email: str, posts: Posts, now: datetime, capacity: int = 1
) -> Invitation:
    """A new member without an account, and a letter to the address.

    AlreadyHere when the address works here or was asked to; refused as `check_posts` says.
    """
    member = Membership(organization_id=by.organization_id, name=name, capacity=capacity)
    add_member(by=by, member=member, posts=posts)
    return _ask(by, member, email.lower(), now)


@transaction.atomic
def invite_again(*, by: Membership, member: Membership, email: str, now: datetime) -> Invitation:
    """A letter, or another one, to somebody on the list who has no account in use.

    Links of earlier letters end. NotYourSite, AlreadyHere, or LetterUnderWay within a minute.
    """
    check_manages(by, member)
    if not member.is_active or member.kind != Membership.Kind.PERSON or has_account(member):
        raise AlreadyHere(f"{member.name} cannot be invited.")
    return _ask(by, member, member.user.email if member.user else email.lower(), now)


def has_account(member: Membership) -> bool:
    """Whether the member has an account that somebody can sign in to."""
    return bool(member.user and (member.user.has_usable_password() or member.user.last_login))


def _ask(by: Membership, member: Membership, email: str, now: datetime) -> Invitation:
    others = Membership.objects.filter(user__email=email).exclude(pk=member.pk)
    if others.filter(organization_id=by.organization_id).exists():
        raise AlreadyHere("Somebody with this address is here already.", field="email")
    asked = Invitation.objects.open().select_for_update().filter(membership=member).first()
    if asked and now - asked.invited_at < BETWEEN_LETTERS:
        raise LetterUnderWay("A letter went out a moment ago: wait for a minute.")
    words = {"email": email, "invited_by": by, "invited_at": now, "expires_at": now + LIFETIME}
    with refusals():
        invitation = _write(asked, member, words)
    transaction.on_commit(partial(_send, invitation), robust=True)
    return invitation


def _write(asked: Invitation | None, member: Membership, words: dict[str, object]) -> Invitation:
    if asked is None:
        own = {"organization_id": member.organization_id, "membership": member}
        return Invitation.objects.create(**own, **words)
    changes = {**words, "number": asked.number + 1, "sent_at": None}
    for name, value in changes.items():
        setattr(asked, name, value)
    asked.save(update_fields=list(changes))
    return asked


def _send(invitation: Invitation) -> None:
    from clinic.tasks import send_invitation

    send_invitation.delay(str(invitation.organization_id), str(invitation.pk))


@transaction.atomic
def withdraw_invitation(*, by: Membership, member: Membership, now: datetime) -> None:
    """The link stops working; the person stays on the list. NotYourSite, or NotInvited."""
    check_manages(by, member)
    if not Invitation.objects.open().filter(membership=member).update(withdrawn_at=now):
        raise NotInvited(f"{member.name} has not been invited, or has joined.")


def invitation_for(ticket: Ticket, *, now: datetime) -> Invitation:
    """The invitation that a link names, in its tenant; InvitationOver unless it is in force."""
    rows = Invitation.objects.open().select_related("membership__user", "organization")
    found = rows.filter(
        pk=ticket.invitation_id,
        number=ticket.number,
        expires_at__gt=now,
        membership__is_active=True,
    ).first()
    if found is None:
        raise InvitationOver("This link has been used or withdrawn, or it is too old.")
    return found


def account_for(invitation: Invitation) -> User | None:
    """The account that the invited address belongs to, if it has one."""
    return invitation.membership.user or User.objects.filter(email=invitation.email).first()


@transaction.atomic
def join_with_password(*, ticket: Ticket, password: str, now: datetime) -> User:
    """Let somebody in whose address had no account in use: it gets one, with this password.

    InvitationOver, or AlreadyHere when an account came into use meanwhile.
    """
    invitation = _claimed(ticket, now)
    user = account_for(invitation) or _new_account(invitation.email)
    if user.has_usable_password():
        raise AlreadyHere("This address has an account now: sign in to join.")
    user.set_password(password)
    user.save(update_fields=["password"])
    _join(invitation, user)
    return user


def _new_account(email: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email)
    except IntegrityError:
        return User.objects.get(email=email)


@transaction.atomic
def join_with_account(*, ticket: Ticket, user: User, now: datetime) -> None:
    """Let the signed-in owner of the invited address in; InvitationOver, also for anybody else."""
    invitation = _claimed(ticket, now)
    owner = account_for(invitation)
    if owner is None or owner.pk != user.pk:
        raise InvitationOver("This invitation is for another address.")
    _join(invitation, user)


def _claimed(ticket: Ticket, now: datetime) -> Invitation:
    found = invitation_for(ticket, now=now)
    # Two clicks at once: the second waits here, and then finds the invitation used.
    used = Invitation.objects.open().filter(pk=found.pk, number=ticket.number)
    if not used.update(accepted_at=now):
        raise InvitationOver("This link has been used.")
    return found


def _join(invitation: Invitation, user: User) -> None:
    with refusals():
        Membership.objects.filter(pk=invitation.membership_id).update(user=user)
    # The link came by e-mail, so that whoever has it reads the mail of that address.
    verify_address(user)
