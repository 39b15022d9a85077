"""From answers to a result: totals, bands, subscales, and what is unsafe (DOMAIN 5.2–5.7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from courses.instruments.format import Condition, Instrument, Item, Subscale

NOT_APPLICABLE = "NA"
PRORATED = "PRORATED"
SAFETY_NOT_SCREENED = "SAFETY_NOT_SCREENED"
TOTAL_ONLY = "TOTAL_ONLY"

# By item: a number, NOT_APPLICABLE, or None (as good as left out) where there is no answer.
Answers = Mapping[str, int | str | None]


class AnswersInvalid(ValueError):
    """Answers that the instrument does not have; `faults` says by item what is wrong."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {fault}" for key, fault in faults.items()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Score:
    """A result. `is_complete`: it can be relied on, if need be prorated (flag PRORATED)."""

    total: Decimal | None
    band: str
    subscales: Mapping[str, Decimal | None] = field(default_factory=dict)
    is_complete: bool = False
    missing: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SafetyFinding:
    """A safety rule that holds, at its most urgent level."""

    rule: str
    level: str


def answer_fault(instrument: Instrument, key: str, answer: int | str | None) -> str:
    """What is wrong with this answer to this item; empty where nothing is."""
    item = instrument.item(key)
    if item is None:
        return "There is no such item."
    if answer is None or (answer == NOT_APPLICABLE and item.may_not_apply):
        return ""
    if isinstance(answer, bool) or not isinstance(answer, int):
        return f"Give a whole number from {item.min} to {item.max}."
    if not item.min <= answer <= item.max:
        return f"Must be from {item.min} to {item.max}."
    return ""


def check_answers(instrument: Instrument, answers: Answers) -> None:
    """Raise AnswersInvalid unless every answer is one that the instrument has."""
    faults = {key: answer_fault(instrument, key, answer) for key, answer in answers.items()}
    if faults := {key: fault for key, fault in faults.items() if fault}:
        raise AnswersInvalid(faults)


def score(instrument: Instrument, answers: Answers) -> Score:
    """The result of these answers (DOMAIN 5.2–5.7); raise AnswersInvalid for impossible ones."""
    check_answers(instrument, answers)
    given = _given(answers)
    missing = missing_items(instrument, answers)
    total, is_prorated = _total(instrument, answers, missing)
    is_complete = not missing or total is not None
    return Score(
        total=total,
        band=_band(instrument, given, total) if is_complete else "",
        subscales={part.code: _part(part, given, missing) for part in instrument.subscales},
        is_complete=is_complete,
        missing=missing,
        flags=frozenset(_flags(instrument, given, total, missing, is_prorated)),
    )


def score_of_total(instrument: Instrument, total: int, answers: Answers) -> Score:
    """The result where only the total was entered, with safety items beside it.

    Raises AnswersInvalid, under the key `total`, for one that the instrument does not have.
    """
    check_answers(instrument, answers)
    given = _given(answers)
    if fault := total_fault(instrument, total, given):
        raise AnswersInvalid({"total": fault})
    unscreened = instrument.safety_items - given.keys()
    flags = {TOTAL_ONLY, *_cut_off_flags(instrument, Decimal(total))}
    return Score(
        total=Decimal(total),
        band=_band(instrument, given, Decimal(total)),
        is_complete=True,
        missing=tuple(item.key for item in instrument.items if item.key in unscreened),
        flags=frozenset(flags | ({SAFETY_NOT_SCREENED} if unscreened else set())),
    )


def total_fault(instrument: Instrument, total: int, given: Mapping[str, int]) -> str:
    """What is wrong with this total; empty where nothing is."""
    if instrument.total is None:
        return f"{instrument.name} has no total."
    low, high = instrument.total
    if not low <= total <= high:
        return f"Must be from {low} to {high}."
    if total < max(given.values(), default=low):
        return "A single item is higher than this total."
    return ""


def missing_items(instrument: Instrument, answers: Answers) -> tuple[str, ...]:
    """The scored items that were asked and have no answer."""
    given = _given(answers)
    open_items = [
        item.key
        for item in instrument.scored_items
        if answers.get(item.key) is None and _is_asked(item, given)
    ]
    spared = {
        key for pair in instrument.twins for key in pair if any(twin in given for twin in pair)
    }
    return tuple(key for key in open_items if key not in spared)


def safety_findings(instrument: Instrument, answers: Answers) -> tuple[SafetyFinding, ...]:
    """Each safety rule that these answers meet, however few they are (DOMAIN 5.9)."""
    given = _given(answers)
    return tuple(_findings(instrument, given))


def _findings(instrument: Instrument, given: Mapping[str, int]) -> Iterator[SafetyFinding]:
    for rule in instrument.safety:
        for level in rule.levels:
            if _any_holds(level.any, given):
                yield SafetyFinding(rule.rule, level.level)
                break


def is_safety_screened(instrument: Instrument, answers: Answers) -> bool:
    """Whether every safety item that is asked has an answer; if not, somebody has to ask."""
    given = _given(answers)
    return all(
        key in given or not _is_asked(item, given)
        for key in instrument.safety_items
        if (item := instrument.item(key))
    )


def round_half_up(value: Decimal) -> Decimal:
    """To a whole number, halves up."""
    return value.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def _given(answers: Answers) -> dict[str, int]:
    return {key: answer for key, answer in answers.items() if isinstance(answer, int)}


def _is_asked(item: Item, given: Mapping[str, int]) -> bool:
    return item.asked_if is None or _holds(item.asked_if, given)


def _holds(condition: Condition, given: Mapping[str, int]) -> bool:
    answer = given.get(condition.item)
    return answer is not None and answer >= condition.at_least


def _any_holds(conditions: list[Condition], given: Mapping[str, int]) -> bool:
    return any(_holds(condition, given) for condition in conditions)


def _total(
    instrument: Instrument, answers: Answers, missing: tuple[str, ...]
) -> tuple[Decimal | None, bool]:
    if instrument.total is None or len(missing) > instrument.most_missing:
        return None, False
    parts = _parts(instrument)
    values = [value for part in parts if (value := _highest(part, answers)) is not None]
    if len(values) == len(parts):
        return Decimal(sum(values)), False
    return round_half_up(Decimal(sum(values)) * len(parts) / len(values)), True


def _parts(instrument: Instrument) -> list[list[str]]:
    """What is added up: each domain, and each item that belongs to none."""
    in_domains = {key for domain in instrument.domains for key in domain}
    single = [[item.key] for item in instrument.scored_items if item.key not in in_domains]
    return [*instrument.domains, *single]


def _highest(keys: list[str], answers: Answers) -> int | None:
    return max(_given({key: answers.get(key) for key in keys}).values(), default=None)


def _band(instrument: Instrument, given: Mapping[str, int], total: Decimal | None) -> str:
    if instrument.levels:
        met = (level for level in instrument.levels if _any_holds(level.any, given))
        return next(met, instrument.levels[-1]).code
    if total is None:
        return ""
    reached = [band.code for band in instrument.bands if total >= band.at_least]
    return reached[-1] if reached else ""


def _part(part: Subscale, given: Mapping[str, int], missing: tuple[str, ...]) -> Decimal | None:
    if set(part.items) & set(missing):
        return None
    values = [given[key] for key in part.items if key in given]
    return Decimal(max(values, default=0) if part.how == "max" else sum(values))


def _flags(
    instrument: Instrument,
    given: Mapping[str, int],
    total: Decimal | None,
    missing: tuple[str, ...],
    is_prorated: bool,
) -> Iterator[str]:
    if is_prorated:
        yield PRORATED
    if not is_safety_screened(instrument, given):
        yield SAFETY_NOT_SCREENED
    if total is not None:
        yield from _cut_off_flags(instrument, total)
    if instrument.rule_flag and not missing and _rule_holds(instrument, given):
        yield instrument.rule_flag


def _cut_off_flags(instrument: Instrument, total: Decimal) -> Iterator[str]:
    return (f"AT_LEAST_{cut_off}" for cut_off in instrument.cut_offs if total >= cut_off)


def _rule_holds(instrument: Instrument, given: Mapping[str, int]) -> bool:
    """Whether every part that asks for symptoms has enough of them (PCL-5, DOMAIN 5.4)."""
    return all(
        sum(given[key] >= part.symptom_at for key in part.items) >= part.symptoms_needed
        for part in instrument.subscales
        if part.symptom_at is not None and part.symptoms_needed is not None
    )
