"""By which instrument a course is judged, and by what limits: protocol, instrument, thresholds."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from courses.instruments import Construct, Instrument, instrument, instruments
from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import AssessmentPoint
from courses.response.rules import Limits
from courses.thresholds.catalogue import Thresholds

# Where thresholds have numbers for an instrument, their keys begin so.
PREFIXES = {
    "PHQ9": "phq9",
    "GAD7": "gad7",
    "QIDS_SR16": "qids",
    "MADRS": "madrs",
    "PCL5": "pcl5",
    "CGI_S": "cgi",
    "WSAS": "wsas",
    "YBOCS": "ybocs",
}
# What a course for this indication is judged by; by depression where nothing else is named.
JUDGED_BY: Mapping[str, tuple[Construct, ...]] = {
    "IN_ANX": ("depression", "anxiety"),
    "IN_PTSD": ("ptsd",),
    "IN_OCD": ("ocd",),
    # No scale of pain ships: what the plan asks for is how far people are impaired.
    "IN_PAIN": ("functioning",),
}
# A rise is told by this one alone (DOMAIN 2.9).
RELAPSE_BY_RISE = "PHQ9"


def limits_for(code: str, thresholds: Thresholds) -> Limits:
    """What a score of this instrument is judged by: the signed number, else the instrument's."""
    scale = instrument(code)

    def number(name: str, own: Any) -> Decimal | None:
        signed = getattr(thresholds, f"{PREFIXES.get(code, '-')}_{name}", own)
        return None if signed is None else Decimal(str(signed))

    rises = code == RELAPSE_BY_RISE
    return Limits(
        response_percent=number("response_percent", None) or Decimal(thresholds.response_percent),
        partial_percent=Decimal(thresholds.partial_percent),
        remission_max=number("remission_max", scale.remission_max),
        mcid=number("mcid", scale.mcid),
        recall_days=scale.recall_days,
        relapse_rise=Decimal(thresholds.relapse_phq9_rise) if rises else None,
        relapse_floor=Decimal(thresholds.relapse_phq9_floor) if rises else None,
        relapse_repeat_days=thresholds.relapse_repeat_days,
    )


def baseline_points(definition: ProtocolDefinition) -> list[AssessmentPoint]:
    """The points at which the protocol asks for what later scores are compared with."""
    return [
        point
        for point in definition.assessments
        if point.anchor == "first_dose" and point.days[0] < 0
    ]


def measures_of(definition: ProtocolDefinition, indication: str) -> list[str]:
    """The instruments by which a course may be judged, the one that fits best first.

    What the protocol asks for this indication alone comes before what it asks of everybody. Only
    what measures the illness treated judges it; where the plan has no such scale, its own do.
    """
    asked = _asked(definition, indication)
    wanted = JUDGED_BY.get(indication, ("depression",))
    fitting = [code for code in asked if instrument(code).measures in wanted]
    if asked and not fitting:
        return asked
    others = (code for code in _all() if instrument(code).measures in wanted)
    return [code for code in dict.fromkeys((*fitting, *others)) if can_judge(instrument(code))]


def _asked(definition: ProtocolDefinition, indication: str) -> list[str]:
    """What the plan asks for before the first dose, of this indication alone first."""
    asked: list[str] = []
    own: list[str] = []
    for point in baseline_points(definition):
        for code in (*point.instruments, *point.optional):
            only = point.only_for.get(code)
            if only is None:
                asked += [code] if code in point.instruments else []
            elif indication in only:
                own.append(code)
    return [code for code in dict.fromkeys((*own, *asked)) if can_judge(instrument(code))]


def _all() -> Iterator[str]:
    yield RELAPSE_BY_RISE
    for scale in instruments():
        yield scale.code


def can_judge(scale: Instrument) -> bool:
    """Whether a fall of its total tells a response: it is better when low, and can remit.

    What notes side effects, or is itself a comparison, has no remission.
    """
    is_better_low = scale.direction == "lower_is_better"
    return is_better_low and scale.total is not None and scale.remission_max is not None


def clinician_rated() -> list[Instrument]:
    """The instruments that a clinician may rate in place of a missing baseline (DOMAIN 8.36)."""
    return [scale for scale in instruments() if scale.rater == "clinician" and can_judge(scale)]
