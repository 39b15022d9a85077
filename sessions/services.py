"""What happens to a visit while the patient is there."""

from datetime import datetime

from django.db import transaction

from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from sessions import rules
from sessions.models import Session


class DayNotCome(DomainError):
    """The visit is on a later day."""

    code = "day-not-come"


class StepNotNext(Conflict):
    """The visit is in a state after which this step does not come."""

    code = "step-not-next"


@transaction.atomic
def change_status(*, visit: Session, to: str, by: Membership, now: datetime) -> Session:
    """Take a visit one step on; raise StepNotNext when it is not at the step before.

    Raise DayNotCome on a day before the visit's, DomainError for a state that visits of its kind
    do not pass.
    """
    before = rules.status_before(visit.kind, to)
    if before is None:
        raise DomainError("A visit of this kind does not take this step.", field="to")
    if not rules.has_come(visit.local_date, today=now.astimezone(visit.site.zone).date()):
        raise DayNotCome(f"This visit is on {visit.local_date:%-d %B %Y}.")
    # The update itself asks for the step before, so of two rivals one wins.
    rows = Session.objects.filter(pk=visit.pk, organization_id=by.organization_id, status=before)
    changed = rows.update(status=to)
    visit.refresh_from_db(fields=["status"])
    if not changed:
        raise StepNotNext(f"This visit has changed: it is now “{visit.get_status_display()}”.")
    return visit
