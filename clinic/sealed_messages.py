"""What a page says next, sealed while it waits: it may name a patient.

A session is read without a tenant and is part of every backup.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.session import SessionStorage

from clinic import vault


class SealedStorage(SessionStorage):
    """Messages in the session, which only the product's keys open."""

    def serialize_messages(self, messages: Sequence[Any]) -> str:
        """The messages as the session keeps them."""
        return vault.seal(super().serialize_messages(messages))

    def deserialize_messages(self, data: Any) -> list[Message]:
        """What was sealed; nothing where no key opens it, as after a change of keys."""
        try:
            opened = vault.unseal(data) if data else "[]"
        except ValueError:
            opened = "[]"
        return list(super().deserialize_messages(opened) or [])
