"""Reasons that must say something, of whoever overrides a rule or opens a restricted chart."""

from typing import Any

from django.db import models
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThanOrEqual

from clinic.errors import DomainError

LEAST, MOST = 20, 500
TOO_SHORT = f"Say why in at least {LEAST} characters; it is kept."


class ReasonTooShort(DomainError):
    """The reason has too few characters to say anything."""

    code = "reason-too-short"


def checked_reason(text: str, *, field: str = "reason") -> str:
    """The reason without blanks around it; ReasonTooShort, naming `field`, when it is short."""
    reason = text.strip()
    if len(reason) < LEAST:
        raise ReasonTooShort(TOO_SHORT, field=field)
    return reason[:MOST]


def reason_field() -> Any:
    """The column of such a reason."""
    return models.CharField(max_length=MOST)


def says_something(name: str) -> models.CheckConstraint:
    """The same rule, kept by the database."""
    return models.CheckConstraint(
        name=name,
        condition=GreaterThanOrEqual(Length(Trim("reason")), LEAST),
        violation_error_message=TOO_SHORT,
    )
