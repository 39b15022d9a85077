"""A version in words, line by line, and what two versions have that differs. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from courses.editor import words
from courses.editor.clinical_lines import clinical_lines
from courses.editor.line import Line
from courses.editor.words import counted, number, spread
from courses.protocols import DoseBlock, Gap, ProtocolDefinition

Section = tuple[str, list[Line]]


@dataclass(frozen=True, slots=True)
class Change:
    """A line that two versions have differently; None where one has it not at all."""

    section: str
    label: str
    before: Line | None
    after: Line | None


def sections_of(definition: ProtocolDefinition) -> list[Section]:
    """What a definition says, under headings, in the order in which a clinician asks for it."""
    groups = [
        ("At a glance", _overview(definition)),
        ("Doses", _blocks(definition)),
        ("Visits", _visits(definition)),
        ("Preparation and integration", _talks(definition)),
        *clinical_lines(definition),
    ]
    found = [(title, list(lines)) for title, lines in groups]
    return [(title, lines) for title, lines in found if lines]


def changes_between(before: ProtocolDefinition, after: ProtocolDefinition) -> list[Change]:
    """What changed, old and new, in the order of the new version; what is gone comes last."""
    old = {(title, line.key): line for title, lines in sections_of(before) for line in lines}
    new = {(title, line.key): line for title, lines in sections_of(after) for line in lines}
    found = [
        Change(title, line.label, old.get((title, key)), line)
        for (title, key), line in new.items()
        if not line.says_as(old.get((title, key)))
    ]
    gone = [
        Change(title, line.label, line, None) for (title, key), line in old.items()
        if (title, key) not in new
    ]  # fmt: skip
    return [*found, *gone]


def _overview(rule: ProtocolDefinition) -> Iterator[Line]:
    def line(label: str, value: str, key: str) -> Line:
        return Line(key, label, value, rule.source_of(f"/{key}"))

    yield line("Name", rule.name, "name")
    yield line("Code", rule.code, "code")
    yield line("Drug", words.DRUGS.get(rule.drug, rule.drug), "drug")
    yield line("Route", words.ROUTES.get(rule.route, rule.route), "route")
    yield line("Summary", rule.summary, "summary")
    indications = words.listed(rule.indications, words.INDICATIONS) or "Any"
    yield line("Indications", indications, "indications")
    gap = f"{counted(rule.min_gap_days, 'day')}, over all courses and sites"
    yield line("Least between two doses", gap, "min_gap_days")
    if rule.is_off_by_default:
        yield line("When installed", "Not in use until somebody says so", "is_off_by_default")


def _visits(rule: ProtocolDefinition) -> Iterator[Line]:
    for name, visit in rule.visit_types.items():
        place = f"/visit_types/{name}"
        room = f"{visit.minutes} min in a room for {visit.room_kind}"
        yield Line(f"{name}.room", visit.label, room, rule.source_of(f"{place}/phases"))
        for at, phase in enumerate(visit.phases):
            units = [f"{words.counted(n, 'unit')} of a {r.lower()}" for r, n in phase.load.items()]
            there = [f"{role.lower()} on site" for role in phase.presence]
            value = ", ".join([f"{phase.minutes} min", *units, *there])
            path = f"{place}/phases/{at}"
            source = rule.source_of(f"{path}/minutes")
            yield Line(f"{name}.{phase.name}", f"{visit.label}: {phase.label}", value, source)
        value = f"{visit.turnover_minutes} min"
        source = rule.source_of(f"{place}/turnover_minutes")
        yield Line(f"{name}.turnover", f"{visit.label}: until the room is free", value, source)


def _blocks(rule: ProtocolDefinition) -> Iterator[Line]:
    for at, block in enumerate(rule.blocks):
        place = f"/blocks/{at}"
        source = rule.source_of(f"{place}/doses") or rule.source_of(f"{place}/plan_ahead")
        yield Line(block.name, block.label, _count(block), source)
        if block.doses_min or block.doses_max:
            value = f"{spread(block.fewest, block.most)}, as a clinician decides"
            source = rule.source_of(f"{place}/doses_max" if block.doses_max else place)
            yield Line(f"{block.name}.range", f"{block.label}: possible", value, source)
        yield from _gaps(rule, block, place)
    for at, span in enumerate(rule.spans):
        value = f"{counted(span.max_days, 'day')} at most"
        source = rule.source_of(f"/spans/{at}/max_days")
        yield Line(f"span.{span.to_dose}", f"From dose 1 to dose {span.to_dose}", value, source)


def _count(block: DoseBlock) -> str:
    if block.doses is None:
        return f"Open-ended; {counted(block.plan_ahead, 'dose')} planned at first"
    return counted(block.doses, "dose")


def _gaps(rule: ProtocolDefinition, block: DoseBlock, place: str) -> Iterator[Line]:
    named: list[tuple[str, str, Gap]] = []
    if block.entry_gap:
        named.append(("entry_gap", f"{block.label}: before its first dose", block.entry_gap))
    for at, gap in enumerate(block.gaps):
        which = f" {at + 1} of {len(block.gaps)}, in turn" if len(block.gaps) > 1 else ""
        named.append((f"gaps/{at}", f"{block.label}: gap{which}", gap))
    for path, label, gap in named:
        value = f"{spread(gap.min_days, gap.max_days)} days, {number(gap.target_days)} on plan"
        if gap.hard_max_days is not None:
            value += f"; past {gap.hard_max_days} a clinician decides"
        source = rule.source_of(f"{place}/{path}/min_days")
        yield Line(f"{block.name}.{path}", label, value, source)


def _talks(rule: ProtocolDefinition) -> Iterator[Line]:
    for at, prep in enumerate(rule.preparation):
        value = f"{spread(*prep.days_before_first)} days before the first dose"
        source = rule.source_of(f"/preparation/{at}/days_before_first")
        yield Line(f"preparation.{at}", f"Preparation visit {at + 1}", value, source)
    if rule.preparation:
        value = "Done before the first dose" if rule.needs_preparation else "Asked for"
        source = rule.source_of("/needs_preparation")
        yield Line("needs_preparation", "Preparation", value, source)
    yield from _integration(rule)


def _integration(rule: ProtocolDefinition) -> Iterator[Line]:
    said = rule.integration
    if said is None:
        return
    after = {"each": "after each dose", "every_other": "after every other dose"}
    which = (
        after[said.after]
        if isinstance(said.after, str)
        else f"after dose {', '.join(map(str, said.after))}"
    )
    yield Line("after", "Integration visits", which, rule.source_of("/integration/after"))
    value = f"{spread(*said.days)} days after the dose"
    yield Line("days", "When", value, rule.source_of("/integration/days"))
    late = [
        ("book_within_days", "A task when none is booked", said.book_within_days),
        ("amber_after_days", "Amber", said.amber_after_days),
        ("red_after_days", "Red", said.red_after_days),
    ]
    for key, label, days in late:
        if days is not None:
            value = f"{counted(days, 'day')} after the dose"
            yield Line(key, label, value, rule.source_of(f"/integration/{key}"))
    if said.holds_after_missed is not None:
        value = f"{said.holds_after_missed} missed in a row"
        source = rule.source_of("/integration/holds_after_missed")
        yield Line("holds_after_missed", "The next dose waits after", value, source)
