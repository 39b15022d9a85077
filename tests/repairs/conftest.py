from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from tests.factories import NOW
from tests.repairs.clinics import falls_ill, fill, make_ward


@pytest.fixture
def well_ward(db):
    """A nurse has six doses on Monday."""
    ward = make_ward()
    ward.hit = fill(ward)
    return ward


@pytest.fixture
def ward(well_ward):
    """The same, and she is ill that day."""
    falls_ill(well_ward)
    return well_ward


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Pages see the time of the tests."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)
