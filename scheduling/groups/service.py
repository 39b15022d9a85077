"""Making, moving and cancelling groups: every member's course with it, or nothing at all."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.identifiers import uuid7
from clinic.models import Membership, RoleAssignment, Room, Site
from courses.thresholds.selectors import thresholds_at
from scheduling.cascade.answers import read
from scheduling.cascade.service import Acceptance, ChangeOutdated, change_course
from scheduling.groups.models import GroupVisit
from scheduling.groups.placing import Terms, let_go, place_faults, take
from scheduling.groups.rules import weekly
from scheduling.groups.seats import lock_group
from scheduling.models import Reservation
from scheduling.services.changing import VisitNotPlanned, Why
from scheduling.services.claiming import (
    LostRace,
    constraints_in_words,
    lock_courses,
    lock_parties,
)
from scheduling.waitlist.freeing import note_freed
from sessions.models import Session

MOST_WEEKS = 26


class GroupRefused(DomainError):
    """The group cannot be so; `details` says why."""

    code = "group-refused"


class GroupNotPlanned(Conflict):
    """The group has begun, is over, or was cancelled."""

    code = "group-not-planned"


class GroupOutdated(Conflict):
    """The group or a member's course has changed since it was shown; `details` says what."""

    code = "group-outdated"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A date of a weekly series on which the group cannot be, and why."""

    on: date
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Made:
    """The groups that were made, and the dates that were left out."""

    groups: list[GroupVisit]
    left_out: list[LeftOut]


@transaction.atomic
def make_groups(*, site: Site, terms: Terms, by: Membership, now: datetime, weeks: int = 1) -> Made:
    """A group, or one in each of so many weeks at the same time of day by the site's clock.

    Dates on which it cannot be are left out and told. Raises GroupRefused where it can be on none,
    or has more places than the organisation allows (field `places`).
    """
    _refuse_crowds(site, terms, now)
    because("")
    lock_parties(room_ids=[str(terms.room.pk)], member_ids=[str(terms.therapist.pk)])
    series = uuid7() if weeks > 1 else None
    made = Made([], [])
    for one in _dated(site, terms, weeks):
        reasons = place_faults(site, one, now=now)
        if not reasons:
            group = GroupVisit(organization_id=site.organization_id, site=site, series=series)
            reasons = _make(group, one, now)
            made.groups.extend([] if reasons else [group])
        if reasons:
            made.left_out.append(LeftOut(one.starts_at.astimezone(site.zone).date(), reasons))
    if not made.groups:
        raise _refused(made.left_out[0].reasons)
    return made


def _dated(site: Site, terms: Terms, weeks: int) -> list[Terms]:
    first = terms.starts_at.astimezone(site.zone)
    return [
        replace(terms, starts_at=datetime.combine(day, first.time(), site.zone))
        for day in weekly(first.date(), times=min(weeks, MOST_WEEKS))
    ]


def _make(group: GroupVisit, terms: Terms, now: datetime) -> list[str]:
    """Write the group; or why a rival was faster."""
    try:
        with constraints_in_words():
            _write(group, terms, now)
            take(group)
    except LostRace as exc:
        return [exc.change]
    return []


def _write(group: GroupVisit, terms: Terms, now: datetime) -> None:
    group.kind, group.room, group.therapist = terms.kind, terms.room, terms.therapist
    group.starts_at, group.ends_at = terms.starts_at, terms.ends_at
    group.places, group.turnover_minutes = terms.places, terms.turnover_minutes
    group.scheduled_at = now
    group.save()


def _refuse_crowds(site: Site, terms: Terms, now: datetime) -> None:
    most = thresholds_at(site.organization, now).group_places_most
    if not 2 <= terms.places <= most:
        raise GroupRefused(f"A group has 2 to {most} places here.", field="places")


def _refused(reasons: Sequence[str]) -> GroupRefused:
    return GroupRefused(
        "The group cannot be so: " + "; ".join(reasons) + ".",
        details=[{"visit": "", "change": reason} for reason in reasons],
    )


@dataclass(frozen=True, slots=True)
class GroupWish:
    """What is to become of a group: other terms, or (without) that it does not take place."""

    terms: Terms | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the group is to be cancelled."""
        return self.terms is None

    def moves(self, group: GroupVisit) -> bool:
        """Whether its members' times change."""
        terms = self.terms
        return terms is None or (terms.starts_at, terms.ends_at) != (
            group.starts_at,
            group.ends_at,
        )


@dataclass(frozen=True, slots=True)
class Said:
    """Who changes a group, and what they say to it."""

    by: Membership
    now: datetime
    is_amber_meant: bool = False
    why: Why = field(default_factory=Why)


# What is done with one member's visit: it is told its answer, or finds one.
Settle = Callable[[Session, GroupVisit], None]


@transaction.atomic
def change_group(
    *,
    group: GroupVisit,
    wish: GroupWish,
    said: Said,
    version: int,
    answers: Mapping[str, str],
) -> GroupVisit:
    """Change or cancel the group with every member's course, as it was shown (`answers` by visit).

    One e-mail to each patient whose times change. Raises GroupNotPlanned, GroupRefused,
    GroupOutdated with what changed meanwhile, VisitNotPlanned where a member has arrived,
    AmberNotAccepted; then nothing changed.
    """

    def settle(visit: Session, _: GroupVisit) -> None:
        try:
            apply(visit, answers[str(visit.pk)], said)
        except ChangeOutdated as exc:
            raise GroupOutdated(str(exc), details=exc.details) from exc

    return carry_out(group, wish, said, settle=settle, version=version, expected=answers)


def apply(visit: Session, answer: str, said: Said) -> None:
    """Inside a transaction: carry out one member's answer."""
    shown = read(answer, visit=visit, member=said.by)
    accepted = Acceptance(said.by, said.now, is_amber_meant=said.is_amber_meant, why=said.why)
    change_course(visit=visit, shown=shown, said=accepted)


def carry_out(
    group: GroupVisit,
    wish: GroupWish,
    said: Said,
    *,
    settle: Settle,
    version: int | None = None,
    expected: Collection[str] | None = None,
) -> GroupVisit:
    """Inside a transaction: the group first, then each member by `settle`."""
    members = _locked_members(group)
    fresh = lock_group(group.pk)
    if fresh is None or not fresh.is_planned or fresh.has_begun(said.now):
        raise GroupNotPlanned("Only a group that is still to come can be changed.")
    _refuse_changed(fresh, members, version, expected if wish.moves(fresh) else None)
    _lock_site(fresh, wish, members)
    moves, before = wish.moves(fresh), fresh.starts_at
    because(said.why.text)
    _change(fresh, wish, said)
    for visit in members if moves else []:
        settle(visit, fresh)
    if members and moves:
        # One room became free, however many were in it.
        note_freed(members[0], starts_at=before, now=said.now)
    return fresh


def _locked_members(group: GroupVisit) -> list[Session]:
    """The members' visits, locked after their courses and before their persons."""
    visits = Session.objects.filter(reservation__group=group)
    lock_courses(*visits.values_list("course_id", flat=True))
    rows = visits.select_related("organization", "patient", "site", "course__protocol_version")
    members = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for patient_id in sorted({visit.patient_id for visit in members}):
        lock_parties(patient_id=patient_id)
    return members


def _lock_site(group: GroupVisit, wish: GroupWish, members: Sequence[Session]) -> None:
    """All that anybody could be moved to, in one order: members are placed one after another, and
    none of them may meet a rival halfway."""
    rooms, people = {group.room_id}, {group.therapist_id}
    if wish.terms:
        rooms, people = rooms | {wish.terms.room.pk}, people | {wish.terms.therapist.pk}
    if members:
        here = {"site": group.site_id}
        rooms |= set(Room.objects.filter(**here).values_list("pk", flat=True))
        people |= set(RoleAssignment.objects.filter(**here).values_list("membership", flat=True))
    lock_parties(room_ids=[*map(str, rooms)], member_ids=[*map(str, people)])


def _refuse_changed(
    group: GroupVisit,
    members: Sequence[Session],
    version: int | None,
    expected: Collection[str] | None,
) -> None:
    """Raise GroupOutdated where the group or its members are not those that were shown."""
    if version not in (None, group.version):
        raise _outdated("the group was changed")
    now = set(Reservation.objects.filter(group=group, session__isnull=False)
              .values_list("session_id", flat=True))  # fmt: skip
    locked = {visit.pk for visit in members}
    if now != locked or (expected is not None and {*expected} != {*map(str, locked)}):
        raise _outdated("somebody took or left a place")
    if any(visit.status != Session.Status.PLANNED for visit in members):
        raise VisitNotPlanned("Somebody of the group has arrived already.")


def _outdated(change: str) -> GroupOutdated:
    return GroupOutdated(
        "The group has changed since this was shown. Nothing was changed.",
        details=[{"visit": "", "change": change}],
    )


def _change(group: GroupVisit, wish: GroupWish, said: Said) -> None:
    group.version += 1
    if wish.terms is None:
        group.status, group.cancelled_at = GroupVisit.Status.CANCELLED, said.now
        group.scheduled_at = said.now
        group.save(update_fields=["status", "cancelled_at", "scheduled_at", "version"])
        let_go(group)
        return
    terms = wish.terms
    _refuse_terms(group, terms, said.now)
    try:
        with constraints_in_words():
            _write(group, terms, said.now)
            take(group)
            # Where its time stays, members go along without a word, as a visit does that gets
            # another room; where it moves they are settled one by one.
            stay = Reservation.objects.filter(group=group, session__isnull=False)
            stay.filter(patient_during=(terms.starts_at, terms.ends_at)).update(room=terms.room)
    except LostRace as exc:
        raise _refused([exc.change]) from exc


def _refuse_terms(group: GroupVisit, terms: Terms, now: datetime) -> None:
    _refuse_crowds(group.site, terms, now)
    taken = Reservation.objects.filter(group=group, session__isnull=False).count()
    if terms.places < taken:
        raise GroupRefused(f"{taken} places are taken.", field="places")
    if taken and terms.kind != group.kind:
        raise GroupRefused("A group with members stays of its kind.", field="kind")
    if reasons := place_faults(group.site, terms, now=now, but=group):
        raise _refused(reasons)
