"""When people work: weekly shifts, single dates, leave, and credentials that end a roster.

What an entry would hit is asked above this floor.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from clinic.availability.rules import Clock, Span
from clinic.availability.saving import (
    AvailabilityRefused,
    check_day,
    check_week,
    put,
    replace,
    shape_of,
)
from clinic.availability.services import not_over
from clinic.models import (
    Credential,
    Leave,
    Membership,
    Organization,
    Role,
    RoleAssignment,
    Shift,
    ShiftChange,
    Site,
)

# Longer leave is a typing slip.
LONGEST_LEAVE = timedelta(days=3 * 366)
# The roles that carry load or must be on site.
ROSTERED = (Role.NURSE, Role.THERAPIST, Role.PRESCRIBER)


def _lock_at(member: Membership, site: Site) -> None:
    """Inside a transaction: whoever else changes this person's roster waits."""
    if not RoleAssignment.objects.filter(membership=member, site=site).exists():
        raise AvailabilityRefused(f"{member.name} does not work at {site.name}.", field="member")
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=member.pk)


@transaction.atomic
def set_shifts(*, member: Membership, site: Site, week: Collection[Span]) -> None:
    """Let these be the person's weekly shifts at the site.

    AvailabilityRefused names the day that is wrong, or says that they do not work there.
    """
    check_week(week, field="week")
    _lock_at(member, site)
    own = {"organization_id": site.organization_id, "site": site, "membership": member}
    rows = [Shift(weekday=s.weekday, starts=s.starts, ends=s.ends, **own) for s in week]
    replace(Shift.objects.filter(membership=member, site=site), rows, shape_of, field="week")


@transaction.atomic
def change_shift(
    *,
    member: Membership,
    site: Site,
    on: date,
    hours: Sequence[Clock],
    reason: str = "",
    now: datetime,
) -> list[ShiftChange]:
    """Let the person work at these hours on that date, whatever the weekday says; none: not at all.

    AvailabilityRefused when the date has passed, hours overlap, or they do not work there.
    """
    not_over(site, on, now)
    check_day(hours, field="hours")
    _lock_at(member, site)
    own = {"organization_id": site.organization_id, "site": site, "membership": member}
    clocks: Sequence[Clock | tuple[None, None]] = hours or [(None, None)]
    rows = [
        ShiftChange(on=on, starts=starts, ends=ends, reason=reason, **own)
        for starts, ends in clocks
    ]
    of_day = ShiftChange.objects.filter(membership=member, site=site, on=on)
    replace(of_day, rows, lambda row: (row.starts, row.ends, row.reason), field="hours")
    return list(of_day.order_by("starts", "pk"))


@transaction.atomic
def keep_usual_shift(*, member: Membership, site: Site, on: date) -> None:
    """Let the shifts of the weekday hold again on that date."""
    ShiftChange.objects.filter(membership=member, site=site, on=on).delete()


@transaction.atomic
def add_leave(
    *,
    member: Membership,
    kind: str = Leave.Kind.OTHER,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> Leave:
    """Enter an absence; AvailabilityRefused when it ends before it starts or meets another one."""
    if ends_at <= starts_at:
        raise AvailabilityRefused("The end must be later than the start.", field="ends_at")
    if ends_at - starts_at > LONGEST_LEAVE:
        raise AvailabilityRefused("That is longer than three years.", field="ends_at")
    leave = Leave(
        organization_id=member.organization_id,
        membership=member,
        kind=kind,
        during=(starts_at, ends_at),
        reason=reason,
    )
    return put(leave, field="starts_at")


@transaction.atomic
def drop_leave(*, leave: Leave) -> None:
    """Take an absence back."""
    leave.delete()


@transaction.atomic
def record_credential(
    *, member: Membership, kind: str, number: str = "", expires_on: date
) -> Credential:
    """Put a credential on record, or renew the one of that kind."""
    found, _ = Credential.objects.update_or_create(
        membership=member,
        kind=kind,
        defaults={"number": number, "expires_on": expires_on},
        create_defaults={
            "organization_id": member.organization_id,
            "number": number,
            "expires_on": expires_on,
        },
    )
    return found


@transaction.atomic
def drop_credential(*, credential: Credential) -> None:
    """Take a credential off the record."""
    credential.delete()


@transaction.atomic
def require_credentials(*, organization: Organization, required: Collection[str]) -> None:
    """Say which credentials end which role's roster when they expire, as `ROLE:KIND`.

    AvailabilityRefused for a role that is never rostered, or a kind that is not known.
    """
    known = {f"{role}:{kind}" for role in ROSTERED for kind in Credential.Kind.values}
    if unknown := sorted(set(required) - known):
        raise AvailabilityRefused(f"There is no such requirement: {unknown[0]}.", field="required")
    organization.credentials_required = sorted(set(required))
    organization.save(update_fields=["credentials_required"])
