"""Every vector of DOMAIN part 5, as a case each."""

from decimal import Decimal

import pytest

from courses.instruments import Answers, instrument, safety_findings, score

NO = None
PHQ9 = [
    ("P1", [1, 1, 1, 1, 0, 0, 0, 0, 0], 4, "minimal", ""),
    ("P2", [1, 1, 1, 1, 1, 0, 0, 0, 0], 5, "mild", ""),
    ("P3", [2, 2, 2, 2, 1, 1, 1, 1, 0], 12, "moderate", ""),
    ("P4", [3, 3, 3, 2, 2, 2, 2, 1, 1], 19, "moderately_severe", "ALERT"),
    ("P5", [3, 3, 3, 3, 3, 2, 1, 1, 1], 20, "severe", "ALERT"),
    ("P6", [0, 0, 0, 0, 0, 0, 0, 0, 1], 1, "minimal", "ALERT"),
    ("P7", [2, 2, NO, 2, 1, 2, 1, 0, 0], 11, "moderate", ""),
    ("P8", [2, NO, NO, NO, 1, 2, 1, 0, 0], None, "", ""),
]
GAD7 = [
    ("G1", [1, 1, 1, 1, 0, 0, 0], 4, "minimal"),
    ("G2", [1, 1, 1, 1, 1, 0, 0], 5, "mild"),
    ("G3", [2, 2, 2, 1, 1, 1, 1], 10, "moderate"),
    ("G4", [2, 2, 2, 2, 2, 2, 2], 14, "moderate"),
    ("G5", [3, 3, 3, 3, 1, 1, 1], 15, "severe"),
    ("G6", [2, 2, 2, NO, 1, 1, 1], 11, "moderate"),
    ("G7", [2, 2, NO, NO, 1, 1, 1], None, ""),
]
PCL5 = [
    ("L1", [1] * 20, 20, (5, 2, 7, 6), set()),
    ("L2", [2] * 20, 40, (10, 4, 14, 12), {"AT_LEAST_31", "AT_LEAST_33", "PTSD_BY_RULE"}),
    (
        "L3",
        [3, 3, 3, 2, 2, 3, 3, 3, 2, 2, 2, 3, 2, 1, 2, 1, 3, 2, 3, 3],
        48,
        (13, 6, 15, 14),
        {"AT_LEAST_31", "AT_LEAST_33", "PTSD_BY_RULE"},
    ),
    (
        "L4",
        [4, 4, 4, 4, 4, 1, 1, 4, 4, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0],
        37,
        (20, 2, 11, 4),
        {"AT_LEAST_31", "AT_LEAST_33"},
    ),
    (
        "L5",
        [2, 1, 1, 1, 1, 2, 1, 2, 2, 1, 1, 1, 1, 1, 2, 1, 2, 2, 3, 4],
        32,
        (6, 3, 9, 14),
        {"AT_LEAST_31", "PTSD_BY_RULE"},
    ),
    (
        "L6",
        [2, 2, 2, 2, 1, 0, 1, 2, 2, 2, 2, 2, 1, 1, 2, 2, 2, 2, 0, 0],
        30,
        (9, 1, 12, 8),
        set(),
    ),
]
QIDS = [
    ("Q1", [1, 2, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0], "211100100", 6, 7, "mild", ""),
    (
        "Q2",
        [1, 2, 3, 0, 2, 0, 2, 0, 1, 2, 2, 1, 2, 2, 1, 0],
        "322221221",
        17,
        21,
        "severe",
        "ALERT",
    ),
    (
        "Q3",
        [3, 3, 3, 0, 3, 2, 0, 3, 0, 3, 3, 2, 3, 3, 2, 1],
        "333332332",
        25,
        34,
        "very_severe",
        "URGENT",
    ),
    ("Q4", [0, 0, 0, 3, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0], "311110111", 10, 10, "mild", ""),
    ("Q5", [2, 1, 1, 0, 1, 0, 0, 0, 2, 1, 0, 0, 1, 1, 0, 1], "212100111", 9, 11, "mild", ""),
    ("Q6", [3] * 16, "333333333", 27, 48, "very_severe", "URGENT"),
]
MADRS = [
    ("M1", [1, 1, 1, 1, 0, 0, 1, 1, 0, 0], 6, "normal", True, ""),
    ("M2", [1, 1, 1, 1, 1, 0, 1, 1, 0, 0], 7, "mild", True, ""),
    ("M3", [1, 2, 1, 1, 0, 1, 2, 1, 1, 0], 10, "mild", True, ""),
    ("M4", [3, 3, 3, 3, 2, 3, 3, 3, 3, 2], 28, "moderate", False, "ALERT"),
    ("M5", [4, 4, 4, 4, 2, 3, 4, 4, 3, 2], 34, "moderate", False, "ALERT"),
    ("M6", [4, 4, 4, 4, 3, 4, 4, 4, 4, 3], 38, "severe", False, "ALERT"),
]


def answers(values: list[int | None]) -> Answers:
    return {str(number): value for number, value in enumerate(values, 1)}


def level(code: str, given: Answers) -> str:
    return "".join(finding.level for finding in safety_findings(instrument(code), given))


@pytest.mark.parametrize(("_name", "values", "total", "band", "safety"), PHQ9)
def test_phq9(_name, values, total, band, safety):
    result = score(instrument("PHQ9"), answers(values))
    assert (result.total, result.band, result.is_complete) == (total, band, total is not None)
    assert level("PHQ9", answers(values)) == safety


@pytest.mark.parametrize(("_name", "values", "total", "band"), GAD7)
def test_gad7(_name, values, total, band):
    result = score(instrument("GAD7"), answers(values))
    assert (result.total, result.band, result.is_complete) == (total, band, total is not None)


@pytest.mark.parametrize(("_name", "values", "total", "clusters", "flags"), PCL5)
def test_pcl5(_name, values, total, clusters, flags):
    result = score(instrument("PCL5"), answers(values))
    assert result.total == total
    assert tuple(result.subscales[code] for code in "BCDE") == clusters
    assert result.flags == flags
    assert result.band == ""


@pytest.mark.parametrize(("_name", "values", "domains", "total", "plain", "band", "safety"), QIDS)
def test_qids(_name, values, domains, total, plain, band, safety):
    result = score(instrument("QIDS_SR16"), answers(values))
    assert "".join(str(value) for value in result.subscales.values()) == domains
    assert (result.total, result.band) == (total, band)
    assert sum(values) == plain
    assert level("QIDS_SR16", answers(values)) == safety


@pytest.mark.parametrize(("_name", "values", "total", "band", "is_remission", "safety"), MADRS)
def test_madrs(_name, values, total, band, is_remission, safety):
    madrs = instrument("MADRS")
    result = score(madrs, answers(values))
    assert (result.total, result.band) == (total, band)
    assert (result.total <= madrs.remission_max) is is_remission
    assert level("MADRS", answers(values)) == safety


def test_madrs_remission_is_a_number_that_a_stricter_setting_can_undercut():
    total = score(instrument("MADRS"), answers(MADRS[2][1])).total
    assert total <= instrument("MADRS").remission_max
    assert not total <= 9


def test_figures_of_5_1_are_kept_as_data():
    kept = {
        code: (each.total, each.remission_max, each.mcid, each.recall_days, each.may_ship)
        for code in ("PHQ9", "GAD7", "PCL5", "CGI_S", "QIDS_SR16", "MADRS", "WSAS", "YBOCS", "BAM")
        for each in [instrument(code)]
    }
    assert kept == {
        "PHQ9": ((0, 27), 4, 5, 14, True),
        "GAD7": ((0, 21), 4, 4, 14, True),
        "PCL5": ((0, 80), 30, 10, 30, True),
        "CGI_S": ((1, 7), 2, 1, 7, True),
        "QIDS_SR16": ((0, 27), 5, Decimal("3.5"), 7, False),
        "MADRS": ((0, 60), 10, 6, 7, False),
        "WSAS": ((0, 40), 9, 8, None, False),
        "YBOCS": ((0, 40), 12, None, 7, False),
        "BAM": (None, None, None, 30, False),
    }


def test_response_is_data_of_each_scale():
    assert {code: instrument(code).response_percent for code in ("PHQ9", "PCL5", "YBOCS")} == {
        "PHQ9": 50,
        "PCL5": 30,
        "YBOCS": 35,
    }
