"""How people get accounts: a manager makes them; nobody signs up by himself."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in by e-mail for accounts that exist."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No: accounts are made by the organisation."""
        return False
