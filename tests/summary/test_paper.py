"""The one page for the referring doctor: what it says, always the same, always one page."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader

from courses.curves.rules import Baseline, curve
from courses.instruments import instrument
from courses.response.measures import limits_for
from courses.response.rules import Reading
from courses.summary.content import DoseLine, EventLine, Letterhead, Person, Release, Summary
from courses.summary.fonts import BOLD, REGULAR, font_file
from courses.summary.paper import draw
from courses.thresholds.catalogue import Thresholds

BEGAN = date(2026, 1, 5)


def scores(code: str, number: int):
    """A curve of so many scores, four days apart."""
    readings = [
        Reading(at.date(), at, Decimal(20 - n % 15))
        for n in range(number)
        if (at := datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(days=4 * n))
    ]
    found = curve(
        instrument(code), readings, Baseline(BEGAN, Decimal(20)), limits_for(code, Thresholds())
    )
    assert found is not None
    return found


def summary(number: int = 3, **changes) -> Summary:
    content = Summary(
        head=Letterhead("Riverbend", "Harbor Street", "12 Harbor Street", "+1 212", True),
        release=Release("Dr. Robin Hale", BEGAN, BEGAN + timedelta(days=365)),
        person=Person("Łucja Ångström-Έλλη", date(1980, 2, 29)),
        protocol="IV ketamine, six infusions",
        course=[("Medicine", "racemic ketamine, IV"), ("State", "Active")],
        doses=[DoseLine(f"{n}.", BEGAN + timedelta(days=3 * n), "35 mg") for n in range(1, 4)],
        curves=[scores(code, number) for code in ("PHQ9", "GAD7", "PCL5")],
        response=["PHQ-9 was 20; 18 now, 10.0 % below baseline.", "No response."],
        events=[EventLine(BEGAN, "Course paused")],
        plan=["3 of 6 doses are still planned."],
        made_by="Dr. Iris Vale",
        made_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
        made_on=date(2026, 6, 1),
    )
    return replace(content, **changes)


def printed(content: Summary) -> bytes:
    return draw(content, font=font_file(REGULAR), bold=font_file(BOLD))


def words(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    assert len(pages) == 1
    return pages[0].extract_text()


def test_it_says_what_a_colleague_needs_and_which_consent_covers_it():
    text = words(printed(summary()))
    for said in (
        "Łucja Ångström-Έλλη", "29 Feb 1980", "For Dr. Robin Hale",
        "consent to Dr. Robin Hale, signed 5 Jan 2026, good until 5 Jan 2027",
        "IV ketamine, six infusions", "racemic ketamine, IV", "3. 14 Jan 2026, 35 mg",
        "5 Jan 2026: 20", "No response.", "Course paused", "3 of 6 doses are still planned.",
        "Made by Dr. Iris Vale on 1 Jun 2026",
    ):  # fmt: skip
        assert said in text


def test_the_same_content_gives_the_same_bytes():
    assert printed(summary()) == printed(summary())
    assert printed(summary()) != printed(summary(made_by="Dr. Samuel Stone"))


def test_it_is_one_page_with_thirty_scores_of_everything():
    much = summary(
        30,
        doses=[DoseLine(f"{n}.", BEGAN + timedelta(days=n), "84 mg") for n in range(40)],
        events=[EventLine(BEGAN, "Doses held " * 20) for _ in range(30)],
        plan=["A review is due, and it says a great deal about what is to come. " * 3] * 9,
        course=[("Medicine", "x" * 200)] * 6,
        protocol="A protocol of a name that is much longer than the page is wide " * 3,
    )
    text = words(printed(much))
    assert text.count("1 May 2026: ") >= 1
    assert "The 24 latest of 40." in text
    assert "the 6 latest of 30" in text
    assert "Made by Dr. Iris Vale" in text


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_scores_and_no_dose_are_no_trouble(number):
    curves = [scores("PHQ9", number)] if number else []
    text = words(printed(summary(doses=[], curves=curves, events=[])))
    assert "None yet." in text
    assert "Nothing out of the ordinary." in text
    assert ("Scores over time" in text) == bool(number)
