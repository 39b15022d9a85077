"""What holds courses back, in words."""

from typing import Any

from scheduling.capacity.wording import bottleneck


def said(count: int, together: int | None = None, **alone: int) -> tuple[str, str]:
    week: dict[str, Any] = {"count": count, "most": 9, "is_capped": count == 9}
    return bottleneck({**week, "alone": alone, "together": together})


def test_the_limit_that_allows_most_comes_first_and_what_is_idle_is_named() -> None:
    assert said(2, CHAIRS=2, NURSES=9) == (
        "Nurses’ load",
        "With no limit on nurses’ load 9 or more could start. More chairs would change nothing.",
    )
    assert said(2, CHAIRS=3, NURSES=4, PRESCRIBER=2, THERAPISTS=2) == (
        "Nurses’ load or chairs",
        "With no limit on nurses’ load 4 could start; with none on chairs 3. A prescriber always "
        "there or more therapists would change nothing.",
    )


def test_without_a_single_bottleneck_it_is_several_or_the_opening_hours() -> None:
    assert said(2, CHAIRS=2, NURSES=2, together=5) == (
        "Several at once",
        "More chairs or more nurses alone would change nothing; with more of everything 5 could "
        "start.",
    )
    assert said(0, CHAIRS=0, NURSES=0, together=0) == (
        "Opening hours",
        "More chairs or more nurses would change nothing: the site is not open for more.",
    )
    assert said(9) == ("None found", "Counting stops at 9.")
