"""Whether a medication trial was adequate, whether it failed, and whether enough did; pure.

`adequate = dose >= minimum effective dose AND weeks at dose >= W AND taken as prescribed`,
`failed = adequate AND improvement too small`; intolerance alone is no failure (DOMAIN 3.1).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from courses.screening.catalogue import number_of
from courses.screening.payers import Profile, TrialRule

ANTIDEPRESSANTS = frozenset({"SSRI", "SNRI", "TCA", "MAOI", "BUPROPION", "MIRTAZAPINE", "OTHER_AD"})
WITHOUT_DOSE = frozenset({"THERAPY", "NEUROMODULATION"})
AUGMENTATION = "AUGMENTATION"


@dataclass(frozen=True, slots=True)
class Trial:
    """What is known of one trial; None is not known."""

    name: str
    kind: str
    stopped: str
    max_daily_mg: Decimal | None = None
    min_effective_mg: Decimal | None = None
    weeks_at_dose: Decimal | None = None
    was_taken_as_prescribed: bool | None = None
    improvement_percent: int | None = None
    is_current_episode: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial counts under one profile; None where something is not known. `why` in words."""

    is_adequate: bool | None
    is_failed: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class TrialCount:
    """Whether enough trials failed under one profile, and in words what is there or missing."""

    is_met: bool
    failed: int
    needed: int
    text: str


def verdict(trial: Trial, profile: Profile, thresholds: Any) -> Verdict:
    """Whether the trial was adequate and failed by this profile's rule (DOMAIN 3.1)."""
    rule = profile.trials
    faults = list(_faults(trial, rule, thresholds))
    if short := [words for is_known, words in faults if is_known]:
        return Verdict(False, _by_intolerance(trial, rule), "; ".join(short))
    if unknown := [words for _, words in faults]:
        return Verdict(None, None, "; ".join(unknown))
    return _outcome(trial, rule, thresholds)


def _by_intolerance(trial: Trial, rule: TrialRule) -> bool:
    return trial.stopped == "INTOLERANCE" and rule.intolerance_counts


def _faults(trial: Trial, rule: TrialRule, thresholds: Any) -> Iterator[tuple[bool, str]]:
    """What speaks against adequacy: (known to be short, in words)."""
    if trial.kind not in WITHOUT_DOSE:
        yield from _dose_faults(trial)
    weeks = number_of(rule.weeks, thresholds)
    asked = f"more than {weeks}" if rule.more_than_weeks else f"{weeks}"
    if trial.weeks_at_dose is None:
        yield False, f"weeks at dose not known, {asked} asked"
    elif not _is_long_enough(trial.weeks_at_dose, weeks, rule.more_than_weeks):
        yield True, f"{_plain(trial.weeks_at_dose)} weeks at dose, {asked} asked"
    if trial.was_taken_as_prescribed is None:
        yield False, "not known whether it was taken as prescribed"
    elif not trial.was_taken_as_prescribed:
        yield True, "not taken as prescribed"


def _dose_faults(trial: Trial) -> Iterator[tuple[bool, str]]:
    if trial.max_daily_mg is None or trial.min_effective_mg is None:
        yield False, "dose or minimum effective dose not known"
    elif trial.max_daily_mg < trial.min_effective_mg:
        yield True, f"{_plain(trial.max_daily_mg)} mg, {_plain(trial.min_effective_mg)} mg asked"


def _is_long_enough(weeks: Decimal, asked: int, is_more: bool) -> bool:
    return weeks > asked if is_more else weeks >= asked


def _plain(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def _outcome(trial: Trial, rule: TrialRule, thresholds: Any) -> Verdict:
    if trial.improvement_percent is None:
        return Verdict(True, None, "improvement not known")
    limit = rule.improvement
    if limit.at_most is not None:
        is_failed = trial.improvement_percent <= number_of(limit.at_most, thresholds)
    else:
        is_failed = trial.improvement_percent < number_of(limit.under or 0, thresholds)
    said = f"{trial.improvement_percent} % better"
    return Verdict(True, is_failed, said)


def count(trials: Sequence[Trial], profile: Profile, thresholds: Any) -> TrialCount:
    """Whether enough trials failed by the profile's rule (DOMAIN 3.1, IN_TRD)."""
    rule = profile.trials
    needed = number_of(rule.count, thresholds)
    failed = [
        trial
        for trial in trials
        if verdict(trial, profile, thresholds).is_failed
        and (trial.is_current_episode or not rule.current_episode)
    ]
    counted = [trial for trial in failed if _counts(trial, rule)]
    augmented = [trial for trial in failed if trial.kind == AUGMENTATION]
    classes = {trial.kind for trial in counted}
    missing = list(_missing(rule, needed, counted, augmented, classes))
    text = f"{len(counted)} of {needed} failed adequate trials"
    if rule.augmentations:
        text += f", {len(augmented)} of {rule.augmentations} augmentations"
    if missing:
        text += ": " + ", ".join(missing)
    return TrialCount(not missing, len(counted), needed, text)


def _counts(trial: Trial, rule: TrialRule) -> bool:
    return trial.kind in ANTIDEPRESSANTS or rule.with_therapy


def _missing(
    rule: TrialRule,
    needed: int,
    counted: Sequence[Trial],
    augmented: Sequence[Trial],
    classes: Iterable[str],
) -> Iterator[str]:
    if len(counted) < needed:
        yield f"{needed - len(counted)} more needed"
    elif rule.different_classes and len(set(classes)) < min(2, needed):
        yield "they are of one class"
    if len(augmented) < rule.augmentations:
        yield f"{rule.augmentations - len(augmented)} more augmentation needed"
