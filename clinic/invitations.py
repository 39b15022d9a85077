"""How somebody for whom an account was made gets in for the first time."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from clinic.models import User


def password_link(user: User) -> str:
    """The address at which the account's password can be chosen, once and for a few days."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return str(settings.BASE_URL) + reverse("account_reset_password_from_key", kwargs=key)
