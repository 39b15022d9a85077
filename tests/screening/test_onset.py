"""The day of onset of a stroke: what it weighs by it, and correcting a mistyped one."""

from datetime import date

import pytest

from courses.screening.selectors import current_findings
from courses.screening.services import AbsoluteStays, Answer, mark_in_error, save_answers
from tests.factories import NOW, make_member
from tests.screening.conftest import WHY

pytestmark = pytest.mark.django_db
STROKE = "CI_CVA_RECENT"
RECENT, LONG_AGO = date(2025, 12, 1), date(2024, 12, 1)


def had_a_stroke(case, on):
    answer = Answer(STROKE, "YES", onset_on=on)
    return save_answers(screening=case.screening, answers=[answer], by=case.by, now=NOW)


def weight(case):
    return current_findings(case.screening)[STROKE].weight


def test_an_older_day_does_not_undo_what_was_found(case):
    had_a_stroke(case, RECENT)
    with pytest.raises(AbsoluteStays) as refused:
        had_a_stroke(case, LONG_AGO)
    assert refused.value.field == STROKE
    assert weight(case) == "ABS"


def test_another_recent_day_is_kept(case):
    had_a_stroke(case, RECENT)
    (row,) = had_a_stroke(case, date(2025, 11, 1))
    assert (row.weight, row.onset_on) == ("ABS", date(2025, 11, 1))


def test_a_mistyped_day_is_marked_in_error_and_then_answered_again(case):
    had_a_stroke(case, RECENT)
    director = make_member(case.clinic.site, "MEDICAL_DIRECTOR")
    mark_in_error(screening=case.screening, code=STROKE, reason=WHY, by=director, now=NOW)
    had_a_stroke(case, LONG_AGO)
    assert weight(case) == "REL"
