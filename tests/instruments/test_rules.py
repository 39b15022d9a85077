"""The rules of DOMAIN 5.2 to 5.7 that no vector covers, and what holds for any answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.instruments import (
    NOT_APPLICABLE,
    PRORATED,
    SAFETY_NOT_SCREENED,
    TOTAL_ONLY,
    AnswersInvalid,
    Instrument,
    instrument,
    instruments,
    safety_findings,
    score,
    score_of_total,
)
from tests.instruments.test_vectors import answers


def full(code: str, value: int = 1, **other: int | str | None) -> dict[str, int | str | None]:
    items = {item.key: value for item in instrument(code).items}
    return {**items, **{key.removeprefix("i"): given for key, given in other.items()}}


def test_phq9_item_9_missing_is_not_screened_though_the_total_is_prorated():
    result = score(instrument("PHQ9"), full("PHQ9", 1, i9=None))
    assert (result.total, result.missing) == (9, ("9",))
    assert result.flags == {PRORATED, SAFETY_NOT_SCREENED}


def test_phq9_function_item_is_kept_and_not_scored():
    without = score(instrument("PHQ9"), answers([1] * 9))
    assert score(instrument("PHQ9"), answers([1] * 9 + [3])).total == without.total == 9
    assert without.missing == ()


@pytest.mark.parametrize(
    ("nine", "level"), [(0, []), (1, ["ALERT"]), (2, ["URGENT"]), (3, ["URGENT"])]
)
def test_phq9_item_9_speaks_by_itself_however_little_is_answered(nine, level):
    found = safety_findings(instrument("PHQ9"), {"9": nine})
    assert [each.level for each in found] == level
    assert not score(instrument("PHQ9"), {"9": nine}).is_complete


@pytest.mark.parametrize(
    ("ten", "level"),
    [(0, []), (1, []), (2, ["ALERT"]), (3, ["ALERT"]), (4, ["URGENT"]), (6, ["URGENT"])],
)
def test_madrs_item_10(ten, level):
    assert [each.level for each in safety_findings(instrument("MADRS"), {"10": ten})] == level


@pytest.mark.parametrize("code", ["MADRS", "PCL5", "CADSS6", "YBOCS", "CGI_S"])
def test_no_item_may_be_missing(code):
    lacking = full(code)
    del lacking["1"]
    result = score(instrument(code), lacking)
    assert (result.total, result.band, result.is_complete) == (None, "", False)


def test_pcl5_keeps_the_clusters_that_are_whole_when_one_item_is_missing():
    result = score(instrument("PCL5"), full("PCL5", 2, i6=None))
    assert result.subscales == {"B": 10, "C": None, "D": 14, "E": 12}
    assert "PTSD_BY_RULE" not in result.flags


@pytest.mark.parametrize("left_out", [("6", "8"), ("6", "9"), ("7", "8"), ("7", "9")])
def test_qids_asks_one_of_each_pair(left_out):
    given_one = {key: value for key, value in full("QIDS_SR16").items() if key not in left_out}
    result = score(instrument("QIDS_SR16"), given_one)
    assert (result.total, result.missing) == (9, ())


def test_qids_with_neither_of_a_pair_is_not_complete():
    result = score(instrument("QIDS_SR16"), full("QIDS_SR16", i6=None, i7=None))
    assert (result.total, result.missing) == (None, ("6", "7"))


@pytest.mark.parametrize(
    ("given_answers", "level", "urgency"),
    [
        ({"1": 0, "2": 0, "6": 0}, "none", []),
        ({"1": 1, "2": 0, "6": 0}, "low", ["ALERT"]),
        ({"1": 0, "2": 1, "3": 0, "4": 0, "5": 0, "6": 0}, "low", ["ALERT"]),
        ({"1": 1, "2": 1, "3": 1, "4": 0, "5": 0, "6": 0}, "moderate", ["URGENT"]),
        ({"1": 0, "2": 0, "6": 1}, "moderate", ["URGENT"]),
        ({"1": 1, "2": 1, "3": 0, "4": 1, "5": 0, "6": 0}, "high", ["HIGH"]),
        ({"1": 1, "2": 1, "3": 0, "4": 0, "5": 1, "6": 0}, "high", ["HIGH"]),
        ({"1": 0, "2": 0, "6": 2}, "high", ["HIGH"]),
    ],
)
def test_cssrs_level(given_answers, level, urgency):
    cssrs = instrument("CSSRS")
    result = score(cssrs, given_answers)
    assert (result.band, result.total, result.is_complete) == (level, None, True)
    assert [each.level for each in safety_findings(cssrs, given_answers)] == urgency


def test_cssrs_asks_3_to_5_only_after_a_yes_to_2():
    assert score(instrument("CSSRS"), {"1": 0, "2": 1, "6": 0}).missing == ("3", "4", "5")
    assert score(instrument("CSSRS"), {"1": 0, "2": 0, "6": 0}).missing == ()
    assert score(instrument("CSSRS"), {"1": 0, "2": 0}).band == ""


def test_cssrs_yes_counts_even_where_it_should_not_have_been_asked():
    found = safety_findings(instrument("CSSRS"), {"2": 0, "5": 1})
    assert [each.level for each in found] == ["HIGH"]


@pytest.mark.parametrize(
    ("values", "total", "band"),
    [
        ([0, 2, 2, 2, 3], 9, "subclinical"),
        ([2, 2, 2, 2, 2], 10, "significant"),
        ([4, 4, 4, 4, 4], 20, "significant"),
        ([5, 4, 4, 4, 4], 21, "severe"),
        ([NOT_APPLICABLE, 4, 4, 4, 4], 20, "significant"),
        ([NOT_APPLICABLE, 1, 1, 1, 3], 8, "subclinical"),
        ([NOT_APPLICABLE, 3, 3, 4, 4], 18, "significant"),
        ([NOT_APPLICABLE, 8, 8, 8, 8], 40, "severe"),
    ],
)
def test_wsas_and_work_that_does_not_apply(values, total, band):
    result = score(instrument("WSAS"), answers(values))
    assert (result.total, result.band, result.is_complete) == (total, band, True)
    assert (PRORATED in result.flags) is (values[0] == NOT_APPLICABLE)


def test_wsas_is_not_complete_where_work_is_only_left_out_or_another_does_not_apply():
    assert not score(instrument("WSAS"), answers([None, 4, 4, 4, 4])).is_complete
    with pytest.raises(AnswersInvalid):
        score(instrument("WSAS"), answers([4, NOT_APPLICABLE, 4, 4, 4]))


def test_bam_has_three_figures_and_no_total():
    numbers = {str(number): number % 5 for number in range(1, 17) if number != 7}
    result = score(instrument("BAM"), {**numbers, "7A": 4, "17": 4})
    use, risk, protective = 4 + 0 + 1, 1 + 2 + 3 + 3 + 1 + 0, 4 + 0 + 2 + 3 + 4 + 1
    assert result.subscales == {"use": use, "risk": risk, "protective": protective}
    assert (result.total, result.is_complete, result.missing) == (None, True, ())


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "subclinical"),
        (7, "subclinical"),
        (8, "mild"),
        (15, "mild"),
        (16, "moderate"),
        (23, "moderate"),
        (24, "severe"),
        (31, "severe"),
        (32, "extreme"),
        (40, "extreme"),
    ],
)
def test_ybocs_bands(total, band):
    assert score_of_total(instrument("YBOCS"), total, {}).band == band


def test_ybocs_parts():
    result = score(instrument("YBOCS"), answers([1, 2, 3, 4, 0, 4, 4, 4, 4, 4]))
    assert result.subscales == {"obsessions": 10, "compulsions": 20}
    assert (result.total, result.band) == (30, "severe")


def test_cadss6_is_a_sum():
    result = score(instrument("CADSS6"), answers([4, 3, 2, 1, 0, 4]))
    assert (result.total, result.band) == (14, "")


@pytest.mark.parametrize(("answer", "band"), [(1, "normal"), (2, "borderline"), (7, "extreme")])
def test_cgi_s_is_its_one_answer(answer, band):
    result = score(instrument("CGI_S"), {"1": answer})
    assert (result.total, result.band) == (answer, band)


def test_a_total_alone_says_that_safety_was_not_screened():
    bare = score_of_total(instrument("MADRS"), 28, {})
    assert (bare.total, bare.band, bare.missing) == (28, "moderate", ("10",))
    assert bare.flags == {TOTAL_ONLY, SAFETY_NOT_SCREENED}
    asked = score_of_total(instrument("MADRS"), 28, {"10": 2})
    assert asked.flags == {TOTAL_ONLY}


@pytest.mark.parametrize(
    ("code", "total", "given_answers"),
    [("PHQ9", 28, {}), ("PHQ9", -1, {}), ("CGI_S", 0, {}), ("MADRS", 2, {"10": 3}), ("BAM", 3, {})],
)
def test_a_total_that_cannot_be_is_refused(code, total, given_answers):
    with pytest.raises(AnswersInvalid) as refusal:
        score_of_total(instrument(code), total, given_answers)
    assert list(refusal.value.faults) == ["total"]


@pytest.mark.parametrize("answer", [-1, 4, True, "1", 1.5])
def test_an_answer_outside_the_range_is_refused_by_its_item(answer):
    with pytest.raises(AnswersInvalid) as refusal:
        score(instrument("PHQ9"), {"3": answer})
    assert list(refusal.value.faults) == ["3"]


def test_an_item_that_does_not_exist_is_refused():
    with pytest.raises(AnswersInvalid):
        score(instrument("PHQ9"), {"11": 0})


@st.composite
def some_answers(draw: st.DrawFn) -> tuple[Instrument, dict[str, int | str | None]]:
    chosen = draw(st.sampled_from(instruments()))
    return chosen, {
        item.key: draw(
            st.one_of(
                st.integers(item.min, item.max),
                st.none(),
                *([st.just(NOT_APPLICABLE)] if item.may_not_apply else []),
            )
        )
        for item in chosen.items
    }


@given(some_answers())
def test_any_answers_give_a_total_in_range_or_none(case):
    chosen, given_answers = case
    result = score(chosen, given_answers)
    if result.total is not None:
        low, high = chosen.total
        assert low <= result.total <= high
        assert result.total == int(result.total)
        assert len(result.missing) <= chosen.most_missing
    if result.missing and len(result.missing) > chosen.most_missing:
        assert (result.total, result.band, result.is_complete) == (None, "", False)
    assert (PRORATED in result.flags) <= (result.total is not None)


@given(some_answers(), st.data())
def test_a_higher_answer_never_lowers_the_total(case, data):
    chosen, given_answers = case
    raisable = [
        key
        for key, answer in given_answers.items()
        if isinstance(answer, int) and answer < chosen.item(key).max
    ]
    before = score(chosen, given_answers)
    if before.total is None or not raisable:
        return
    key = data.draw(st.sampled_from(raisable))
    after = score(chosen, {**given_answers, key: given_answers[key] + 1})
    assert after.total is None or after.total >= before.total


@given(some_answers())
def test_safety_holds_whatever_else_is_left_out(case):
    chosen, given_answers = case
    safety_only = {key: given_answers[key] for key in chosen.safety_items}
    assert safety_findings(chosen, safety_only) == safety_findings(chosen, given_answers)


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9), st.sets(st.integers(0, 8), max_size=4))
def test_phq9_prorates_within_half_a_point_of_the_mean(values, left_out):
    kept = [None if number in left_out else value for number, value in enumerate(values)]
    result = score(instrument("PHQ9"), answers(kept))
    given_values = [value for value in kept if value is not None]
    if len(left_out) > 2:
        assert result.total is None
    else:
        exact = sum(given_values) * 9 / len(given_values)
        assert -0.5 <= exact - float(result.total) < 0.5 or exact == float(result.total)
