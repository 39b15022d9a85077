"""What a result says, for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from courses.assessments.rules import LANGUAGE_MIXED, windows_overlap
from courses.assessments.selectors import previous_of
from courses.assessments.services.results import instrument_of
from courses.instruments import PRORATED, SAFETY_NOT_SCREENED, TOTAL_ONLY, Instrument
from courses.models import Assessment
from courses.thresholds.selectors import thresholds_of

# Shown to the patient at once, without blame (DOMAIN 5.9); lines of the US.
CRISIS_LINES = (("Call or text", "988"), ("In an emergency", "911"))
SAYS = {
    PRORATED: "Some answers were missing; the total is computed from the others.",
    TOTAL_ONLY: "Only the total was entered.",
    LANGUAGE_MIXED: "It was answered in another language than before: compare with care.",
    "PTSD_BY_RULE": "Enough symptoms in each group for a provisional diagnosis of PTSD by the "
    "instrument’s rule; a clinician diagnoses.",
}
NOT_SCREENED = "The question about safety has no answer: ask it in person, and enter the answer."


@dataclass(frozen=True, slots=True)
class Part:
    """A subscale of a result."""

    label: str
    value: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """A finished assessment as its page tells it."""

    used: Instrument
    band: str
    parts: list[Part]
    notes: list[str]
    is_unscreened: bool
    overlaps_with: Assessment | None

    @property
    def highest(self) -> int | None:
        """The highest total there is."""
        return self.used.total[1] if self.used.total else None


def result_of(assessment: Assessment) -> Result:
    """What the assessment's result says, cautions too."""
    used = instrument_of(assessment)
    return Result(
        used=used,
        band=used.band_label(assessment.band),
        parts=[Part(part.label, assessment.subscales.get(part.code)) for part in used.subscales],
        notes=list(_notes(assessment)),
        is_unscreened=SAFETY_NOT_SCREENED in assessment.flags,
        overlaps_with=_overlaps_with(assessment, used),
    )


def _notes(assessment: Assessment) -> Iterator[str]:
    for flag in assessment.flags:
        if flag in SAYS:
            yield SAYS[flag]
    if assessment.instrument == "PCL5" and assessment.total is not None:
        cutoff = Decimal(thresholds_of(assessment.patient.organization).pcl5_cutoff)
        side = "At or above" if assessment.total >= cutoff else "Below"
        yield f"{side} the cut-off of {cutoff} that is in force."


def _overlaps_with(assessment: Assessment, used: Instrument) -> Assessment | None:
    before = previous_of(assessment)
    if before is None or not assessment.is_valid:
        return None
    zone = (assessment.course or assessment.patient).site.zone
    earlier, later = (one.taken_at.astimezone(zone).date() for one in (before, assessment))
    return before if windows_overlap(earlier, later, used.recall_days) else None
