"""Whether suicidal thoughts are new or more than before (DOMAIN 2.8, 2.9)."""

from courses.instruments import Instrument, instrument, safety_findings
from courses.models import Assessment

RANKS = {"ALERT": 1, "URGENT": 2, "HIGH": 3}


def is_new_or_more(assessment: Assessment) -> bool:
    """Whether this assessment shows more than the patient's last one by the same instrument."""
    now = _severity(assessment)
    if now[0] == 0:
        return False
    earlier = (
        Assessment.objects.complete()
        .filter(
            patient_id=assessment.patient_id,
            instrument=assessment.instrument,
            taken_at__lt=assessment.taken_at,
        )
        .exclude(pk=assessment.pk)
        .order_by("-taken_at", "-pk")
        .first()
    )
    return earlier is None or now > _severity(earlier)


def _severity(assessment: Assessment) -> tuple[int, int]:
    scale = instrument(assessment.instrument, assessment.instrument_version)
    found = safety_findings(scale, assessment.answers)
    rank = max((RANKS[one.level] for one in found), default=0)
    return rank, _highest(scale, assessment)


def _highest(scale: Instrument, assessment: Assessment) -> int:
    given = (assessment.answers.get(key) for key in scale.safety_items)
    return max((value for value in given if isinstance(value, int)), default=0)
