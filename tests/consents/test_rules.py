"""When a consent runs out and how it stands: by the calendar and clock of the site."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.consents.rules import State, covers, end_of, last_day, last_good_day, state_of
from clinic.consents.words import blocks

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("signed", "months", "last"),
    [
        (date(2026, 1, 5), 12, date(2027, 1, 5)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 5, 31), 120, date(2036, 5, 31)),
    ],
)
def test_it_is_good_to_the_same_day_of_a_later_month(signed, months, last):
    assert last_day(signed, months) == last


def test_a_day_ends_at_midnight_there_also_when_the_clock_changes():
    end = end_of(date(2026, 3, 8), NEW_YORK)
    assert end.astimezone(UTC) == datetime(2026, 3, 9, 4, tzinfo=UTC)
    assert last_good_day(end, NEW_YORK) == date(2026, 3, 8)
    assert last_good_day(end.astimezone(UTC), NEW_YORK) == date(2026, 3, 8)


@dataclass
class Consent:
    signed_at: datetime = NOW - timedelta(days=300)
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("consent", "state"),
    [
        (Consent(), State.CURRENT),
        (Consent(expires_at=NOW + 31 * DAY), State.CURRENT),
        (Consent(expires_at=NOW + 30 * DAY), State.EXPIRING),
        (Consent(expires_at=NOW + timedelta(seconds=1)), State.EXPIRING),
        (Consent(expires_at=NOW), State.EXPIRED),
        (Consent(expires_at=NOW - DAY, withdrawn_at=NOW - DAY), State.WITHDRAWN),
        (Consent(withdrawn_at=NOW), State.WITHDRAWN),
        (Consent(withdrawn_at=NOW + DAY), State.CURRENT),
    ],
)
def test_how_it_stands(consent, state):
    assert state_of(consent, NOW) == state


@pytest.mark.parametrize(
    ("scope", "is_covered"),
    [
        (("ketamine", "IV"), True),
        (("ketamine", ""), True),
        (("", ""), True),
        (("ketamine", "IM"), False),
        (("esketamine", "IV"), False),
    ],
)
def test_a_consent_covers_what_it_names_and_whatever_it_leaves_open(scope, is_covered):
    assert covers(scope, "ketamine", "IV") is is_covered


def test_a_text_is_read_as_its_writer_typed_it():
    found = list(blocks("One\nline.\n\nTwo.\n## Head\n- a\n- b\n\n- c\n<b>bold</b>"))
    words = [(b.words, b.is_heading, b.points) for b in found]
    assert words == [
        ("One line.", False, []),
        ("Two.", False, []),
        ("Head", True, []),
        ("", False, ["a", "b"]),
        ("", False, ["c"]),
        ("<b>bold</b>", False, []),
    ]
