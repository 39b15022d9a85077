import pytest

from tests.repairs.clinics import falls_ill, fill, make_ward


@pytest.fixture
def ward(db):
    """A nurse with twelve doses on Monday is ill that day."""
    ward = make_ward()
    ward.hit = fill(ward)
    falls_ill(ward)
    return ward
