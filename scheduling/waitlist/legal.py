"""What is legal beyond the planner's rules: to whom nothing is offered, and which doses are not."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from clinic.consents.rules import covers
from clinic.errors import DomainError
from clinic.models import ConsentKind, ConsentRecord
from courses.authorizations.selectors import self_pay_of
from courses.holds.selectors import open_holds
from courses.models import Course
from courses.screening.selectors import clearance
from courses.selectors import definition_of
from scheduling.authorizations import uncovered_by_change
from scheduling.services.capping import BookedDose, dose_at, refuse_beyond_caps
from scheduling.waitlist.models import SlotOffer
from sessions.models import Session

UNDER_WAY = (Course.Status.DRAFT, Course.Status.ACTIVE)


def is_barred(course: Course) -> bool:
    """Whether nothing is offered to the course: not under way, or its doses are held."""
    return course.status not in UNDER_WAY or bool(open_holds([course]))


def doses_of(offer: SlotOffer) -> list[BookedDose]:
    """The doses that get a time, or another one, by accepting."""
    if offer.how == SlotOffer.How.MOVE:
        dose = dose_at(offer.visit, offer.starts_at) if offer.visit else None
        return [dose] if dose else []
    zone, found = offer.entry.site.zone, []
    for one in offer.plan.get("changes") or offer.plan.get("visits", []):
        if one["kind"] == Session.Kind.DOSING and not one.get("is_kept"):
            on = datetime.fromisoformat(one["starts_at"]).astimezone(zone).date()
            found.append(BookedDose(one["seq"], on, _uuid(one.get("visit"))))
    return found


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def is_allowed(course: Course, doses: Sequence[BookedDose]) -> bool:
    """Whether the doses would be cleared for (DOMAIN 3.3), consented to, within their caps (2.10),
    and covered or agreed to be paid for (7)."""
    if not doses:
        return True
    is_cleared = clearance(course, min(dose.on for dose in doses)).is_cleared
    return (
        is_cleared
        and not _took_consent_back(course)
        and _is_within_caps(course, doses)
        and _is_paid_for(course, doses)
    )


def _took_consent_back(course: Course) -> bool:
    """Whether consents to the treatment were given and none of them stands; who has not signed
    yet does so before the first dose."""
    definition = definition_of(course.protocol_version)
    given = [
        record
        for record in ConsentRecord.objects.filter(
            patient=course.patient_id, kind=ConsentKind.TREATMENT
        )
        if covers((record.drug, record.route), definition.drug, definition.route)
    ]
    return bool(given) and all(record.withdrawn_at for record in given)


def _is_within_caps(course: Course, doses: Sequence[BookedDose]) -> bool:
    try:
        refuse_beyond_caps(course, doses)
    except DomainError:
        return False
    return True


def _is_paid_for(course: Course, doses: Sequence[BookedDose]) -> bool:
    days = {dose.seq: dose.on for dose in doses}
    moving = [dose.visit_id for dose in doses if dose.visit_id]
    return not uncovered_by_change(course, days, without=moving) or self_pay_of(course) is not None
