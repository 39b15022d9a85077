"""Beginning a screening, its terms, and taking over what was answered before."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from courses.models import Course, Finding, Screening
from courses.screening.catalogue import criteria
from courses.screening.payers import profile_on
from courses.screening.selectors import current_findings, open_screening
from courses.screening.services.answering import Answer, lock_open, save_answers

OPEN = (Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.PAUSED, Course.Status.INTERRUPTED)


class CourseOver(Conflict):
    """The course is over: nobody is screened for it any more."""

    code = "course-over"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is treated, whose rules count besides, and how severe it is where somebody entered."""

    indication: str = ""
    payer_profile: str = ""
    severity_instrument: str = ""
    severity_total: Decimal | None = None
    severity_on: date | None = None


@transaction.atomic
def begin_screening(*, course: Course, by: Membership, now: datetime) -> Screening:
    """Begin a screening, or give back the one in progress; raise CourseOver."""
    if course.status not in OPEN:
        raise CourseOver("This course is over.")
    if found := open_screening(course):
        return found
    try:
        with transaction.atomic():
            return Screening.objects.create(
                organization_id=course.organization_id,
                course=course,
                indication=course.indication,
                started_at=now,
                started_by=by,
            )
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "screening_one_in_progress":
            raise
        return Screening.objects.open().get(course=course)


@transaction.atomic
def save_terms(*, screening: Screening, terms: Terms, now: datetime) -> Screening:
    """Keep what is treated and how severe; raise ScreeningDecided, DomainError for a bad value."""
    _check_terms(screening, terms, now)
    lock_open(screening)
    for name in Terms.__slots__:
        setattr(screening, name, getattr(terms, name))
    screening.save(update_fields=list(Terms.__slots__))
    return screening


def _check_terms(screening: Screening, terms: Terms, now: datetime) -> None:
    today = now.astimezone(screening.course.site.zone).date()
    known = {one.code for one in criteria().indications}
    if terms.indication and terms.indication not in known:
        raise DomainError("There is no such indication.", field="indication")
    if terms.payer_profile and profile_on(terms.payer_profile, today) is None:
        raise DomainError("There is no such payer’s profile.", field="payer_profile")
    given = (bool(terms.severity_instrument), terms.severity_total is not None,
             terms.severity_on is not None)  # fmt: skip
    if any(given) and not all(given):
        message = "A score needs its instrument, its total and its day."
        raise DomainError(message, field="severity_total")
    if terms.severity_on and terms.severity_on > today:
        raise DomainError("This day lies in the future.", field="severity_on")


@transaction.atomic
def take_over_answers(*, screening: Screening, by: Membership, now: datetime) -> list[Finding]:
    """Answer what is still open as the patient's screening before did; raise ScreeningDecided.

    Who takes them over stands for them; overrides are decided anew.
    """
    before = (
        Screening.objects.filter(course__patient=screening.course.patient_id)
        .exclude(pk=screening.pk)
        .order_by("-started_at", "-pk")
        .first()
    )
    if before is None:
        return []
    have = current_findings(screening)
    answers = [
        Answer(code, row.answer, row.note, row.onset_on, row.document, row.document_on)
        for code, row in current_findings(before).items()
        if code not in have and row.answer != Finding.Answer.UNKNOWN
    ]
    return save_answers(screening=screening, answers=answers, by=by, now=now)
