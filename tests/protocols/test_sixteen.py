"""Each of the sixteen protocols, number by number against the clinical reference, and planned."""

from dataclasses import dataclass
from itertools import accumulate

import pytest

from courses.editor.faults import faults_of
from courses.editor.sources import unsourced
from courses.protocols import read_definition, shipped_definitions
from tests.courses.catalogue import CATALOGUE, OFFSETS
from tests.protocols.clinics import days_of, gaps_of, planned, version_of, working_clinic

CONTENT = {data["code"]: data for data in shipped_definitions()}
SHIPPED = {code: read_definition(data) for code, data in CONTENT.items()}
CODES = sorted(SHIPPED)


@dataclass(frozen=True)
class Said:
    """A row of the catalogue (DOMAIN 2.1) with the minutes of its slot (2.2)."""

    route: str
    doses: int
    most: int | None
    min_gap: int
    soft: int | None
    hard: int | None
    slot: int


TABLE = {
    "IV_2W3": Said("IV", 6, 10, 2, 5, 8, 150),
    "IV_3W2": Said("IV", 6, 10, 2, 4, 8, 150),
    "IV_FLEX_6_8": Said("IV", 6, 8, 2, 5, 8, 150),
    "IV_3IN11": Said("IV", 3, 3, 2, 6, 8, 150),
    "IV_SINGLE": Said("IV", 1, 1, 2, None, None, 150),
    "IV_2W4": Said("IV", 8, 10, 2, 5, 8, 150),
    "SC_2W4": Said("SC", 8, 8, 2, 5, 8, 120),
    "IM_SERIES": Said("IM", 6, 6, 2, 8, 14, 120),
    "SL_CLINIC": Said("sublingual", 3, 6, 2, 10, 21, 180),
    "SL_HOME": Said("sublingual", 4, 6, 3, 10, 21, 180),
    "ESK_TRD": Said("nasal", 12, None, 2, 5, 28, 180),
    "ESK_MDSI": Said("nasal", 8, 8, 2, 5, 8, 180),
    "MAINT_IV": Said("IV", 1, None, 7, None, None, 150),
    "KAP_PROG": Said("IV", 6, 6, 2, 14, 21, 180),
    "RETREAT": Said("IV", 2, 3, 1, 2, None, 335),
    "PAIN_INF": Said("IV", 5, 5, 1, 2, 4, 355),
}
DOSES = {
    "IV": ("mg_per_kg", 0.5, (0.1, 0.75), 1.0),
    "SC": ("mg_per_kg", 0.5, (0.5, 0.9), 0.9),
    "IM": ("mg_per_kg", 0.25, (0.25, 1.0), 1.5),
    "sublingual": ("mg", None, (25, 300), 400),
}
VITALS: dict[str, tuple[list[int], int | None]] = {
    "IV": ([-10, 0, 10, 20, 30, 40], 15),
    "SC": ([-10, 15, 30, 45, 60], 30),
    "IM": ([-10, 15, 30, 45, 60], 30),
    "sublingual": ([-10, 20, 40, 60, 90, 120], None),
    "nasal": ([-10, 40, 120], None),
}
RACEMIC = [code for code in CODES if not code.startswith("ESK")]
DEPRESSION = [code for code in RACEMIC if code != "PAIN_INF"]
INDUCTION = [code for code in DEPRESSION if code not in ("MAINT_IV", "IV_SINGLE")]


def test_all_sixteen_are_here() -> None:
    assert set(CODES) == set(TABLE) == set(CATALOGUE)


@pytest.mark.parametrize("code", CODES)
def test_catalogue_row(code: str) -> None:
    rule, said = SHIPPED[code], TABLE[code]
    visit = rule.visit_types[rule.blocks[0].visit]
    found = (rule.route, rule.planned_doses, rule.most_doses, rule.min_gap_days, visit.minutes)
    assert found == (said.route, said.doses, said.most, said.min_gap, said.slot)
    drug = "esketamine" if code.startswith("ESK") else "racemic ketamine"
    assert (rule.drug, rule.is_off_by_default) == (drug, code == "SL_HOME")
    if said.soft:
        assert {gap.max_days for gap in rule.blocks[0].gaps} == {said.soft}
        assert {gap.hard_max_days for gap in rule.blocks[0].gaps} == {said.hard}


@pytest.mark.parametrize("code", [c for c in CODES if SHIPPED[c].route == "IV"])
def test_infusions_give_ten_minutes_to_questionnaires(code: str) -> None:
    rule = SHIPPED[code]
    visit = rule.blocks[0].visit
    phases = {one.name: (at, one) for at, one in enumerate(rule.visit_types[visit].phases)}
    assert phases["questionnaires"][1].minutes == 10
    at, settling = phases["settling"]
    assert settling.minutes == (10 if TABLE[code].slot == 150 else 15)
    source = rule.source_of(f"/visit_types/{visit}/phases/{at}/minutes")
    assert source
    assert "dd" in source.authority
    assert ("155" in source.note) is (TABLE[code].slot == 150)


@pytest.mark.parametrize("path", ["/blocks/0/gaps/0/max_days", "/blocks/0/gaps/2/hard_max_days",
                                  "/missed/0/to_days"])  # fmt: skip
def test_limits_of_the_programme_with_therapy_say_why_they_are_not_those_of_its_route(
    path: str,
) -> None:
    source = SHIPPED["KAP_PROG"].source_of(path)
    assert source
    assert source.authority == "dd"
    assert "infusions twice a week" in source.note


@pytest.mark.parametrize("code", OFFSETS)
def test_days_on_plan_are_the_printed_ones(code: str) -> None:
    doses = SHIPPED[code].doses(len(OFFSETS[code]))
    gaps = [dose.gap.target_days if dose.gap else 0 for dose in doses]
    assert [int(day) for day in accumulate(gaps)] == OFFSETS[code]


@pytest.mark.parametrize("code", DEPRESSION)
def test_whatever_is_chosen_seven_days_hold_three_doses(code: str) -> None:
    """The cap of 2.10; pain infusions go day by day and have none."""
    rule = SHIPPED[code]
    doses = rule.doses(min(rule.most_doses or 9, 9))
    shortest = [dose.gap.min_days for dose in doses if dose.gap]
    weeks = [sum(shortest[at : at + 3]) for at in range(len(shortest) - 2)]
    assert all(days >= 7 for days in weeks)


def test_esketamine_has_eight_doses_in_four_weeks_and_twelve_in_eight() -> None:
    rule = SHIPPED["ESK_TRD"]
    assert [(block.name, block.doses) for block in rule.blocks] == [
        ("induction", 8), ("maintenance_1", 4), ("maintenance_2", None),
    ]  # fmt: skip
    last = rule.blocks[-1].gaps[0]
    assert (last.min_days, last.max_days) == (7, 14)
    assert rule.maintenance
    assert rule.maintenance.ladder_days == [7, 14]


@pytest.mark.parametrize("code", [code for code in RACEMIC if code != "PAIN_INF"])
def test_racemic_doses_by_route(code: str) -> None:
    rule = SHIPPED[code].dose
    assert rule
    assert (rule.basis, rule.start, rule.usual, rule.hard_max) == DOSES[SHIPPED[code].route]
    by_weight = rule.basis == "mg_per_kg"
    assert rule.most_step == (0.25 if by_weight else 50)
    weights = (rule.weight_valid_days, rule.weight_change_percent, rule.weight_kg)
    assert weights == ((30, 5, (30, 250)) if by_weight else (None, None, None))


@pytest.mark.parametrize(("code", "first"), [("ESK_TRD", 56), ("ESK_MDSI", 84)])
def test_esketamine_doses(code: str, first: int) -> None:
    rule = SHIPPED[code].dose
    assert rule
    assert (rule.allowed, rule.first, rule.device_mg) == ([56, 84], [first], 28)
    assert rule.label_region == "US"


@pytest.mark.parametrize("code", [code for code in CODES if code != "PAIN_INF"])
def test_vitals_by_route(code: str) -> None:
    plan = SHIPPED[code].vitals
    assert plan
    assert (plan.minutes, plan.then_every) == VITALS[SHIPPED[code].route]
    assert (plan.on_time_minutes, plan.missed_after_minutes) == (5, 10)


@pytest.mark.parametrize("code", CODES)
def test_observation_is_the_minimum_of_its_route_and_fits_its_visit(code: str) -> None:
    rule = SHIPPED[code]
    is_esketamine = code.startswith("ESK")
    assert rule.observation
    assert rule.observation.minutes == (120 if is_esketamine else 60)
    assert rule.observation.is_rule is is_esketamine
    phases = rule.visit_types[rule.blocks[0].visit].phases
    assert sum(p.minutes for p in phases if p.name == "observation") >= rule.observation.minutes


@pytest.mark.parametrize("code", CODES)
def test_same_day_checks_by_route(code: str) -> None:
    rule = SHIPPED[code]
    checks = set(rule.checks)
    assert checks >= {
        "GO_BP", "GO_HR", "GO_SPO2", "GO_RR", "GO_ESCORT", "GO_SUBST", "GO_MEDS", "GO_PREG",
        "GO_CONSENT", "GO_SUICIDE", "GO_MENTAL", "GO_INTERVAL", "GO_AUTH",
    }  # fmt: skip
    nasal, tongue = rule.route == "nasal", rule.route == "sublingual"
    assert ("GO_NASAL" in checks, "GO_REMS" in checks) == (nasal, nasal)
    assert ("GO_WEIGHT" in checks) is not (nasal or tongue)
    assert ("GO_FAST" in checks) is not tongue
    assert ("GO_STAFF" in checks, "GO_EMERG" in checks) == (code != "SL_HOME", code != "SL_HOME")


@pytest.mark.parametrize("code", INDUCTION)
def test_a_series_is_reviewed_early_and_at_its_end(code: str) -> None:
    rule = SHIPPED[code]
    [end] = [one for one in rule.reviews if one.name == "end"]
    assert (end.after_block, end.holds) == (rule.blocks[-1].name, True)
    early = [one.after_dose for one in rule.reviews if one.name == "early"]
    expected = {"RETREAT": [], "IV_3IN11": [2], "SL_CLINIC": [2], "SL_HOME": [2]}
    assert early == expected.get(code, [3])


@pytest.mark.parametrize(
    "code", [c for c in RACEMIC if (SHIPPED[c].most_doses or 99) >= 10 or c == "MAINT_IV"]
)
def test_ten_doses_and_every_six_more_ask_for_a_review(code: str) -> None:
    [found] = [one for one in SHIPPED[code].reviews if one.name == "mandatory"]
    assert (found.from_dose, found.every, found.holds) == (10, 6, True)


def test_esketamine_is_reviewed_at_week_four_and_for_its_interval() -> None:
    found = [(one.after_block, one.holds) for one in SHIPPED["ESK_TRD"].reviews]
    assert found == [("induction", True), ("maintenance_1", True)]
    assert [(one.after_block, one.holds) for one in SHIPPED["ESK_MDSI"].reviews] == [
        ("induction", True)
    ]


def test_maintenance_climbs_five_steps_and_then_goes_as_needed() -> None:
    rule = SHIPPED["MAINT_IV"].maintenance
    assert rule
    assert rule.ladder_days == [7, 14, 21, 28, 42]
    assert (rule.then_as_needed, rule.steady_scores) == (True, 2)
    assert (rule.most_early_boosters, rule.early_boosters_days) == (2, 60)


@pytest.mark.parametrize("code", [c for c in INDUCTION if c != "RETREAT"])
def test_scores_are_asked_for_when_the_reference_says(code: str) -> None:
    points = {point.name: point for point in SHIPPED[code].assessments}
    everything = {"PHQ9", "GAD7", "QIDS_SR16", "CSSRS", "WSAS", "PCL5"}
    assert (points["screening"].days, set(points["screening"].instruments)) == (
        (-14, 0), everything,
    )  # fmt: skip
    assert points["screening"].only_for["PCL5"] == ["IN_PTSD"]
    assert (points["dose_day"].anchor, points["dose_day"].days) == ("each_dose", (-1, 0))
    assert points["dose_day"].instruments == ["PHQ9", "CSSRS"]
    assert points["day_after"].days == (1, 1)
    assert (points["end"].days, set(points["end"].instruments)) == ((3, 7), everything)
    assert [points[f"week_{n}"].days[0] for n in (2, 4, 8)] == [14, 28, 56]
    assert points["monthly"].repeat_every_days == 30
    assert (points["quarterly"].instruments, points["quarterly"].repeat_every_days) == (
        ["WSAS"], 90,
    )  # fmt: skip
    middle = points.get("middle")
    assert (middle and (middle.dose, middle.instruments)) == (
        (3, ["PHQ9", "GAD7", "CSSRS"]) if SHIPPED[code].planned_doses > 4 else None
    )


def test_programme_with_therapy() -> None:
    rule = SHIPPED["KAP_PROG"]
    assert (len(rule.preparation), rule.needs_preparation) == (2, True)
    assert rule.integration
    assert (rule.integration.after, rule.integration.days) == ("each", (1, 3))
    late = rule.integration
    assert (late.book_within_days, late.amber_after_days, late.red_after_days) == (1, 4, 8)
    assert late.holds_after_missed == 2
    assert (rule.blocks[0].fewest, rule.blocks[0].most) == (3, 6)
    visit = rule.visit_types["infusion"]
    with_therapist = [phase.name for phase in visit.phases if "THERAPIST" in phase.load]
    assert with_therapist == ["settling", "administration", "observation"]


def test_retreat() -> None:
    rule = SHIPPED["RETREAT"]
    assert [one.days_before_first for one in rule.preparation] == [(1, 1)]
    [therapy] = [p for p in rule.visit_types["retreat_day"].phases if p.name == "therapy"]
    assert (therapy.minutes, rule.blocks[0].fewest, rule.blocks[0].most) == (180, 1, 3)
    assert [p.days[0] for p in rule.assessments if p.name.startswith("week")] == [7, 14, 28]


def test_pain_keeps_out_of_the_defaults_for_depression() -> None:
    rule = SHIPPED["PAIN_INF"]
    assert (rule.dose, rule.caps, rule.indications) == (None, [], ["IN_PAIN"])
    assert rule.visit_types["infusion"].phases[4].minutes == 240
    assert {one for point in rule.assessments for one in point.instruments} == {"CSSRS", "WSAS"}


@pytest.mark.parametrize("code", CODES)
def test_every_number_names_its_authority_and_every_mark_its_reference(code: str) -> None:
    assert unsourced(CONTENT[code]) == []
    assert faults_of(CONTENT[code]) == []
    marks = {m for source in SHIPPED[code].sources for m in source.authority.split(", ")}
    assert marks - {"dd", "gk"} == set(SHIPPED[code].references)


def test_control_a_number_without_a_source_is_found() -> None:
    bare = {**CONTENT["IV_2W3"], "sources": CONTENT["IV_2W3"]["sources"][1:]}
    assert unsourced(bare) == ["/min_gap_days"]


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_planner_places_all_of_it(code: str) -> None:
    clinic = working_clinic()
    rule = SHIPPED[code]
    course = planned(clinic, version_of(clinic, code))
    days = days_of(course)
    assert len(days) == rule.planned_doses
    for apart, dose in zip(gaps_of(days), rule.doses(len(days))[1:], strict=True):
        assert dose.gap
        assert dose.gap.min_days <= apart <= dose.gap.max_days
    for span in rule.spans:
        if span.to_dose <= len(days):
            assert (days[span.to_dose - 1] - days[0]).days <= span.max_days
    before = [(days[0] - day).days for day in days_of(course, "prep")]
    for prep, apart in zip(rule.preparation, before, strict=True):
        assert prep.days_before_first[0] <= apart <= prep.days_before_first[1]
    talks = days_of(course, "integration")
    assert len(talks) == len(rule.integrations(len(days)))
