"""Callers of the API."""

from tests.api.conftest import caller as caller
from tests.api.conftest import desk as desk
from tests.api.conftest import fresh_limits as fresh_limits
