"""The second step of signing in: who needs one, who has one, and how its secrets are kept."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction

from clinic import vault
from clinic.accounts import end_sessions_of, end_tokens_of
from clinic.errors import DomainError
from clinic.models import Membership, Organization, User
from clinic.rights import Right, roles_with

# Whoever reads notes and scores. Practice managers may export, but their files hold neither.
CLINICAL = frozenset(roles_with(Right.VIEW_CLINICAL))
STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SEALED = {"secret", "seed"}
# As long as the code of an app may be accepted: its own half minute and those beside it.
CODE_LIVES = 90


class SecondStepMissing(DomainError):
    """The organisation asks this person for a second step, and there is none (403)."""

    status = 403
    code = "second-step-missing"


class SecondStepWrong(DomainError):
    """The account has a second step, and the code is missing or not right."""

    code = "second-step-wrong"


def needs_second_step(member: Membership) -> bool:
    """Whether the organisation asks this person to sign in with a second step."""
    policy = member.organization.mfa_required
    if policy == Organization.MfaRequired.CLINICAL:
        return not CLINICAL.isdisjoint(role for _, role in member.duties)
    return policy == Organization.MfaRequired.EVERYBODY


def has_second_step(user: User) -> bool:
    """Whether an authenticator app or a passkey is set up."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=STEPS).exists())


def lacks_second_step(member: Membership) -> bool:
    """Whether the person needs a second step and has none; a service never does."""
    return bool(member.user and needs_second_step(member) and not has_second_step(member.user))


def require_second_step(member: Membership) -> None:
    """Raise SecondStepMissing unless the person has the second step that is asked of them."""
    if lacks_second_step(member):
        raise SecondStepMissing(
            "Set up a second step of signing in first: an authenticator app or a passkey."
        )


def check_second_step(user: User, code: str) -> None:
    """For sign-in without pages: raise SecondStepWrong unless the account has no second step, or
    the code is right and unused. Failures count as on the pages (too many: SecondStepWrong)."""
    if not has_second_step(user):
        return
    form = AuthenticateForm(data={"code": code}, user=user)
    if not form.is_valid():
        fault = form.errors.get("code", ["The code is not right."])[0]
        said = str(fault) if code else "This account signs in with a second step: send its code."
        raise SecondStepWrong(said, field="code")
    form.authenticator.record_usage()


@transaction.atomic
def forget_second_step(user: User) -> None:
    """Take every second step from the account, whose owner lost it; end its sessions and tokens."""
    Authenticator.objects.filter(user=user).delete()
    end_sessions_of(user)
    end_tokens_of(user)


@transaction.atomic
def reseal_secrets() -> int:
    """Put every secret under the newest key; how many there were. ValueError: a key is missing."""
    kept = Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN)
    for row in kept:
        row.data |= {name: vault.reseal(row.data[name]) for name in SEALED & row.data.keys()}
        row.save(update_fields=["data"])
    return len(kept)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets are sealed; authenticators show the product's name."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right, or it has been used.",
        "unverified_email": "Confirm your e-mail address first.",
    }

    def encrypt(self, text: str) -> str:
        """Sealed, for the database."""
        return vault.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed."""
        return vault.unseal(encrypted_text)

    def _get_site_name(self) -> str:
        return "Courseline"

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """What a new key is called until it is given a name."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {number + 1}"


class _OnceOnly:
    """A code of an authenticator app is good for one use, in every half minute that takes it."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        authenticator: Authenticator = self.authenticator  # type: ignore[attr-defined]
        digits = "".join(filter(str.isdigit, code))
        used = f"second-step-used:{authenticator.pk}:{digits}"
        if authenticator.type == STEPS[0] and not cache.add(used, True, timeout=CODE_LIVES):
            raise ValidationError(MfaAdapter.error_messages["incorrect_code"])
        return code


class AuthenticateForm(_OnceOnly, forms.AuthenticateForm):  # type: ignore[misc]
    """The second step of a sign-in, by code."""


class ReauthenticateForm(_OnceOnly, forms.ReauthenticateForm):  # type: ignore[misc]
    """Proof of identity in a session, by code."""
