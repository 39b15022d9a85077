"""The data files against DOMAIN 3.1, 3.2 and 2.11, and against themselves."""

from datetime import date, timedelta

import pytest

from courses.checks.catalogue import shipped
from courses.checks.rules import Known, checks_due, missing_at_baseline, second_in_a_row
from courses.models import CheckResult, Hold, Screening
from courses.models.screening import ALWAYS_ABSOLUTE
from courses.screening import catalogue, payers
from courses.thresholds.catalogue import Thresholds

TODAY = date(2026, 1, 5)
A, R, T = "ABS", "REL", "TEMP"
# DOMAIN 3.2, by hand: (esketamine, racemic).
TABLE = {
    "CI_ANEURYSM": (A, A), "CI_AVM": (A, A), "CI_ICH": (A, A), "CI_HYPERSENS": (A, A),
    "CI_BP_HAZARD": (A, A), "CI_PREECLAMPSIA": (A, A), "CI_HTN_UNCONTROLLED": (T, T),
    "CI_CVA_RECENT": (A, A), "CI_MI_RECENT": (A, A), "CI_CARDIAC_SEVERE": (A, A),
    "CI_ARRHYTHMIA": (T, T), "CI_PSYCHOSIS_ACTIVE": (R, A), "CI_PSYCHOSIS_HX": (R, R),
    "CI_PSYCHOSIS_FHX": (R, R), "CI_MANIA": (T, T), "CI_SUD_ACTIVE": (A, A),
    "CI_SUD_HX": (R, R), "CI_KET_MISUSE": (A, A), "CI_ALCOHOL_HEAVY": (R, R),
    "CI_PREGNANCY": (A, A), "CI_BREASTFEED": (A, A), "CI_PORPHYRIA": (A, A),
    "CI_DEMENTIA": (A, A), "CI_DELIRIUM": (T, T), "CI_MINOR": (A, A),
    "CI_HEPATIC_SEVERE": (A, R), "CI_HEPATIC_MOD": (R, R), "CI_CYSTITIS": (R, R),
    "CI_ICP": (A, A), "CI_GLAUCOMA": (R, R), "CI_SEIZURE": (R, R), "CI_THYROID": (R, R),
    "CI_OSA": (R, R), "CI_RESP": (R, R), "CI_BORDERLINE_RISK": (R, R),
    "CI_SI_IMMINENT": (R, R), "CI_AGE_OLD": (R, R), "DI_BENZO": (R, R), "DI_STIM": (R, R),
    "DI_MAOI": (R, R), "DI_LAMOTRIGINE": (R, R), "DI_THEOPHYLLINE": (R, R),
    "CI_PSYCHO_SUPPORT": (T, T),
}  # fmt: skip


def test_every_contraindication_has_the_class_of_the_table():
    found = {
        one.code: (one.classes["esketamine"], one.classes["racemic"])
        for one in catalogue.contraindications().contraindications
    }
    assert found == TABLE


def test_what_the_database_holds_for_absolute_is_absolute_in_the_data():
    for code in ALWAYS_ABSOLUTE:
        entry = catalogue.by_code()[code]
        assert set(entry.classes.values()) == {"ABS"}
        assert entry.recent is None
    others = set(TABLE) - set(ALWAYS_ABSOLUTE)
    fixed = {c for c in others if TABLE[c] == (A, A) and not catalogue.by_code()[c].recent}
    assert fixed == set()


def test_what_nothing_clears_lasts_from_screening_to_screening():
    entries = catalogue.contraindications().contraindications
    uncleared = {one.code for one in entries if one.clears.startswith("Nothing clears it.")}
    assert uncleared >= {"CI_ANEURYSM", "CI_BP_HAZARD", "CI_PREECLAMPSIA"}
    assert uncleared == {one.code for one in entries if one.lasting}


@pytest.mark.parametrize("file", ["contraindications", "criteria", "payers", "checks"])
def test_every_mark_is_a_reference(file):
    found = {
        "contraindications": lambda: (
            catalogue.contraindications().contraindications,
            catalogue.contraindications().references,
        ),
        "criteria": lambda: (
            [*catalogue.criteria().criteria, *catalogue.criteria().indications,
             *catalogue.criteria().questions],
            catalogue.criteria().references,
        ),
        "payers": lambda: (payers.shipped().profiles, payers.shipped().references),
        "checks": lambda: (shipped().checks, shipped().references),
    }  # fmt: skip
    entries, references = found[file]()
    for entry in entries:
        assert entry.sources, entry
        marks = set(entry.authority.split(", "))
        assert marks <= {"dd", "gk", *references}, entry


def test_codes_lead_to_holds_reasons_and_thresholds_that_there_are():
    numbers = Thresholds()
    for one in catalogue.contraindications().contraindications:
        assert one.hold is None or one.hold in Hold.Kind.values
        assert one.ends is None or one.ends in Screening.Ended.values
        keys = [*one.limits, one.recheck.threshold, one.recent and one.recent.threshold,
                *one.absolute_by.values()]  # fmt: skip
        assert all(hasattr(numbers, key) for key in keys if key)
        assert one.system in {system.name for system in catalogue.contraindications().systems}
    for check in shipped().checks:
        assert check.kind in CheckResult.Kind.values
        assert set(check.finds.values()) <= set(TABLE)
        assert check.repeat.threshold is None or hasattr(numbers, check.repeat.threshold)
    assert {check.kind for check in shipped().checks} == set(CheckResult.Kind.values)


def test_defaults_without_authority_are_shown_as_such():
    by_code = catalogue.by_code()
    assert by_code["CI_KET_MISUSE"].is_default
    assert by_code["DI_THEOPHYLLINE"].is_default
    assert not by_code["CI_AVM"].is_default


def known(**changes):
    said = {"on": TODAY, "age": 40, "thresholds": Thresholds(), "has_cardiac_history": False,
            "could_be_pregnant": False, **changes}  # fmt: skip
    return Known(**said)


def kinds(checks):
    return {check.kind for check in checks}


def test_2_11_at_baseline_each_check_is_due_that_the_patient_needs():
    everything = set(CheckResult.Kind.values)
    assert kinds(missing_at_baseline(known())) == everything - {"CARDIAC", "ECG", "PREGNANCY"}
    older = kinds(missing_at_baseline(known(age=50)))
    assert {"ECG", "CARDIAC"} <= older
    assert {"ECG"} <= kinds(missing_at_baseline(known(has_cardiac_history=None)))
    assert "PREGNANCY" in kinds(missing_at_baseline(known(could_be_pregnant=None)))


@pytest.mark.parametrize(
    ("kind", "days", "in_maintenance_alone"),
    [("LIVER", 180, True), ("RENAL", 365, False), ("URINALYSIS", 90, True),
     ("STOP_BANG", 365, False), ("COGNITION", 180, True), ("PDMP", 90, False)],
)  # fmt: skip
def test_2_11_each_is_repeated_after_its_days(kind, days, in_maintenance_alone):
    for ago, is_due in ((days - 1, False), (days, True)):
        done = {kind: TODAY - timedelta(days=ago)}
        facts = known(done=done, is_maintenance=True)
        due = {one.check.kind: one.is_due(TODAY) for one in checks_due(facts)}
        assert due[kind] is is_due
        facts = known(done=done)
        due = {one.check.kind: one.is_due(TODAY) for one in checks_due(facts)}
        assert due[kind] is (is_due and not in_maintenance_alone)


def test_2_11_liver_function_also_at_many_doses_a_month():
    done = {"LIVER": TODAY - timedelta(days=200)}
    for doses, is_due in ((4, False), (5, True)):
        facts = known(done=done, doses_last_month=doses)
        assert ("LIVER" in kinds(missing_at_baseline(facts))) is is_due


def test_2_11_urinary_symptoms_at_each_maintenance_visit():
    done = {"URINARY_SYMPTOMS": TODAY - timedelta(days=1)}
    assert "URINARY_SYMPTOMS" in kinds(missing_at_baseline(known(done=done, is_maintenance=True)))
    assert "URINARY_SYMPTOMS" not in kinds(missing_at_baseline(known(done=done)))


def test_8_70_two_in_a_row_are_one_after_the_other():
    first, second, third = TODAY, TODAY + timedelta(days=7), TODAY + timedelta(days=14)
    assert not second_in_a_row({first: "POSITIVE"}, first)
    assert second_in_a_row({first: "POSITIVE", second: "POSITIVE"}, second)
    mixed = {first: "POSITIVE", second: "NORMAL", third: "POSITIVE"}
    assert not second_in_a_row(mixed, third)
