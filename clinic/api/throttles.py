"""How often one caller may call: counted in fixed stretches of time, exactly, by all processes."""

import math
import time
from abc import ABC, abstractmethod
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from clinic.api.authentication import member_of
from clinic.models import ApiToken

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class WindowThrottle(ABC, BaseThrottle):
    """So many calls in each stretch; the rate is a setting, such as 120/minute."""

    scope = ""
    # What is no setting says its rate here.
    rate = ""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether this call is still within the rate; it counts, either way."""
        rate = self.rate or api_settings.DEFAULT_THROTTLE_RATES[self.scope]
        most, _, unit = str(rate).partition("/")
        length = SECONDS[unit]
        self.ends = int(time.time() // length + 1) * length
        caller = self.caller(request)
        key = f"calls:{self.scope}:{caller}:{self.ends}"
        return caller is None or _count(key, length) <= int(most)

    @abstractmethod
    def caller(self, request: Request) -> str | None:
        """Whose calls are counted together; None: nobody's."""

    def wait(self) -> float:
        """Seconds until the next stretch begins; at least one."""
        return max(1, math.ceil(self.ends - time.time()))


def _count(key: str, length: int) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:
        return 1 if cache.add(key, 1, timeout=length) else int(cache.incr(key))


class _CallerThrottle(WindowThrottle):
    def caller(self, request: Request) -> str | None:
        """The token; a browser's person where there is none."""
        if isinstance(request.auth, ApiToken):
            return str(request.auth.id)
        member = member_of(request)
        return str(member.pk) if member else None


class BurstThrottle(_CallerThrottle):
    """What one caller may do in a moment."""

    scope = "burst"


class SustainedThrottle(_CallerThrottle):
    """What one caller may do for hours."""

    scope = "sustained"


class TokenMakingThrottle(WindowThrottle):
    """Tries to get a token with a password, by the address that they come from."""

    scope = "token-making"

    def caller(self, request: Request) -> str | None:
        """The address, as the outermost of our own proxies saw it."""
        return str(get_adapter().get_client_ip(request._request))
