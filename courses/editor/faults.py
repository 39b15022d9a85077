"""Faults of a draft in words for people, and whether it may be signed. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from courses.editor.sources import unsourced
from courses.protocols import (
    DefinitionError,
    ProtocolDefinition,
    read_definition,
    shipped_definitions,
)

_WORDS = [
    (r"Field required", "This is missing."),
    (r"Input should be a valid integer.*", "Give a whole number."),
    (r"Input should be a valid number.*", "Give a number."),
    (r"Input should be greater than or equal to (.+)", r"At least \1."),
    (r"Input should be less than or equal to (.+)", r"At most \1."),
    (r"Input should be greater than (.+)", r"More than \1."),
    (r"Input should be a multiple of (.+)", r"In steps of \1."),
    (r"String should have at least 1 character", "Fill this in."),
    (r"String should have at most (\d+) characters", r"At most \1 characters."),
    (r"List should have at least 1 item.*", "Give at least one."),
    (r"Input should be a valid string", "Fill this in."),
    (r"Extra inputs are not permitted", "The format knows no such field."),
    (r"Input should be ('.*)", r"One of \1."),
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, at a JSON pointer; an empty pointer means the whole."""

    path: str
    text: str


def faults_of(data: Mapping[str, Any]) -> list[Fault]:
    """Everything that keeps a draft from being signed; empty when it may be."""
    try:
        definition = read_definition(data)
    except DefinitionError as exc:
        return [_fault(line) for line in exc.faults]
    return [*_unsourced(data), *broken_rules(definition, rules_of(definition.drug))]


def _fault(line: str) -> Fault:
    where, _, text = line.partition(": ")
    for pattern, words in _WORDS:
        text = re.sub(f"^{pattern}$", words, text)
    steps = re.findall(r"[^.\[\]$]+", where)
    return Fault("".join(f"/{step}" for step in steps), text)


def _unsourced(data: Mapping[str, Any]) -> list[Fault]:
    return [Fault(path, "No source says where this comes from.") for path in unsourced(data)]


@dataclass(frozen=True, slots=True)
class LegalMinimum:
    """What the law asks of a drug, as the shipped protocols have it."""

    observed_minutes: int
    watched_phases: frozenset[str]


@lru_cache
def rules_of(drug: str) -> LegalMinimum | None:
    """The legal minimum for a drug, from the shipped protocols; None where there is none."""
    for content in shipped_definitions():
        definition = read_definition(content)
        if definition.drug == drug and definition.observation and definition.observation.is_rule:
            visit = definition.visit_types[definition.blocks[0].visit]
            watched = frozenset(p.name for p in visit.phases if "PRESCRIBER" in p.presence)
            return LegalMinimum(definition.observation.minutes, watched)
    return None


def broken_rules(definition: ProtocolDefinition, rule: LegalMinimum | None) -> list[Fault]:
    """Where a definition has less than the law asks for (DOMAIN 2.5, 2.6)."""
    if rule is None:
        return []
    said = definition.observation
    found = []
    if said is None or not said.is_rule or said.minutes < rule.observed_minutes:
        text = f"At least {rule.observed_minutes} minutes of observation: a rule, no setting."
        found.append(Fault("/observation/minutes", text))
    for name, visit in definition.visit_types.items():
        if visit.kind != "dosing":
            continue
        for number, phase in enumerate(visit.phases):
            path = f"/visit_types/{name}/phases/{number}"
            if phase.name in rule.watched_phases and "PRESCRIBER" not in phase.presence:
                found.append(Fault(f"{path}/presence", "A prescriber is on site: a rule."))
        if sum(p.minutes for p in visit.phases if p.name == "observation") < rule.observed_minutes:
            text = f"The visit has no {rule.observed_minutes} minutes of observation: a rule."
            found.append(Fault(f"/visit_types/{name}/phases", text))
    return found
