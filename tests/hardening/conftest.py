"""What the tests of hardening share: the log as it is written."""

import io
import logging
from collections.abc import Iterator

import pytest

from clinic.logs import configure


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged while the test runs, as the product's own formatter writes it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure("INFO")
    [handler] = [one for one in root.handlers if one not in before]
    written = io.StringIO()
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers[:], root.level = before, level
