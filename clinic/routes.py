"""Every address with the rule that it declares; those that libraries bring are listed here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from clinic.api.permissions import rule_of
from clinic.rights import PUBLIC, SIGNED_IN, Rule

# What the accounts library and the schema's ask for, by the name of the route.
LIBRARY: Mapping[str, Rule] = {
    # Signing in, and the ways back to an account.
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_inactive": PUBLIC,
    "account_signup": PUBLIC,
    "account_confirm_email": PUBLIC,
    "account_confirm_login_code": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "mfa_authenticate": PUBLIC,
    "mfa_login_webauthn": PUBLIC,
    # One's own account.
    "account_reauthenticate": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "usersessions_list": SIGNED_IN,
    # The description of the API holds nothing of anybody.
    "api:schema": PUBLIC,
}


@dataclass(frozen=True, slots=True)
class Route:
    """An address's pattern, its name, and what answers there."""

    pattern: str
    name: str
    view: Any

    @property
    def rule(self) -> Rule | None:
        """Who may ask for it; None where nothing is declared."""
        view_class = getattr(self.view, "cls", None)
        own = rule_of(view_class) if view_class else getattr(self.view, "rule", None)
        return own or LIBRARY.get(self.name)


def routes(patterns: Any = None, before: str = "", space: str = "") -> Iterator[Route]:
    """Every address of the product, or those below some patterns."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from routes(one.url_patterns, here, inner)
        elif isinstance(one, URLPattern):
            yield Route(here, f"{space}{one.name or ''}", one.callback)
