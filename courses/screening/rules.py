"""What a screening comes to, with every reason and what would clear it (DOMAIN 3.1 to 3.3); pure.

The rules compute; a clinician decides, and never more favourably than what they come to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from courses.screening.ages import OF_AGE, age_on, birthday, may_have_dose, months_later
from courses.screening.catalogue import (
    Contraindication,
    Criterion,
    contraindications,
    criteria,
    indication_label,
)
from courses.screening.payer_rules import payer_notes
from courses.screening.payers import CLINIC, Profile, profile_on
from courses.screening.reasons import Effect, Reason
from courses.screening.trials import Trial, TrialCount, count


class Outcome(StrEnum):
    """What a screening comes to, the best first; the words are those of its row."""

    ELIGIBLE = "ELIGIBLE"
    ELIGIBLE_CONDITIONAL = "ELIGIBLE_CONDITIONAL"
    DEFERRED = "DEFERRED"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"


_OUTCOMES = {
    Effect.NOTE: Outcome.ELIGIBLE,
    Effect.CONDITIONAL: Outcome.ELIGIBLE_CONDITIONAL,
    Effect.DEFERRED: Outcome.DEFERRED,
    Effect.NOT_ELIGIBLE: Outcome.NOT_ELIGIBLE,
}
_ORDER = list(Outcome)
EXCLUDED_HERE = "Nothing: by the thresholds of this organisation it excludes from this drug."


@dataclass(frozen=True, slots=True)
class FindingFact:
    """The answer that holds for one code."""

    answer: str
    onset_on: date | None = None
    override_until: date | None = None


@dataclass(frozen=True, slots=True)
class Severity:
    """A score at baseline."""

    instrument: str
    total: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a screening goes by."""

    column: str
    birth_date: date
    today: date
    # The local date of the first dose that is planned or can be.
    first_dose_on: date
    indication: str
    has_diagnosis: bool
    has_consent: bool
    thresholds: Any
    allowed_indications: Sequence[str] = ()
    trials: Sequence[Trial] = ()
    severity: Severity | None = None
    findings: Mapping[str, FindingFact] = field(default_factory=dict)
    # Labels of baseline checks that are not there, or too old.
    missing_checks: Sequence[str] = ()
    payer: str = ""

    def answer(self, code: str) -> str:
        """YES, NO, UNKNOWN, or nothing where nobody answered."""
        found = self.findings.get(code)
        return found.answer if found else ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What it comes to, and all reasons, the gravest first."""

    outcome: Outcome
    reasons: list[Reason]

    def with_effect(self, effect: str) -> list[Reason]:
        """The reasons of one effect."""
        return [reason for reason in self.reasons if reason.effect == effect]


def assess(facts: Facts) -> Assessment:
    """What the facts come to, with every reason (DOMAIN 3.1, 3.2)."""
    reasons = [
        *_of_indication(facts),
        *_of_criteria(facts),
        *_of_contraindications(facts),
        *_of_questions(facts),
        *_of_checks(facts),
        *_of_payer(facts),
    ]
    reasons.sort(key=lambda reason: -_ORDER.index(_OUTCOMES[reason.effect]))
    worst = max((_OUTCOMES[one.effect] for one in reasons), key=_ORDER.index, default=_ORDER[0])
    return Assessment(worst, reasons)


def may_decide(computed: Outcome, wanted: Outcome) -> bool:
    """Whether a clinician may decide so: as the rules say or stricter, never more favourably."""
    return _ORDER.index(wanted) >= _ORDER.index(computed)


def weight_of(
    entry: Contraindication, column: str, onset_on: date | None, on: date, thresholds: Any
) -> str:
    """The class on that day: an event that is no longer recent weighs less (DOMAIN 3.2)."""
    if entry.recent and onset_on is not None:
        months = int(getattr(thresholds, entry.recent.threshold))
        if on >= months_later(onset_on, months):
            return entry.recent.older
    return entry.weight_for(column, thresholds)


def recheck_day(entry: Contraindication, on: date, thresholds: Any) -> date | None:
    """When it is looked at again, where that is a matter of time (DOMAIN 3.2)."""
    rule = entry.recheck
    if rule.when == "SAME_DAY":
        return on
    if rule.months:
        return months_later(on, rule.months)
    days = rule.days or (int(getattr(thresholds, rule.threshold)) if rule.threshold else 0)
    return on + timedelta(days=days) if days else None


def _of_indication(facts: Facts) -> Iterator[Reason]:
    if not facts.indication:
        yield Reason(
            "INDICATION",
            "No indication is chosen.",
            "HARD",
            Effect.DEFERRED,
            "Choose what is treated.",
        )
    elif facts.allowed_indications and facts.indication not in facts.allowed_indications:
        allowed = ", ".join(map(indication_label, facts.allowed_indications))
        yield Reason(
            "INDICATION",
            f"The protocol is not for: {indication_label(facts.indication)}.",
            "HARD",
            Effect.DEFERRED,
            f"Another protocol; this one is for {allowed}.",
        )


def _of_criteria(facts: Facts) -> Iterator[Reason]:
    for criterion in criteria().criteria:
        if criterion.holds_for(facts.indication):
            yield from _CRITERIA.get(criterion.code, _asked)(criterion, facts)


def _asked(criterion: Criterion, facts: Facts) -> Iterator[Reason]:
    answer = facts.answer(criterion.code)
    if answer == "YES":
        return
    if answer == "NO":
        is_hard = criterion.kind == "HARD"
        effect = Effect.NOT_ELIGIBLE if is_hard else Effect.CONDITIONAL
        yield _reason(criterion, f"Not so: {criterion.label}.", effect)
    else:
        text = f"{criterion.label}: {_open(answer)}."
        yield _reason(criterion, text, Effect.DEFERRED)


def _open(answer: str) -> str:
    """What is said of an answer that is neither yes nor no."""
    return "unknown" if answer == "UNKNOWN" else "not answered yet"


def _reason(criterion: Criterion, text: str, effect: Effect) -> Reason:
    return Reason(criterion.code, text, criterion.kind, effect, criterion.clears)


def _age(criterion: Criterion, facts: Facts) -> Iterator[Reason]:
    """Said once, as the contraindication CI_MINOR."""
    return iter(())


def _diagnosis(criterion: Criterion, facts: Facts) -> Iterator[Reason]:
    if not facts.has_diagnosis:
        yield _reason(criterion, "No coded diagnosis is recorded.", Effect.DEFERRED)


def _consent(criterion: Criterion, facts: Facts) -> Iterator[Reason]:
    if not facts.has_consent:
        text = "No current consent to this drug and route is signed."
        yield _reason(criterion, text, Effect.DEFERRED)


def trial_count(facts: Facts) -> TrialCount | None:
    """How many trials failed by the clinic’s own rule (DOMAIN 3.1, IN_TRD)."""
    profile = profile_on(CLINIC, facts.today)
    return count(facts.trials, profile, facts.thresholds) if profile else None


def _resistance(criterion: Criterion, facts: Facts) -> Iterator[Reason]:
    found = trial_count(facts)
    if found is None or found.is_met:
        return
    # Nothing recorded is work to do; too little on record is an answer.
    effect = Effect.NOT_ELIGIBLE if facts.trials else Effect.DEFERRED
    yield _reason(criterion, f"Medication trials: {found.text}.", effect)


def _severity(criterion: Criterion, facts: Facts) -> Iterator[Reason]:
    score = facts.severity
    if score is None:
        yield _reason(criterion, "No score says how severe it is.", Effect.CONDITIONAL)
        return
    least = facts.thresholds.severity_phq9_min
    asked = {"PHQ9": least, **criterion.equivalents}.get(score.instrument)
    if asked is None:
        text = f"{score.instrument} has no threshold of severity here."
        yield _reason(criterion, text, Effect.CONDITIONAL)
    elif score.total < asked:
        text = f"{score.instrument} is {score.total:g}, {asked} asked."
        yield _reason(criterion, text, Effect.CONDITIONAL)


_CRITERIA = {
    "IN_AGE": _age,
    "IN_DX": _diagnosis,
    "IN_CONSENT": _consent,
    "IN_TRD": _resistance,
    "IN_SEV": _severity,
}


def _of_contraindications(facts: Facts) -> Iterator[Reason]:
    for entry in contraindications().contraindications:
        if entry.computed == "MINOR":
            yield from _minor(entry, facts)
        elif entry.computed == "AGE_OLD":
            yield from _old(entry, facts)
        else:
            yield from _answered(entry, facts)


def _minor(entry: Contraindication, facts: Facts) -> Iterator[Reason]:
    if not may_have_dose(facts.birth_date, facts.first_dose_on):
        day = birthday(facts.birth_date, OF_AGE)
        clears = f"A first dose on or after {day:%-d %B %Y}, the 18th birthday."
        text = f"{entry.label}: the first dose would be on {facts.first_dose_on:%-d %B %Y}."
        yield Reason(entry.code, text, "ABS", Effect.NOT_ELIGIBLE, clears)


def _old(entry: Contraindication, facts: Facts) -> Iterator[Reason]:
    age = age_on(facts.birth_date, facts.first_dose_on)
    if age > facts.thresholds.upper_age:
        found = facts.findings.get(entry.code)
        text = f"{age} years old at the first dose, caution above {facts.thresholds.upper_age}"
        yield _relative(entry, text, found, facts)


def _answered(entry: Contraindication, facts: Facts) -> Iterator[Reason]:
    found = facts.findings.get(entry.code)
    answer = found.answer if found else ""
    if found and answer == "YES":
        yield from _present(entry, found, facts)
    elif answer != "NO":
        text = f"{entry.label}: {_open(answer)}."
        yield Reason(entry.code, text, "OPEN", Effect.DEFERRED, f"Find out: {entry.evidence}.")


def _present(entry: Contraindication, found: FindingFact, facts: Facts) -> Iterator[Reason]:
    weight = weight_of(entry, facts.column, found.onset_on, facts.today, facts.thresholds)
    if weight == "ABS":
        is_own = entry.is_excluded_by(facts.thresholds, facts.column)
        clears = EXCLUDED_HERE if is_own else entry.clears
        yield Reason(entry.code, f"{entry.label}.", "ABS", Effect.NOT_ELIGIBLE, clears)
    elif weight == "TEMP":
        yield Reason(entry.code, f"{entry.label}.", "TEMP", Effect.DEFERRED, entry.clears)
    elif weight == "REL":
        yield _relative(entry, entry.label, found, facts)


def _relative(
    entry: Contraindication, text: str, found: FindingFact | None, facts: Facts
) -> Reason:
    until = found.override_until if found else None
    if until and until >= facts.today:
        text = f"{text}: a prescriber goes on until {until:%-d %B %Y}."
        clears = "Look at it again by that day."
        return Reason(entry.code, text, "REL", Effect.CONDITIONAL, clears)
    said = "the prescriber’s decision has run out" if until else "a prescriber decides"
    return Reason(entry.code, f"{text}: {said}.", "REL", Effect.DEFERRED, entry.clears)


def _of_questions(facts: Facts) -> Iterator[Reason]:
    for question in criteria().questions:
        answer = facts.answer(question.code)
        if answer not in ("YES", "NO"):
            text = f"{question.label}: {_open(answer)}."
            clears = "An answer: it decides which checks are due."
            yield Reason(question.code, text, "OPEN", Effect.DEFERRED, clears)


def _of_checks(facts: Facts) -> Iterator[Reason]:
    for label in facts.missing_checks:
        text = f"{label}: no result at baseline, or too old."
        clears = "A result, or a condition with a day."
        yield Reason("CHECK", text, "CHECK", Effect.CONDITIONAL, clears)


def _of_payer(facts: Facts) -> Iterable[Reason]:
    profile: Profile | None = profile_on(facts.payer, facts.today) if facts.payer else None
    return payer_notes(profile, facts) if profile else ()
