"""Primary keys: UUIDv7, in time order for the index and not to be guessed in a URL."""

import uuid

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> uuid.UUID:
    """A new time-ordered identifier."""
    return _uuid7()
