"""The rules over the facts, case by case; no database."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from courses.screening import catalogue
from courses.screening.ages import age_on, birthday, may_have_dose, months_later
from courses.screening.payers import profile_on, profiles_on
from courses.screening.reasons import Effect
from courses.screening.rules import (
    Facts,
    FindingFact,
    Outcome,
    Severity,
    assess,
    may_decide,
    weight_of,
)
from courses.screening.trials import Trial, count, verdict
from courses.thresholds.catalogue import Thresholds

TODAY = date(2026, 1, 5)
NUMBERS = Thresholds()
FAILED = Trial(
    "A", "SSRI", "NO_RESPONSE", Decimal(100), Decimal(50), Decimal(8), True, 10, True
)  # fmt: skip
OTHER = replace(FAILED, name="B", kind="SNRI")
YES = {"IN_CONSENT_CAPACITY", "IN_SUPPORT", "IN_REALISTIC"}


def facts(**changes):
    """Of somebody who is eligible, but for the changes; `found` are answers."""
    codes = [one.code for one in [*catalogue.answered(), *catalogue.questions()]]
    answers = {code: FindingFact("YES" if code in YES else "NO") for code in codes}
    answers |= changes.pop("found", {})
    said = {
        "column": "racemic", "birth_date": date(1980, 2, 29), "today": TODAY,
        "first_dose_on": TODAY, "indication": "IN_TRD", "has_diagnosis": True,
        "has_consent": True, "thresholds": NUMBERS, "trials": [FAILED, OTHER],
        "severity": Severity("PHQ9", Decimal(20), TODAY), "findings": answers, **changes,
    }  # fmt: skip
    return Facts(**said)


def codes_of(result, effect=None):
    return [one.code for one in result.reasons if effect in (None, one.effect)]


def test_nothing_against_it_is_eligible():
    assert assess(facts()).reasons == []
    assert assess(facts()).outcome == Outcome.ELIGIBLE


@pytest.mark.parametrize("column", ["esketamine", "racemic"])
@pytest.mark.parametrize("entry", catalogue.answered(), ids=lambda entry: entry.code)
def test_every_contraindication_does_what_its_class_says(entry, column):
    result = assess(facts(column=column, found={entry.code: FindingFact("YES")}))
    wanted = {"ABS": Outcome.NOT_ELIGIBLE, "TEMP": Outcome.DEFERRED, "REL": Outcome.DEFERRED}
    assert result.outcome == wanted[entry.classes[column]]
    (reason,) = result.reasons
    assert (reason.code, reason.kind) == (entry.code, entry.classes[column])
    assert reason.clears


@pytest.mark.parametrize(
    "entry", [*catalogue.answered(), *catalogue.questions()], ids=lambda entry: entry.code
)
@pytest.mark.parametrize(
    ("found", "said"),
    [
        (FindingFact("UNKNOWN"), "unknown"),
        (FindingFact(""), "not answered yet"),
        (None, "not answered yet"),
    ],
    ids=["unknown", "empty", "none"],
)
def test_what_is_unknown_or_open_is_found_out_first(entry, found, said):
    whole = facts(indication="IN_BIP" if entry.code == "IN_BIP" else "IN_TRD")
    findings = {code: row for code, row in whole.findings.items() if code != entry.code}
    findings |= {entry.code: found} if found else {}
    result = assess(replace(whole, findings=findings))
    assert result.outcome == Outcome.DEFERRED
    (reason,) = result.reasons
    assert (reason.code, reason.effect) == (entry.code, Effect.DEFERRED)
    assert reason.text.endswith(f": {said}.")


def test_a_prescribers_decision_makes_it_conditional_until_its_day():
    for until, outcome in (
        (TODAY, Outcome.ELIGIBLE_CONDITIONAL),
        (TODAY - timedelta(days=1), Outcome.DEFERRED),
    ):
        found = {"DI_BENZO": FindingFact("YES", override_until=until)}
        assert assess(facts(found=found)).outcome == outcome


@pytest.mark.parametrize(
    ("onset", "weight"),
    [(None, "ABS"), (date(2025, 7, 6), "ABS"), (date(2025, 7, 5), "REL")],
)
def test_a_stroke_weighs_less_after_six_months(onset, weight):
    entry = catalogue.by_code()["CI_CVA_RECENT"]
    assert weight_of(entry, "racemic", onset, TODAY, NUMBERS) == weight


@pytest.mark.parametrize(("column", "outcome"), [
    ("racemic", Outcome.NOT_ELIGIBLE), ("esketamine", Outcome.DEFERRED),
])  # fmt: skip
def test_a_clinic_may_let_a_past_psychosis_exclude_from_racemic_ketamine(column, outcome):
    said = {"CI_PSYCHOSIS_HX": FindingFact("YES", override_until=TODAY)}
    assert assess(facts(column=column, found=said)).outcome == Outcome.ELIGIBLE_CONDITIONAL
    strict = replace(NUMBERS, psychosis_history_excludes=1)
    found = {"CI_PSYCHOSIS_HX": FindingFact("YES")}
    result = assess(facts(column=column, found=found, thresholds=strict))
    assert result.outcome == outcome
    assert ("thresholds" in result.reasons[0].clears) is (column == "racemic")


def test_a_heart_attack_of_long_ago_excludes_nobody():
    found = {"CI_MI_RECENT": FindingFact("YES", onset_on=date(2025, 1, 5))}
    assert assess(facts(found=found)).outcome == Outcome.ELIGIBLE
    found = {"CI_MI_RECENT": FindingFact("YES", onset_on=date(2025, 1, 6))}
    assert assess(facts(found=found)).outcome == Outcome.NOT_ELIGIBLE


def test_every_reason_is_given_and_the_worst_decides():
    found = {"CI_AVM": FindingFact("YES"), "CI_DELIRIUM": FindingFact("YES")}
    result = assess(facts(found=found, has_consent=False, severity=None, missing_checks=["ECG"]))
    assert result.outcome == Outcome.NOT_ELIGIBLE
    assert codes_of(result, Effect.NOT_ELIGIBLE) == ["CI_AVM"]
    assert set(codes_of(result, Effect.DEFERRED)) == {"CI_DELIRIUM", "IN_CONSENT"}
    assert set(codes_of(result, Effect.CONDITIONAL)) == {"IN_SEV", "CHECK"}


@pytest.mark.parametrize(
    ("changes", "code", "effect"),
    [
        ({"indication": ""}, "INDICATION", Effect.DEFERRED),
        ({"allowed_indications": ["IN_PAIN"]}, "INDICATION", Effect.DEFERRED),
        ({"has_diagnosis": False}, "IN_DX", Effect.DEFERRED),
        ({"has_consent": False}, "IN_CONSENT", Effect.DEFERRED),
        ({"trials": []}, "IN_TRD", Effect.DEFERRED),
        ({"trials": [FAILED]}, "IN_TRD", Effect.NOT_ELIGIBLE),
        ({"trials": [FAILED, FAILED]}, "IN_TRD", Effect.NOT_ELIGIBLE),
        ({"severity": Severity("PHQ9", Decimal(14), TODAY)}, "IN_SEV", Effect.CONDITIONAL),
        ({"severity": Severity("MADRS", Decimal(27), TODAY)}, "IN_SEV", Effect.CONDITIONAL),
        ({"found": {"IN_SUPPORT": FindingFact("NO")}}, "IN_SUPPORT", Effect.CONDITIONAL),
        (
            {"found": {"IN_CONSENT_CAPACITY": FindingFact("NO")}},
            "IN_CONSENT_CAPACITY",
            Effect.NOT_ELIGIBLE,
        ),
        ({"found": {"ASK_PREGNANCY": FindingFact("UNKNOWN")}}, "ASK_PREGNANCY", Effect.DEFERRED),
    ],
)
def test_each_criterion(changes, code, effect):
    (reason,) = assess(facts(**changes)).reasons
    assert (reason.code, reason.effect) == (code, effect)


def test_bipolar_depression_asks_for_a_stabiliser_and_not_for_trials():
    found = {"IN_BIP": FindingFact("NO")}
    result = assess(facts(indication="IN_BIP", trials=[], severity=None, found=found))
    assert codes_of(result) == ["IN_BIP"]


def test_2_a_clinician_never_decides_more_favourably():
    order = list(Outcome)
    for at, computed in enumerate(order):
        allowed = [wanted for wanted in order if may_decide(computed, wanted)]
        assert allowed == order[at:]


class TestAges:
    def test_8_46_seventeen_years_and_eleven_months(self):
        born = date(2008, 2, 5)
        result = assess(facts(birth_date=born))
        assert (result.outcome, codes_of(result)) == (Outcome.NOT_ELIGIBLE, ["CI_MINOR"])
        assert "5 February 2026" in result.reasons[0].clears
        assert assess(facts(birth_date=born, first_dose_on=date(2026, 2, 5))).reasons == []

    @pytest.mark.parametrize(
        ("day", "age"),
        [(date(2026, 2, 28), 17), (date(2026, 3, 1), 18), (date(2028, 2, 29), 20)],
    )
    def test_8_48_a_leap_day_birthday_is_on_the_first_of_march(self, day, age):
        assert age_on(date(2008, 2, 29), day) == age
        assert may_have_dose(date(2008, 2, 29), day) == (age >= 18)

    def test_8_48_the_birthday_itself(self):
        assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
        assert birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)

    def test_older_than_the_caution_a_prescriber_decides(self):
        born = date(1955, 1, 4)
        assert codes_of(assess(facts(birth_date=born))) == ["CI_AGE_OLD"]
        until = {"CI_AGE_OLD": FindingFact("YES", override_until=TODAY)}
        found = assess(facts(birth_date=born, found=until))
        assert found.outcome == Outcome.ELIGIBLE_CONDITIONAL
        assert assess(facts(birth_date=date(1955, 1, 6))).reasons == [], "70 is not over 70"

    def test_months_end_with_the_month(self):
        assert months_later(date(2025, 8, 31), 6) == date(2026, 2, 28)


class TestTrials:
    @pytest.mark.parametrize(
        ("changes", "adequate", "failed"),
        [
            ({}, True, True),
            ({"max_daily_mg": Decimal(49)}, False, False),
            ({"max_daily_mg": Decimal(50)}, True, True),
            ({"weeks_at_dose": Decimal("5.9")}, False, False),
            ({"weeks_at_dose": Decimal(6)}, True, True),
            ({"was_taken_as_prescribed": False}, False, False),
            ({"improvement_percent": 49}, True, True),
            ({"improvement_percent": 50}, True, False),
            ({"stopped": "INTOLERANCE", "weeks_at_dose": Decimal(2)}, False, False),
            ({"max_daily_mg": None}, None, None),
            ({"weeks_at_dose": None}, None, None),
            ({"was_taken_as_prescribed": None}, None, None),
            ({"improvement_percent": None}, True, None),
        ],
    )
    def test_by_the_clinics_rule(self, changes, adequate, failed):
        found = verdict(replace(FAILED, **changes), profile_on("LABEL", TODAY), NUMBERS)
        assert (found.is_adequate, found.is_failed) == (adequate, failed)
        assert found.why

    @pytest.mark.parametrize(
        ("code", "changes", "failed"),
        [
            ("CIGNA", {"improvement_percent": 25}, True),
            ("CIGNA", {"improvement_percent": 26}, False),
            ("QUALCHOICE", {"weeks_at_dose": Decimal(4)}, False),
            ("QUALCHOICE", {"weeks_at_dose": Decimal("4.1")}, True),
            ("WESTERN", {"weeks_at_dose": Decimal(4)}, True),
            ("RX501", {"weeks_at_dose": Decimal(5)}, False),
        ],
    )
    def test_by_each_payer(self, code, changes, failed):
        found = verdict(replace(FAILED, **changes), profile_on(code, TODAY), NUMBERS)
        assert found.is_failed is failed

    @pytest.mark.parametrize(
        ("code", "trials", "is_met"),
        [
            ("LABEL", [FAILED, OTHER], True),
            ("LABEL", [FAILED, FAILED], False),
            ("CIGNA", [FAILED, replace(OTHER, is_current_episode=False)], False),
            ("QUALCHOICE", [FAILED, OTHER], False),
            ("RX501", [FAILED], True),
            ("VA", [FAILED, OTHER, FAILED], False),
        ],
    )
    def test_how_many_are_enough(self, code, trials, is_met):
        assert count(trials, profile_on(code, TODAY), NUMBERS).is_met is is_met

    def test_the_clinic_asks_for_as_many_as_its_director_signed(self):
        clinics_own = profile_on("LABEL", TODAY)
        found = count([FAILED, OTHER], clinics_own, replace(NUMBERS, trials_needed=3))
        assert (found.is_met, found.needed) == (False, 3)
        assert "1 more needed" in found.text
        assert count([FAILED], clinics_own, replace(NUMBERS, trials_needed=1)).is_met

    def test_augmentation_is_counted_apart(self):
        lithium = replace(FAILED, kind="AUGMENTATION")
        trials = [FAILED, OTHER, lithium, lithium]
        assert count(trials, profile_on("QUALCHOICE", TODAY), NUMBERS).is_met
        assert not count([lithium, lithium], profile_on("LABEL", TODAY), NUMBERS).is_met

    def test_psychotherapy_counts_where_the_profile_says_so(self):
        talk = Trial("CBT", "THERAPY", "NO_RESPONSE", None, None, Decimal(20), True, 0, True)
        trials = [FAILED, OTHER, talk, talk]
        assert count(trials, profile_on("VA", TODAY), NUMBERS).is_met

    def test_a_profile_holds_from_its_day(self):
        assert [one.code for one in profiles_on(date(2025, 1, 20))] == ["LABEL"]
        assert profiles_on(TODAY)[0].code == "LABEL"


class TestPayers:
    def test_what_a_payer_asks_changes_nothing_about_the_result(self):
        result = assess(facts(payer="QUALCHOICE"))
        assert result.outcome == Outcome.ELIGIBLE
        said = " ".join(one.text for one in result.with_effect(Effect.NOTE))
        assert "2 more augmentation needed" in said
        assert "oral antidepressant for at least 2 weeks" in said

    @pytest.mark.parametrize(("total", "met"), [(15, False), (16, True)])
    def test_more_than_is_more(self, total, met):
        severity = Severity("PHQ9", Decimal(total), TODAY)
        said = " ".join(
            one.text for one in assess(facts(payer="QUALCHOICE", severity=severity)).reasons
        )
        assert ("severity" in said) is not met

    def test_an_old_score_does_not_count(self):
        severity = Severity("PHQ9", Decimal(20), TODAY - timedelta(days=29))
        said = " ".join(
            one.text for one in assess(facts(payer="QUALCHOICE", severity=severity)).reasons
        )
        assert "within 28 days" in said
