"""What the worker looks after in every organisation: windows, and flags whose gap has passed."""

from datetime import datetime

from clinic.tenancy import organization_ids, tenant
from courses.response.services import watch_courses


def watch_responses(*, now: datetime) -> int:
    """Look after the courses of each organisation in turn; gives back how many changed."""
    changed = 0
    for organization_id in organization_ids():
        with tenant(organization_id):
            changed += watch_courses(now=now)
    return changed
