"""Consents: texts in versions, who agreed to which of them, and whether one holds.

Whoever needs a consent asks `current_consent` or `has_consent`.
"""

from clinic.consents.selectors import current_consent, has_consent

__all__ = ["current_consent", "has_consent"]
