"""What holds courses back in a week, in the words of a practice."""

from collections.abc import Mapping
from typing import Any

from scheduling.capacity.starting import Limit

NAMES = {
    Limit.CHAIRS: "chairs",
    Limit.NURSES: "nurses’ load",
    Limit.PRESCRIBER: "the prescriber’s presence",
    Limit.THERAPISTS: "therapists’ time",
    Limit.ROOMS: "rooms for talks",
}
MORE = {
    Limit.CHAIRS: "more chairs",
    Limit.NURSES: "more nurses",
    Limit.PRESCRIBER: "a prescriber always there",
    Limit.THERAPISTS: "more therapists",
    Limit.ROOMS: "more rooms for talks",
}
OPENING_HOURS = "Opening hours"


def bottleneck(week: Mapping[str, Any]) -> tuple[str, str]:
    """What is in the way in that week, in a word or two, and what that means in a sentence."""
    most = week["most"]
    if week["is_capped"]:
        return "None found", f"Counting stops at {most}."
    alone = {limit: week["alone"][limit] for limit in Limit if limit in week["alone"]}
    helps = [limit for limit in alone if alone[limit] > week["count"]]
    if helps:
        helps.sort(key=lambda limit: -alone[limit])
        return _some_help(helps, alone, most)
    return _none_helps(week, alone, most)


def _some_help(helps: list[Limit], alone: Mapping[Limit, int], most: int) -> tuple[str, str]:
    """The limits that alone allow more, the one that allows most first."""
    first, *others = [(NAMES[one], _so_many(alone[one], most)) for one in helps]
    said = f"With no limit on {first[0]} {first[1]} could start"
    said += "".join(f"; with none on {name} {count}" for name, count in others) + "."
    idle = [MORE[limit] for limit in alone if limit not in helps]
    if idle:
        said += f" {_sentence(_listed(idle, 'or'))} would change nothing."
    return _sentence(_listed([NAMES[one] for one in helps], "or")), said


def _none_helps(week: Mapping[str, Any], alone: Mapping[Limit, int], most: int) -> tuple[str, str]:
    listed = _sentence(_listed([MORE[limit] for limit in alone], "or"))
    if week["together"] > week["count"]:
        said = f"{listed} alone would change nothing; with more of everything "
        return "Several at once", f"{said}{_so_many(week['together'], most)} could start."
    return OPENING_HOURS, f"{listed} would change nothing: the site is not open for more."


def _so_many(count: int, most: int) -> str:
    return f"{count} or more" if count >= most else str(count)


def _listed(words: list[str], last: str) -> str:
    """“a, b or c”."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
