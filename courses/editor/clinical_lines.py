"""The clinical parts of a definition in words, line by line. Pure."""

from collections.abc import Iterator

from courses.editor import words
from courses.editor.line import Line
from courses.editor.words import counted, listed, number, spread
from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import AssessmentPoint, MissedRow, ReviewPoint


def clinical_lines(rule: ProtocolDefinition) -> Iterator[tuple[str, Iterator[Line]]]:
    """Each clinical part under its heading."""
    yield "Dose", _dose(rule)
    yield "Vital signs and observation", _watching(rule)
    yield "Same-day checks", _checks(rule)
    yield "Reviews", _reviews(rule)
    yield "Missed doses", _missed(rule)
    yield "Caps", _caps(rule)
    yield "Maintenance", _maintenance(rule)
    yield "Scores", _scores(rule)


def _dose(rule: ProtocolDefinition) -> Iterator[Line]:
    said = rule.dose
    if said is None:
        yield Line("none", "Dose", "None preset: the prescriber writes it")
        return
    unit = words.BASES[said.basis]
    shown = {
        "start": ("First or usual dose", said.start and f"{number(said.start)} {unit}"),
        "usual": ("Usual range", said.usual and f"{spread(*said.usual)} {unit}"),
        "hard_max": ("Medical director above", said.hard_max and f"{number(said.hard_max)} {unit}"),
        "allowed": ("Only these", _amounts(said.allowed, unit)),
        "first": ("First dose", _amounts(said.first, unit)),
        "most_step": ("Raised by at most", said.most_step and f"{number(said.most_step)} {unit}"),
        "device_mg": ("One device", said.device_mg and f"{number(said.device_mg)} mg"),
        "weight_valid_days": (
            "A weight is good for",
            said.weight_valid_days and counted(said.weight_valid_days, "day"),
        ),
        "weight_change_percent": (
            "A change of weight is confirmed past",
            said.weight_change_percent and f"{number(said.weight_change_percent)} %",
        ),
        "weight_kg": ("A weight is", said.weight_kg and f"{spread(*said.weight_kg)} kg"),
        "bmi_flag_from": (
            "Weight basis is chosen from a BMI of",
            said.bmi_flag_from and number(said.bmi_flag_from),
        ),
        "elderly": (
            "EU labels, from an age on",
            said.elderly
            and f"{said.elderly.from_age} years: {_amounts(said.elderly.allowed, unit)}, "
            f"first {_amounts(said.elderly.first, unit)}",
        ),
    }
    for key, (label, value) in shown.items():
        if value:
            yield Line(key, label, str(value), rule.source_of(f"/dose/{key}"))
    if said.elderly:
        yield Line("label_region", "Label that holds", words.REGIONS[said.label_region])


def _amounts(amounts: list[float], unit: str) -> str:
    return f"{' or '.join(map(number, amounts))} {unit}" if amounts else ""


def _watching(rule: ProtocolDefinition) -> Iterator[Line]:
    if said := rule.vitals:
        value = ", ".join(map(str, said.minutes)) + " minutes from the start"
        value += f", then every {said.then_every}" if said.then_every else ""
        yield Line("minutes", "Vital signs", value, rule.source_of("/vitals/minutes"))
        if said.continuous:
            names = listed(list(said.continuous), {"SPO2": "oxygen saturation", "PULSE": "pulse"})
            source = rule.source_of("/vitals/continuous")
            yield Line("continuous", "Without a break", names, source)
        value = f"within {said.on_time_minutes} min; missed after {said.missed_after_minutes}"
        yield Line("on_time", "On time", value, rule.source_of("/vitals/on_time_minutes"))
    if watch := rule.observation:
        value = f"{watch.minutes} min from {words.COUNTS_FROM[watch.counts_from]}"
        value += ": a rule, no setting" if watch.is_rule else ""
        source = rule.source_of("/observation/minutes")
        yield Line("observation", "Observation at least", value, source)


def _checks(rule: ProtocolDefinition) -> Iterator[Line]:
    if rule.checks:
        names = listed(list(rule.checks), words.CHECKS)
        yield Line("checks", "On each day of a dose", names, rule.source_of("/checks"))


def _reviews(rule: ProtocolDefinition) -> Iterator[Line]:
    for at, review in enumerate(rule.reviews):
        place = f"/reviews/{at}"
        value = f"{_when(rule, review)}: {review.question}"
        yield Line(review.name, review.label, value, rule.source_of(f"{place}/{_key_of(review)}"))
        value = f"within {counted(review.due_days, 'day')}"
        value += "; further doses wait" if review.holds else "; nothing waits"
        source = rule.source_of(f"{place}/due_days")
        yield Line(f"{review.name}.due", f"{review.label}: decided", value, source)


def _key_of(review: ReviewPoint) -> str:
    if review.after_dose is not None:
        return "after_dose"
    return "after_block" if review.after_block is not None else "from_dose"


def _when(rule: ProtocolDefinition, review: ReviewPoint) -> str:
    if review.after_dose is not None:
        return f"After dose {review.after_dose}"
    if review.after_block is not None:
        return f"After “{block_label(rule, review.after_block)}”"
    again = f", then after every {review.every}" if review.every else ""
    return f"After dose {review.from_dose}{again}"


def block_label(rule: ProtocolDefinition, name: str) -> str:
    """What a block is called."""
    return next((block.label for block in rule.blocks if block.name == name), name)


def _missed(rule: ProtocolDefinition) -> Iterator[Line]:
    for at, row in enumerate(rule.missed):
        where = ", ".join(block_label(rule, name) for name in row.blocks)
        label = f"{_days(row)} since the last dose" + (f" ({where})" if where else "")
        key = f"{'+'.join(row.blocks)}:{row.from_days}"
        yield Line(key, label, _asks(row), rule.source_of(f"/missed/{at}"))


def _days(row: MissedRow) -> str:
    if row.to_days is None:
        return f"{row.from_days} days or more"
    return f"{spread(row.from_days, row.to_days)} days"


def _asks(row: MissedRow) -> str:
    parts = [words.ASKS[row.asks]]
    if row.options:
        parts[0] += f" between {listed(list(row.options), words.OPTIONS)}"
    if row.needs:
        parts.append(f"needs {listed(list(row.needs), words.NEEDS)}")
    if row.interrupts:
        parts.append("the course is interrupted")
    return "; ".join(parts)


def _caps(rule: ProtocolDefinition) -> Iterator[Line]:
    for at, cap in enumerate(rule.caps):
        most = counted(cap.doses, "dose") if cap.doses else f"{number(cap.mg or 0)} mg"
        span = f"in any {counted(cap.days, 'day')}" if cap.days else "in one dose"
        where = ", ".join(block_label(rule, name) for name in cap.blocks)
        label = "At most" + (f" ({where})" if where else "")
        key = f"{'doses' if cap.doses else 'mg'}:{cap.days}:{'+'.join(cap.blocks)}"
        yield Line(key, label, f"{most} {span}", rule.source_of(f"/caps/{at}"))


def _maintenance(rule: ProtocolDefinition) -> Iterator[Line]:
    said = rule.maintenance
    if said is None:
        return
    ladder = ", ".join(map(str, said.ladder_days)) + " days"
    ladder += ", then as needed" if said.then_as_needed else ""
    yield Line("ladder", "Intervals", ladder, rule.source_of("/maintenance/ladder_days"))
    value = f"{counted(said.early_days, 'day')} before to {counted(said.late_days, 'day')} after"
    yield Line("window", "Due from", value, rule.source_of("/maintenance/late_days"))
    value = f"after {counted(said.steady_scores, 'steady score')}"
    yield Line("steady", "One step out", value, rule.source_of("/maintenance/steady_scores"))
    if said.most_early_boosters is not None:
        value = f"more than {said.most_early_boosters} early in {said.early_boosters_days} days"
        source = rule.source_of("/maintenance/most_early_boosters")
        yield Line("early", "Boosters are reviewed", value, source)


def _scores(rule: ProtocolDefinition) -> Iterator[Line]:
    for at, point in enumerate(rule.assessments):
        place = f"/assessments/{at}"
        parts = [listed(list(point.instruments), words.INSTRUMENTS)]
        if point.optional:
            parts.append(f"optional: {listed(list(point.optional), words.INSTRUMENTS)}")
        for code, indications in point.only_for.items():
            who = listed(indications, words.INDICATIONS)
            parts.append(f"{words.INSTRUMENTS.get(code, code)} only for {who}")
        for code, days in point.not_sooner_than_days.items():
            parts.append(f"{words.INSTRUMENTS.get(code, code)} not within {days} days of the last")
        value = f"{_time(rule, point)} — {'; '.join(filter(None, parts))}"
        yield Line(point.name, point.label, value, rule.source_of(f"{place}/days"))


def _time(rule: ProtocolDefinition, point: AssessmentPoint) -> str:
    anchor = words.ANCHORS[point.anchor]
    if point.anchor == "dose":
        anchor = f"dose {point.dose}"
    if point.block:
        anchor += f" of “{block_label(rule, point.block)}”"
    low, high = point.days
    again = f", every {point.repeat_every_days} days" if point.repeat_every_days else ""
    return f"Day {spread(low, high)} from {anchor}{again}"
