"""What pages and the API show of times that are held, and how they hold on and let go."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.keeping.models import SlotHold
from scheduling.services.proposing import resume_waiting_proposals
from tests.factories import NOW
from tests.pages.conftest import HTMX, clock, desk, proposed
from tests.pages.test_today import grid_of

__all__ = ["clock", "desk"]

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ready(clinic):
    """A proposal for Ada Lovelace that can be accepted."""
    return proposed(clinic, given_name="Ada", family_name="Lovelace")


def at(name, proposal):
    return reverse(f"scheduling:{name}", args=[proposal.pk])


def test_an_open_page_holds_on_and_a_closed_one_does_not(desk, ready, clock):
    html = desk.get(at("proposal", ready)).content.decode()
    assert "Held for you until" in html
    assert "09:10 EST" in html
    assert f'hx-get="{at("proposal_hold", ready)}"' in html
    clock(NOW + 6 * MINUTE)
    desk.get(at("proposal_hold", ready))
    assert ready.holds.filter(held_until=NOW + 10 * MINUTE).exists()
    html = desk.get(at("proposal_hold", ready), headers=HTMX).content.decode()
    assert "09:16 EST" in html
    assert 'data-left="600"' in html
    clock(NOW + 17 * MINUTE)
    html = desk.get(at("proposal_hold", ready), headers=HTMX).content.decode()
    assert "Not held any more" in html
    assert "hx-get" not in html
    resume_waiting_proposals(now=NOW + 17 * MINUTE)
    assert not SlotHold.objects.exists()
    desk.post(at("proposal_hold_again", ready))
    assert "09:27 EST" in desk.get(at("proposal", ready)).content.decode()


def test_colleagues_see_who_holds_what_until_when_and_not_for_whom(clinic, sign_in, desk, ready):
    first = min(SlotHold.objects.all(), key=lambda hold: hold.starts_at)
    day = {"day": first.starts_at.date().isoformat(), "site": str(clinic.site.pk)}
    nurse = sign_in(clinic.nurse)
    words = f"held by {clinic.desk.name} until 09:10 EST"
    board = nurse.get(reverse("scheduling:today"), day).content.decode()
    grid = grid_of(board)
    assert [one["note"] for one in grid["holds"]] == [words[0].upper() + words[1:]]
    assert grid["holds"][0]["room"] == str(first.room_id)
    week = nurse.get(reverse("scheduling:week"), day).content.decode()
    for html in (board, week):
        assert words in html
        assert "Lovelace" not in html
    mark = grid["mark"]
    desk.post(at("proposal_discard", ready))
    changed = nurse.get(reverse("scheduling:board"), {**day, "mark": mark})
    assert words not in changed.content.decode()
    assert changed.status_code == 200
    assert "This proposal was discarded" in desk.get(at("proposal", ready)).content.decode()
