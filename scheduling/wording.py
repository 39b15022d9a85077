"""Plans, costs, faults and reasons in the words of a front desk."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from courses.protocols import ProtocolDefinition
from scheduling.planner.check import Violation
from scheduling.planner.rules import Rule
from scheduling.problem import CourseProblem

# How many of a long list a sentence names.
SHOWN = 4

ROLE_WORDS = {"rn": "nurse", "therapist": "therapist", "prescriber": "prescriber"}

REASONS = {
    "CAPACITY": "The book is too full: rooms or staff are taken whenever this course could fit.",
    "STAFF_LEAVE": "People who are needed are on leave when this course could fit.",
    "CLOSURE": "Closed days or blocked rooms leave no room for this course.",
    "PATIENT_WINDOW": "The times at which the patient can come leave no room for this course.",
    "START_WINDOW": "The first dose cannot be placed between the earliest and the latest date.",
    "NEIGHBOURS": (
        "The days that the protocol allows between these visits have passed or do not reach. "
        "Move the neighbouring visits first, if they are still to come; "
        "otherwise a clinician decides how the course goes on."
    ),
    "STRUCTURAL": "More than one thing stands in the way: no single change would make it fit.",
}

FAULTS = {
    Rule.STRUCTURE: "does not belong to the course any more",
    Rule.GRID: "does not start on the site's time grid",
    Rule.HORIZON: "is outside the dates that can be planned",
    Rule.CLOSED_HOURS: "is outside the site's opening hours",
    Rule.CLOSURE: "is on a day on which the site is closed",
    Rule.PATIENT_WINDOW: "is outside the times at which the patient can come",
    Rule.PATIENT_UNAVAILABLE: "is at a time at which the patient is away",
    Rule.BARRED: "is in the past, or the patient has another visit then",
    Rule.NEAR_OTHER_DOSE: "is too near to a dose of another course",
    Rule.TOO_EARLY: "is before the earliest date of the course",
    Rule.TOO_LATE: "is after the latest date for the first dose",
    Rule.PATIENT_BUSY: "is on the same day as another visit of the course",
    Rule.ORDER: "is out of order with the course's other visits",
    Rule.GAP: "is too near to the dose before or after, or too far from it",
    Rule.SPAN: "stretches the course over too many days",
    Rule.PREP_WINDOW: "is not within the days for preparation before the first dose",
    Rule.INTEGRATION_WINDOW: "is not within the days for integration after its dose",
    Rule.ROOM: "has no room: it is taken or out of use",
    Rule.STAFF_ROLE: "has nobody to serve it: taken, off shift or away",
    Rule.PRESENCE: "has no prescriber on site throughout",
    Rule.LEAD: "has a lead therapist who cannot take it",
    Rule.LOCKED: "has been changed meanwhile",
}


def place_label(definition: ProtocolDefinition, kind: str, seq: int) -> str:
    """What staff call a place: “Infusion 3 of 6”, “Preparation 1”, “Integration after dose 2”."""
    if kind == "integration":
        return f"Integration after dose {seq}"
    if kind == "prep" and not seq:
        return "Evaluation"
    if kind == "prep":
        return f"Preparation {seq}"
    planned = definition.planned_doses
    visit = definition.doses(seq)[-1].visit
    label = definition.label_of(visit)
    is_fixed = definition.open_block is None and seq <= planned
    return f"{label} {seq} of {planned}" if is_fixed else f"{label} {seq}"


def violation_in_words(task: CourseProblem, fault: Violation) -> dict[str, str]:
    """`{"visit": …, "change": …}` of a rule that a plan breaks."""
    if fault.kind is None or fault.seq is None:
        return {"visit": "The course", "change": FAULTS[fault.rule]}
    seq = task.places.course_number(fault.kind, fault.seq)
    label = place_label(task.places.definition, fault.kind, seq)
    return {"visit": label, "change": FAULTS[fault.rule]}


def _count(number: int, one: str, many: str) -> str:
    return f"one {one}" if number == 1 else f"{number} {many}"


def cost_sentences(explanation: Mapping[str, Any], *, has_preference: bool) -> list[str]:
    """What a plan costs, as sentences; of visits that are kept nothing is said."""
    found = [*_start_sentences(explanation), *_preference(explanation, has_preference)]
    found += [
        f"{_count(explanation[name], one, many)}."
        for name, one, many in COUNTED
        if explanation[name]
    ]
    found = found or ["Every new gap is on the protocol's target."]
    return [sentence[0].upper() + sentence[1:] for sentence in found]


def _start_sentences(explanation: Mapping[str, Any]) -> Iterator[str]:
    late = explanation["days_after_earliest"]
    if late == 0:
        yield "First dose on the earliest date."
    elif late is not None:
        yield f"First dose {_count(late, 'day', 'days')} after the earliest date."


def _preference(explanation: Mapping[str, Any], has_preference: bool) -> Iterator[str]:
    new = "new " if explanation.get("visits_kept") else ""
    outside = explanation["visits_outside_preferred"]
    if outside:
        yield f"{_count(outside, f'{new}visit', f'{new}visits')} outside the preferred times."
    elif has_preference:
        yield f"Every {new}visit is within the preferred times."


COUNTED = (
    ("gaps_off_target", "gap off the protocol's target", "gaps off the protocol's target"),
    ("nurse_changes", "change of nurse between doses", "changes of nurse between doses"),
    ("visits_not_with_lead", "visit not with the lead therapist",
     "visits not with the lead therapist"),
    ("integration_days_late", "day later than the soonest for integration, in all",
     "days later than the soonest for integration, in all"),
)  # fmt: skip


def relief_sentence(option: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One change that would make the course fit; `names` maps ids of people to names."""
    first = "its first new visit" if option.get("is_first_dose_kept") else "the first dose"
    outcome = f"then {first} could be on {_day(option['first_dose_on'])}"
    if option["reason"] == "START_WINDOW":
        return f"Allow the first dose until {_day(option['latest_first_on'])}: {outcome}."
    if option["reason"] == "PATIENT_WINDOW":
        times = _some([f"{_day(d)} at {start}" for d, start in option["times"]])
        return f"If the patient could also come on {times}: {outcome}."
    if option["reason"] == "STAFF_LEAVE":
        people = ", ".join(sorted({names.get(who, "somebody") for who in option["people"]}))
        return f"If {people} worked during leave: {outcome}."
    if option["reason"] == "CLOSURE":
        days = ", ".join(_day(day) for day in option["dates"]) or "the days of blocked rooms"
        return f"If the site were open on {days}: {outcome}."
    lack = " and ".join(option["short_of"]) or "room"
    return f"With more free {lack} (other visits moved): {outcome}."


def _some(parts: Sequence[str]) -> str:
    """The first few, and how many more."""
    shown, more = parts[:SHOWN], len(parts) - SHOWN
    return ", ".join(shown) + (f" and {_more(more)}" if more > 0 else "")


def _more(number: int) -> str:
    return "1 more time" if number == 1 else f"{number} more times"


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day:%a} {day.day} {day:%b}"
