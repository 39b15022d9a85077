"""When a protocol asks for a review, and what may be said to who decides it (DOMAIN 2.8, 2.10).

Pure. A prompt suggests; it decides nothing.
"""

from collections.abc import Iterator

from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import ReviewPoint
from courses.response.rules import Status


def last_dose_of(definition: ProtocolDefinition, block: str, planned: int) -> int | None:
    """The number of a block's last dose; None where it is open-ended or has none yet.

    Only the last block can grow, up to the doses that the course plans.
    """
    before = 0
    for one in definition.blocks:
        is_last = one is definition.blocks[-1]
        doses = max((planned - before) if is_last else one.doses or 0, 0)
        if one.name == block:
            return None if one.is_open_ended or not doses else before + doses
        before += one.doses or 0
    return None


def induction_doses(definition: ProtocolDefinition, planned: int) -> int:
    """After how many doses induction is over; 1 where there is none (maintenance alone)."""
    first = definition.blocks[0]
    return 1 if first.is_open_ended else last_dose_of(definition, first.name, planned) or planned


def doses_before_maintenance(definition: ProtocolDefinition, planned: int) -> int | None:
    """After how many doses the ladder begins; None where the protocol has no maintenance."""
    if definition.maintenance is None:
        return None
    if definition.open_block is None:
        return planned
    return max(sum(block.doses or 0 for block in definition.blocks[:-1]), 1)


def points_after(definition: ProtocolDefinition, seq: int, planned: int) -> Iterator[ReviewPoint]:
    """The reviews that the protocol asks for after that dose."""
    for point in definition.reviews:
        if _comes_after(definition, point, seq, planned):
            yield point


def _comes_after(
    definition: ProtocolDefinition, point: ReviewPoint, seq: int, planned: int
) -> bool:
    if point.after_dose is not None:
        return seq == point.after_dose
    if point.after_block is not None:
        return seq == last_dose_of(definition, point.after_block, planned)
    begin = point.from_dose or 0
    if point.every is None:
        return seq == begin
    return seq >= begin and (seq - begin) % point.every == 0


END_PROMPTS = {
    Status.RESPONSE: "Response: go on to maintenance, or observe.",
    Status.PARTIAL: "Partial response: your judgement. Some respond later; the protocol may "
    "allow more doses.",
    Status.NON_RESPONSE: "Less than a partial response: the default is to stop. Some respond "
    "later; the protocol may allow more doses.",
    Status.WORSE: "Worse than at baseline: the default is to stop, and to look for the reason.",
}
DURING_PROMPTS = {
    Status.NON_RESPONSE: "Little change so far: look at dose and diagnosis. The median responder "
    "first responds at the third dose, so nothing stops by itself.",
    Status.WORSE: "Worse than at baseline: look at dose, diagnosis and what else happened. "
    "Nothing stops by itself.",
    Status.PARTIAL: "A partial response so far.",
    Status.RESPONSE: "A response so far.",
}
OTHER_PROMPTS = {
    Status.UNDEFINED: "The baseline is too low for a response to be told: look at the absolute "
    "change, and question the indication.",
    Status.NO_BASELINE: "There is no baseline to compare with.",
    Status.NO_SCORE: "There is no complete score since the first dose.",
}
NONE = ""


def prompt_for(*, is_end: bool, status: Status) -> str:
    """What the numbers suggest at a planned review; a clinician decides (DOMAIN 2.8)."""
    said = END_PROMPTS if is_end else DURING_PROMPTS
    return said.get(status) or OTHER_PROMPTS.get(status, NONE)
