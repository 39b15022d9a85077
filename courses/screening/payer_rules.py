"""What a payer asks besides: told, and never a reason against treatment (DOMAIN 3.1); pure."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from courses.screening.ages import age_on
from courses.screening.payers import Profile, SeverityRule
from courses.screening.reasons import Effect, Reason
from courses.screening.trials import count

if TYPE_CHECKING:
    from courses.screening.rules import Facts, Severity


def payer_notes(profile: Profile, facts: "Facts") -> Iterator[Reason]:
    """Each rule of the payer that is not met, or that somebody has to see to."""
    found = count(facts.trials, profile, facts.thresholds)
    if not found.is_met:
        yield _note(profile, f"medication trials, {found.text}")
    if profile.severity and not any(_is_severe(rule, facts) for rule in profile.severity):
        asked = " or ".join(_severity_words(rule) for rule in profile.severity)
        yield _note(profile, f"severity, {asked}")
    if profile.ages and not profile.ages[0] <= _age(facts) <= profile.ages[1]:
        yield _note(profile, f"age {profile.ages[0]} to {profile.ages[1]}")
    if profile.no_active_sud and facts.answer("CI_SUD_ACTIVE") != "NO":
        yield _note(profile, "no active substance use disorder")
    if profile.unipolar_only and facts.indication == "IN_BIP":
        yield _note(profile, "unipolar depression alone")
    for words in _to_see_to(profile):
        yield _note(profile, words)


def _to_see_to(profile: Profile) -> Iterator[str]:
    """What the product cannot know, and somebody has to attest."""
    if profile.oral_antidepressant_weeks is not None:
        weeks = profile.oral_antidepressant_weeks
        yield "an oral antidepressant" + (f" for at least {weeks} weeks" if weeks else "")
    if profile.psychiatrist_prescribes:
        yield "a psychiatrist prescribes"
    if profile.psychiatrist_involved:
        yield "a psychiatrist is involved"
    if profile.asks_pdmp:
        yield "the prescription database was asked"
    if profile.asks_psychosis_benefit_risk:
        yield "benefit and risk weighed where there is psychosis"
    if profile.negative_drug_screen:
        yield "a negative drug screen"


def _note(profile: Profile, words: str) -> Reason:
    clears = f"For {profile.name}’s approval only; it is no reason against treatment."
    return Reason("PAYER", f"{profile.name} asks for: {words}.", "PAYER", Effect.NOTE, clears)


def _age(facts: "Facts") -> int:
    return age_on(facts.birth_date, facts.first_dose_on)


def _is_severe(rule: SeverityRule, facts: "Facts") -> bool:
    score: Severity | None = facts.severity
    if score is None or score.instrument != rule.instrument:
        return False
    if rule.within_days and facts.today - score.on > timedelta(days=rule.within_days):
        return False
    if rule.more_than is not None:
        return float(score.total) > rule.more_than
    return float(score.total) >= (rule.at_least or 0)


def _severity_words(rule: SeverityRule) -> str:
    least = f"over {rule.more_than:g}" if rule.more_than is not None else f"{rule.at_least:g}"
    within = f" within {rule.within_days} days" if rule.within_days else ""
    return f"{rule.instrument} {least}{within}"
