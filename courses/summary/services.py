"""Giving a summary out: only as far as a consent covers it."""

from datetime import datetime

from clinic.consents import has_consent
from clinic.errors import Conflict
from clinic.models import ConsentKind, ConsentRecord, Membership
from courses.models import Course
from courses.summary.fonts import BOLD, REGULAR, font_file
from courses.summary.paper import draw
from courses.summary.selectors import summary_of


class ReleaseNotCovered(Conflict):
    """No consent that holds lets anything about the patient go to that recipient."""

    code = "release-not-covered"


def release_summary(
    *, course: Course, consent: ConsentRecord, by: Membership, now: datetime
) -> bytes:
    """The summary as a PDF for the consent's recipient; raise ReleaseNotCovered where none holds.

    That it was taken out is noted as an opening of the chart, by the route.
    """
    is_covered = (
        consent.patient_id == course.patient_id
        and consent.kind == ConsentKind.RELEASE
        and bool(consent.recipient.strip())
        and has_consent(course.patient, ConsentKind.RELEASE, on=now, recipient=consent.recipient)
    )
    if not is_covered:
        raise ReleaseNotCovered("No consent that holds today covers a release to this recipient.")
    content = summary_of(course, release=consent, by=by, now=now)
    return draw(content, font=font_file(REGULAR), bold=font_file(BOLD))
