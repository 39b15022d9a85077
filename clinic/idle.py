"""When a session ends, and when its screen locks: the server's side, which decides.

A session lasts `SESSION_COOKIE_AGE` from the sign-in, however busy. A screen at which nobody did
anything for the `idle_lock_minutes` of an organisation of theirs is locked: the session stays, and
shows and takes nothing until its owner has proven who they are. Pages that ask again by themselves
count for nothing; `lock.js` tells of keys and clicks.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone

from clinic.access import MemberRequest
from clinic.asking import is_api, is_piece
from clinic.models import Organization
from clinic.tenancy import tenant

BEGAN, SEEN, LOCKED = "began_at", "seen_at", "is_locked"
# A page is not written into the session more often than this, in seconds.
GRAIN = 10
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _now() -> float:
    return timezone.now().timestamp()


def begin(request: HttpRequest, user: AbstractBaseUser, **signal: Any) -> None:
    """Somebody has signed in: their time begins."""
    request.session.update({BEGAN: _now(), SEEN: _now()})


def is_over(request: HttpRequest) -> bool:
    """Whether the session has lasted as long as any may."""
    began: float = request.session.setdefault(BEGAN, _now())
    return _now() - began >= settings.SESSION_COOKIE_AGE


def minutes_of(request: MemberRequest) -> int:
    """After how many idle minutes this person's screen locks.

    The fewest that an organisation of theirs says: from one they go to any other.
    """
    here = request.membership
    others = {one.organization_id for one in request.workplaces}
    if here:
        others.discard(here.organization_id)
        return min([here.organization.idle_lock_minutes, *map(_minutes_at, others)])
    usual = int(Organization._meta.get_field("idle_lock_minutes").default)
    return min(map(_minutes_at, others), default=usual)


def _minutes_at(organization_id: UUID) -> int:
    with tenant(organization_id):
        return Organization.objects.get(pk=organization_id).idle_lock_minutes


def is_locked(request: MemberRequest) -> bool:
    """Whether the screen is locked; one that has been idle for too long is from now on."""
    session = request.session
    if not session.get(LOCKED) and _now() - session.get(SEEN, _now()) >= minutes_of(request) * 60:
        lock(request)
    return bool(session.get(LOCKED))


def lock(request: HttpRequest) -> None:
    """Lock the screen at once."""
    request.session[LOCKED] = True


def unlock(request: HttpRequest) -> None:
    """Open the screen for whoever has just proven who they are."""
    request.session.pop(LOCKED, None)
    request.session[SEEN] = _now()


def note_activity(request: HttpRequest) -> None:
    """Somebody is at the screen."""
    if abs(_now() - request.session.get(SEEN, 0)) >= GRAIN:
        request.session[SEEN] = _now()


def is_activity(request: HttpRequest) -> bool:
    """Whether a person did this: sent something, or opened a page; not a script that asks again."""
    if request.method in UNSAFE:
        return True
    asked_for = request.headers.get("Sec-Fetch-Dest", "document")
    return asked_for == "document" and not (is_piece(request) or is_api(request))
