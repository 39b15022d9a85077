"""Holding the times of a proposal, holding them for longer, and letting go of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest, Least

from clinic.errors import Conflict
from clinic.models import Membership
from courses.models import Course
from courses.selectors import definition_of
from courses.thresholds.catalogue import Thresholds
from courses.thresholds.selectors import thresholds_at
from scheduling.keeping.models import HeldLoad, SlotHold
from scheduling.keeping.selectors import clashes_of, held_words
from scheduling.keeping.wanted import Clash, Wanted
from scheduling.models import Proposal
from scheduling.services.claiming import (
    StaffedVisit,
    lock_courses,
    lock_parties,
    staff_loads,
    wanted_of,
)
from scheduling.wording import place_label

# A hold is not written again for less: each write makes open boards read anew.
GRAIN = timedelta(minutes=1)
CAN_BE_HELD = (Course.Status.DRAFT, Course.Status.ACTIVE)


class TimesHeld(Conflict):
    """Somebody else holds some of the times; `details` says which, per visit."""

    code = "times-held"


class NothingToHold(Conflict):
    """The proposal is not one that can be accepted."""

    code = "nothing-to-hold"


def hold_times(
    proposal: Proposal, visits: Sequence[Mapping[str, Any]], *, by: Membership, now: datetime
) -> list[Clash]:
    """Inside a transaction that has locked the course: hold the new ones of these visits.

    Holds nothing where others hold some of them: gives back what. Rooms and people are locked
    before that is asked, so that of rivals for one time the second one learns of the first.
    """
    new = new_visits(visits)
    definition = definition_of(proposal.course.protocol_version)
    lock_parties(
        patient_id=proposal.course.patient_id,
        room_ids={one.room_id for one in new},
        member_ids={who for one in new for who in one.staff.values()},
    )
    wanted = [wanted_of(one, definition) for one in new]
    found = clashes_of(wanted, course_id=proposal.course_id, now=now)
    if not found:
        _write(proposal, new, wanted, by, now)
    return found


def new_visits(visits: Sequence[Mapping[str, Any]]) -> list[StaffedVisit]:
    """Those of a proposal's visits that are not booked."""
    return [
        StaffedVisit(
            visit_type=one["visit_type"],
            starts_at=datetime.fromisoformat(one["starts_at"]),
            ends_at=datetime.fromisoformat(one["ends_at"]),
            room_id=one["room_id"],
            staff=one["staff"],
        )
        for one in visits
        if not one["is_kept"]
    ]


def _write(
    proposal: Proposal,
    new: Sequence[StaffedVisit],
    wanted: Sequence[Wanted],
    by: Membership,
    now: datetime,
) -> None:
    own = {"organization_id": proposal.organization_id}
    definition = definition_of(proposal.course.protocol_version)
    thresholds = thresholds_at(by.organization, now)
    until = now + timedelta(minutes=thresholds.hold_minutes)
    let_go(proposal)
    holds = [
        SlotHold(
            proposal=proposal,
            course_id=proposal.course_id,
            site_id=proposal.course.site_id,
            room_id=one.room_id,
            held_by=by,
            visit_type=one.visit_type,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            room_during=takes.room_during,
            held_since=now,
            held_until=until,
            **own,
        )
        for one, takes in zip(new, wanted, strict=True)
    ]
    SlotHold.objects.bulk_create(holds)
    HeldLoad.objects.bulk_create(
        HeldLoad(hold=hold, membership_id=who, role=role, during=(begins, ends), load=load, **own)
        for hold, one in zip(holds, new, strict=True)
        for who, role, begins, ends, load in staff_loads(one, definition)
    )


def let_go(proposal: Proposal) -> None:
    """Hold none of the proposal's times any more."""
    SlotHold.objects.filter(proposal=proposal).delete()


def _longest(thresholds: Thresholds) -> timedelta:
    """How long times are held at most without anybody asking for it anew."""
    return timedelta(minutes=max(thresholds.hold_minutes, thresholds.hold_most_minutes))


def extend_hold(*, proposal: Proposal, now: datetime) -> None:
    """Hold the times for as long as at first, from now on, while somebody looks at them; never
    past the limit, and not once the hold is over."""
    thresholds = thresholds_at(proposal.organization, now)
    until = now + timedelta(minutes=thresholds.hold_minutes)
    limit = F("held_since") + Value(_longest(thresholds))
    rows = SlotHold.objects.live(now).filter(proposal=proposal)
    rows.filter(held_until__lt=until - GRAIN).exclude(held_until__gte=limit).update(
        held_until=Greatest(F("held_until"), Least(Value(until), limit))
    )


@transaction.atomic
def hold_again(*, proposal: Proposal, by: Membership, now: datetime) -> None:
    """Hold the times of a proposal whose hold is over, as if it had just been made.

    Raises NothingToHold, or TimesHeld where somebody else holds some of them by now.
    """
    lock_courses(proposal.course_id)
    proposal.refresh_from_db(fields=["status", "visits"])
    proposal.course.refresh_from_db(fields=["status"])
    if proposal.status != Proposal.Status.READY or proposal.course.status not in CAN_BE_HELD:
        raise NothingToHold("There is nothing to hold: this proposal cannot be accepted any more.")
    if found := hold_times(proposal, proposal.visits, by=by, now=now):
        raise TimesHeld(
            "Somebody else holds some of these times now.", details=held_details(proposal, found)
        )


def held_details(proposal: Proposal, found: Sequence[Clash]) -> list[dict[str, str]]:
    """`{"visit": …, "change": "is held by Kim Lee until 10:42 EST"}` of each."""
    definition = definition_of(proposal.course.protocol_version)
    new = [one for one in proposal.visits if not one["is_kept"]]
    zone = proposal.course.site.zone
    return [
        {
            "visit": place_label(definition, new[one.number]["kind"], new[one.number]["seq"]),
            "change": f"is {held_words(one.hold.by, one.hold.until, zone)}",
        }
        for one in found
    ]


@transaction.atomic
def sweep_holds(*, now: datetime) -> int:
    """Remove holds of this tenant that are over; what somebody is at is left for the next time."""
    over = SlotHold.objects.filter(held_until__lte=now).order_by("pk")
    ids = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:1000])
    return SlotHold.objects.filter(pk__in=ids).delete()[0] if ids else 0
