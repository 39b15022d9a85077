"""The rules that every organisation begins with."""

from django.db import transaction

from clinic.models import Organization
from reminders.models import Rule

DAYS_BEFORE = (3, 1)


@transaction.atomic
def install_rules(*, organization: Organization) -> None:
    """Give the organisation the rules it lacks: three notices, three days and one day before."""
    wanted: list[tuple[str, int | None]] = [
        (Rule.Kind.BOOKED, None),
        (Rule.Kind.MOVED, None),
        (Rule.Kind.CANCELLED, None),
        *((Rule.Kind.BEFORE, days) for days in DAYS_BEFORE),
    ]
    Rule.objects.bulk_create(
        [Rule(organization=organization, kind=kind, days_before=days) for kind, days in wanted],
        ignore_conflicts=True,
    )
