"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def courseline(request: HttpRequest) -> dict[str, Any]:
    """The membership behind the page, and whether the development mailbox is on."""
    return {
        "membership": getattr(request, "membership", None),
        "mailbox_is_on": bool(settings.MAILBOX_DIR),
    }
