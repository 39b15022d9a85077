"""Secrets at rest: what is sealed can be read with the product's keys alone.

The first of `MFA_KEYS` seals, every one of them opens, so that a key is replaced by putting a new
one in front and sealing anew (`manage.py reseal`).
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"courseline second steps"


def seal(text: str) -> str:
    """The text, unreadable without a key."""
    return _safe().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed; raises ValueError when no key opens it."""
    try:
        return _safe().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ValueError("None of MFA_KEYS opens this.") from None


def reseal(sealed: str) -> str:
    """The same text under the first key; raises ValueError when no key opens it."""
    return seal(unseal(sealed))


def _safe() -> MultiFernet:
    return _made(tuple(settings.MFA_KEYS))


@lru_cache(maxsize=8)
def _made(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return urlsafe_b64encode(derived)
