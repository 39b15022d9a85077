"""How often one caller may call: counted in fixed stretches of time, exactly, by all processes."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache as cache_once
from typing import Any, cast

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from redis import Redis
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from clinic.api.authentication import member_of
from clinic.models import ApiToken

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class WindowThrottle(ABC, BaseThrottle):
    """So many calls in each stretch; each scope's rate is a setting, such as 120/minute."""

    scope = ""
    # What is no setting says its rate here.
    rate = ""

    @property
    def rates(self) -> Mapping[str, str]:
        """The rates that hold at once, by scope."""
        return {self.scope: self.rate or str(api_settings.DEFAULT_THROTTLE_RATES[self.scope])}

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether this call is still within each rate; it counts for all, either way."""
        caller = self.caller(request)
        if caller is None:
            return True
        windows = [_Window.of(scope, rate) for scope, rate in self.rates.items()]
        counts = _count({f"calls:{one.scope}:{caller}:{one.ends}": one.length for one in windows})
        over = [one.ends for one, count in zip(windows, counts, strict=True) if count > one.most]
        self.ends = max(over, default=0)
        return not over

    @abstractmethod
    def caller(self, request: Request) -> str | None:
        """Whose calls are counted together; None: nobody's."""

    def wait(self) -> float:
        """Seconds until the next stretch begins; at least one."""
        return max(1, math.ceil(self.ends - time.time()))


@dataclass(frozen=True, slots=True)
class _Window:
    """The stretch that lasts now, in seconds."""

    scope: str
    most: int
    length: int
    ends: int

    @classmethod
    def of(cls, scope: str, rate: str) -> "_Window":
        most, _, unit = rate.partition("/")
        length = SECONDS[unit]
        return cls(scope, int(most), length, int(time.time() // length + 1) * length)


def _count(lengths: Mapping[str, int]) -> list[int]:
    """One more for each key, which is forgotten after so many seconds; all in one exchange."""
    line = _server().pipeline(transaction=False)
    for key, seconds in lengths.items():
        name = cache.make_and_validate_key(key)
        line.incr(name)
        line.expire(name, seconds)
    return [int(count) for count in line.execute()[::2]]


@cache_once
def _server() -> Redis:
    """The cache's own server: making a client for each call takes as long as the call."""
    return cast(Redis, cache._cache.get_client(write=True))  # type: ignore[attr-defined]


class CallerThrottle(WindowThrottle):
    """What one caller may do in a moment, and for hours."""

    scopes = ("burst", "sustained")

    @property
    def rates(self) -> Mapping[str, str]:
        """Both rates."""
        return {scope: str(api_settings.DEFAULT_THROTTLE_RATES[scope]) for scope in self.scopes}

    def caller(self, request: Request) -> str | None:
        """The token; a browser's person where there is none."""
        if isinstance(request.auth, ApiToken):
            return str(request.auth.id)
        member = member_of(request)
        return str(member.pk) if member else None


class TokenMakingThrottle(WindowThrottle):
    """Tries to get a token with a password, by the address that they come from."""

    scope = "token-making"

    def caller(self, request: Request) -> str | None:
        """The address, as the outermost of our own proxies saw it."""
        return str(get_adapter().get_client_ip(request._request))
