"""What a plan of scores asks for and when: pure rules, without a database (DOMAIN 5.8)."""

import json
from datetime import date, timedelta

import pytest

from courses.assessments.plan import Completeness, Facts, asked_for
from courses.assessments.rules import is_mixed, overlapping, windows_overlap
from courses.protocols.clinical import AssessmentPoint

FIRST = date(2026, 1, 5)
KNOWN = {"PHQ9", "GAD7", "PCL5", "MADRS"}


def day(number):
    return FIRST + timedelta(days=number)


def point(**fields):
    fields.setdefault("instruments", ["PHQ9"])
    return AssessmentPoint.model_validate_json(
        json.dumps({"name": "point", "label": "Point", **fields})
    )


def windows(one, **facts):
    return [
        (each.instrument, each.anchor_seq, each.due_from, each.due_to)
        for each in asked_for([one], Facts(**facts), known=KNOWN)
    ]


SCREENING = {"anchor": "first_dose", "days": [-14, 0]}


def test_before_the_first_dose_has_a_day_the_window_spans_all_its_days():
    found = windows(point(**SCREENING), first_between=(day(0), day(14)))
    assert found == [("PHQ9", 1, day(-14), day(14))]


def test_a_planned_day_narrows_it_and_the_day_of_the_dose_itself_wins():
    limits = {"first_between": (day(0), day(14))}
    assert windows(point(**SCREENING), planned={1: day(3)}, **limits) == [
        ("PHQ9", 1, day(-11), day(3))
    ]
    assert windows(point(**SCREENING), planned={1: day(3)}, given={1: day(4)}, **limits) == [
        ("PHQ9", 1, day(-10), day(4))
    ]


def test_each_dose_given_and_planned_has_its_own():
    found = windows(point(anchor="each_dose", days=[-1, 0]), given={1: day(0)}, planned={2: day(3)})
    assert found == [("PHQ9", 1, day(-1), day(0)), ("PHQ9", 2, day(2), day(3))]


def test_a_named_dose_and_the_last_of_a_block_or_course():
    given = {1: day(0), 2: day(3), 3: day(7), 4: day(10)}
    third = point(anchor="dose", dose=3, days=[0, 2])
    assert windows(third, given=given) == [("PHQ9", 3, day(7), day(9))]
    last = {"last_of": {"induction": 2, "": 4}, "given": given}
    of_block = point(anchor="last_dose", block="induction", days=[3, 7])
    assert windows(of_block, **last) == [("PHQ9", 2, day(6), day(10))]
    assert windows(point(anchor="last_dose", days=[3, 7]), **last) == [
        ("PHQ9", 4, day(13), day(17))
    ]


def test_a_last_dose_that_nobody_has_planned_asks_for_nothing():
    assert windows(point(anchor="last_dose", days=[3, 7]), given={1: day(0)}) == []
    assert windows(point(anchor="dose", dose=3, days=[0, 0]), given={1: day(0)}) == []


def test_repetitions_are_asked_for_as_their_time_comes():
    monthly = point(anchor="first_dose", days=[28, 32], repeat_every_days=30)
    begins = [
        [found[2] for found in windows(monthly, given={1: day(0)}, until=day(until))]
        for until in (27, 57, 58, 88)
    ]
    assert begins == [
        [day(28)],
        [day(28)],
        [day(28), day(58)],
        [day(28), day(58), day(88)],
    ]


def test_an_instrument_for_one_indication_is_asked_of_nobody_else():
    ptsd = point(**SCREENING, instruments=["PHQ9", "PCL5"], only_for={"PCL5": ["IN_PTSD"]})
    between = {"first_between": (day(0), day(0))}
    assert [each[0] for each in windows(ptsd, indication="IN_PTSD", **between)] == ["PHQ9", "PCL5"]
    assert [each[0] for each in windows(ptsd, indication="IN_TRD", **between)] == ["PHQ9"]
    assert [each[0] for each in windows(ptsd, **between)] == ["PHQ9"]


@pytest.mark.parametrize(("scored", "is_asked"), [(-3, False), (-6, False), (-7, True), (-8, True)])
def test_a_recent_score_stands_for_one_that_is_not_asked_for_sooner(scored, is_asked):
    daily = point(anchor="each_dose", days=[-1, 0], not_sooner_than_days={"PHQ9": 7})
    found = windows(daily, given={1: day(0)}, scored_on={"PHQ9": {day(scored)}})
    assert bool(found) is is_asked


def test_a_score_within_the_window_does_not_stand_against_itself():
    daily = point(anchor="each_dose", days=[-1, 0], not_sooner_than_days={"PHQ9": 7})
    assert windows(daily, given={1: day(0)}, scored_on={"PHQ9": {day(-1), day(0)}})


def test_only_what_comes_after_the_dose_may_be_late_and_options_are_marked():
    of_both = [
        point(anchor="each_dose", days=[-1, 0], optional=["MADRS"]),
        point(anchor="each_dose", days=[1, 1], name="after"),
    ]
    found = asked_for(of_both, Facts(given={1: day(0)}), known=KNOWN)
    assert [(each.instrument, each.is_optional, each.may_be_late) for each in found] == [
        ("PHQ9", False, False),
        ("MADRS", True, False),
        ("PHQ9", False, True),
    ]


def test_what_the_product_has_no_instrument_for_is_left_out():
    assert windows(point(**SCREENING, instruments=["KSET"]), given={1: day(0)}) == []


def test_completeness():
    assert (Completeness(0, 0).fraction, Completeness(0, 0).percent) == (None, None)
    assert (Completeness(3, 2).fraction, Completeness(3, 2).percent) == (2 / 3, 66)
    assert Completeness(200, 199).percent == 99


@pytest.mark.parametrize(("between", "overlap"), [(0, True), (13, True), (14, False)])
def test_two_weeks_of_recall_overlap_within_fourteen_days(between, overlap):
    assert windows_overlap(day(0), day(between), 14) is overlap
    assert not windows_overlap(day(0), day(between), None)


def test_the_later_of_two_near_scores_is_the_one_to_be_read_with_care():
    assert overlapping([day(0), day(3), day(17), day(20)], 14) == {day(3), day(20)}


def test_another_language_before_is_mixed():
    assert is_mixed({"es"}, "en")
    assert not is_mixed({"en"}, "en")
    assert not is_mixed(set(), "en")
