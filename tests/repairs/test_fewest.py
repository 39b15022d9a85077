"""What a repair proposes: the fewest moves, proven; nothing that a rule forbids."""

import pytest

from scheduling.models import Repair
from scheduling.repairs.hits import hits_in
from tests.factories import NOW
from tests.repairs.clinics import (
    MONDAY,
    book_as_it_is,
    falls_ill,
    fill,
    make_ward,
    mended,
    way,
)
from tests.repairs.fewest import fewest_moves


def test_all_that_is_hit_is_found_in_as_many_queries_for_six_as_for_twelve(
    ward, full_ward, django_assert_num_queries
):
    day = MONDAY.date()
    with django_assert_num_queries(4):
        found = hits_in(ward.site, day, day, now=NOW)
    assert {hit.booked.visit.pk for hit in found.hits} == {visit.pk for visit in ward.hit}
    assert {hit.causes for hit in found.hits} == {("STAFF",)}
    with django_assert_num_queries(4):
        assert len(hits_in(full_ward.site, day, day, now=NOW).hits) == 12


@pytest.fixture
def full_ward(db):
    """Twelve doses of the nurse who is ill."""
    ward = make_ward()
    ward.hit = fill(ward, turns=4)
    falls_ill(ward)
    return ward


def test_twelve_visits_of_an_ill_nurse_are_mended_with_the_fewest_moves(full_ward):
    ward = full_ward
    assert len(ward.hit) == 12
    before = book_as_it_is(ward)
    repair = mended(ward)
    assert repair.status == Repair.Status.READY
    found = way(repair)
    rows = list(found.visits.all())
    assert not [row for row in rows if row.reason]
    moved = [row for row in rows if row.is_moved]
    assert len(moved) == found.least == fewest_moves(ward)
    assert {row.visit_id for row in rows} >= {visit.pk for visit in ward.hit}
    assert book_as_it_is(ward) == before
