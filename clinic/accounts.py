"""Accounts: a manager makes them, nobody signs up by himself; and how their access ends."""

from functools import wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from clinic import kept_forms
from clinic.access import MemberRequest, P, PageView
from clinic.models import ApiToken, Membership, User
from clinic.tenancy import tenant, workplaces_of

WRONG_PAIR = "The e-mail address or the password is not right."
WRONG = "This password is not right."
TRIES = "Too many failed attempts. Wait five minutes, then try again."


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in by e-mail for accounts that exist."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": WRONG_PAIR,
        "incorrect_password": WRONG,
        "too_many_login_attempts": TRIES,
        "rate_limited": TRIES,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No: accounts are made by the organisation."""
        return False


def verify_address(user: User) -> None:
    """Hold the account's address for proven, as when a link that was sent there has been used."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def has_proven_address(user: User) -> bool:
    """Whether the account's address has been confirmed; without that nobody signs in."""
    mine = EmailAddress.objects.filter(user=user, email=user.email, verified=True)
    return bool(mine.exists())


@transaction.atomic
def end_sessions_of(user: User, *, but: str | None = None) -> None:
    """End the account's sessions at once, wherever they are; `but` is the key of one to keep."""
    if but is None:
        User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    for session in UserSession.objects.filter(user=user).exclude(session_key=but or ""):
        session.end()


@transaction.atomic
def end_access(subject: User | Membership) -> None:
    """End the sessions of somebody who may not come in any more, and delete their tokens.

    Of a membership, the tokens that act as it; of an account, all that this transaction sees.
    """
    is_member = isinstance(subject, Membership)
    user = subject.user if isinstance(subject, Membership) else subject
    tokens = ApiToken.objects.all()
    (tokens.filter(membership=subject) if is_member else tokens.filter(user=subject)).delete()
    if user:
        end_sessions_of(user)


@transaction.atomic
def end_tokens_of(user: User) -> None:
    """Delete the account's API tokens, in every organisation that it works for."""
    for place in workplaces_of(user.pk):
        with tenant(place.organization_id):
            ApiToken.objects.filter(user=user).delete()


def recently_authenticated(view: PageView[P]) -> PageView[P]:
    """Ask for the password, code or passkey again unless one was given within ten minutes.

    A form that was sent meanwhile waits, and goes on afterwards. Stands below `@allowed`.
    """

    @wraps(view)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if did_recently_reauthenticate(request):
            return view(request, *args, **kwargs)
        return _ask_again(request)

    return guarded  # type: ignore[return-value]  # as it was, with a gate before it


def _ask_again(request: HttpRequest) -> HttpResponse:
    then = kept_forms.way_back(request)
    if request.method == "POST" and kept_forms.keep(request, sends_itself=True):
        then = reverse("accounts:continue")
    methods = AccountAdapter(request).get_reauthentication_methods(request.user)
    where = methods[0]["url"] if methods else reverse("account_login")
    return kept_forms.lead(request, f"{where}?{urlencode({'next': then})}")


# --- What follows from signals -------------------------------------------------------------


def note_sign_in(request: HttpRequest, user: User, **signal: Any) -> None:
    """A sign-in with password or passkey is as good as having just been asked again."""
    records = get_authentication_records(request, user)
    if records and records[-1]["method"] in {"password", "mfa"}:
        record_authentication(request, user, method="sign_in", reauthenticated=True)


def note_reset(user: User, **signal: Any) -> None:
    """Whoever chose a password by the link that we sent reads the mail of that address.

    Tokens that somebody else may have made with the old one end.
    """
    verify_address(user)
    end_tokens_of(user)


def note_second_step(request: HttpRequest, user: User, **signal: Any) -> None:
    """With a second step set up, sessions that were opened without one end."""
    end_sessions_of(user, but=request.session.session_key)
