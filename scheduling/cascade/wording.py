"""Ways in the words of a front desk: what moves, what is left of the rules, why nothing fits."""

from scheduling.cascade.frame import Frame
from scheduling.cascade.ties import Grade, Left
from scheduling.cascade.ways import How, Way
from scheduling.cascade.wish import Want
from scheduling.planner.rules import Rule


def title_of(way: Way, want: Want) -> str:
    """A way in a few words."""
    if way.how is How.OPEN:
        return "Plan it later"
    others = len(way.changes) - 1
    what = "Only this visit" if want is Want.MOVE else "A new time for this visit"
    if want is not Want.MOVE and not others:
        return f"{what}; nothing else moves"
    if not others:
        return f"{what} moves"
    more = "1 other visit moves" if others == 1 else f"{others} other visits move"
    return more if want is Want.MOVE else f"{what}; {more}"


def left_in_words(frame: Frame, left: Left) -> str:
    """A rule that a way leaves: “Infusion 3 of 6 comes 6 days after the dose before; …”."""
    second = frame.label(left.second)
    if left.rule is Rule.GAP:
        said = f"{second} comes {left.days} days after the dose before"
        if left.grade is Grade.CLINICIAN:
            return f"{said}; past {left.limit} days a clinician decides."
        return f"{said}; at most {left.most} are usual."
    if left.rule is Rule.SPAN:
        return f"The doses up to {second} take {left.days} days; at most {left.most} are usual."
    if left.rule is Rule.PREP_WINDOW:
        first = frame.label(left.first)
        return f"{first} is {left.days} days before the first dose; at most {left.most} are usual."
    return f"{second} comes {left.days} days after its dose; at most {left.most} are usual."
