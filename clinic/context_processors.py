"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def courseline(request: HttpRequest) -> dict[str, Any]:
    """The membership, the nonce of the page's scripts, and whether the mailbox is on."""
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "membership": getattr(request, "membership", None),
        "mailbox_is_on": bool(settings.MAILBOX_DIR),
    }
