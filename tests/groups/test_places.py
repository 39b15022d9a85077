"""A place in a group instead of a time of one's own: what it takes, what it costs, who gets it."""

from contextlib import ExitStack
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.models import PatientWindow
from courses.selectors import definition_of
from reminders.models import Message
from scheduling.groups.models import GroupVisit
from scheduling.groups.offers import full_groups, group_offers
from scheduling.models import Reservation, StaffClaim
from scheduling.services import cancel_visit, move_visit
from scheduling.services.claiming import Claim, write_claims
from sessions.models import Session
from tests.concurrency.guards import without_trigger
from tests.concurrency.test_booking import broken
from tests.factories import NOW, make_clinic, make_course, make_patient
from tests.groups.making import (
    DOSE_AT,
    HOUR,
    TALK_AT,
    full_group,
    make_group,
    place_asked,
    seated,
    talk_of,
    treated,
)
from tests.race import race

pytestmark = pytest.mark.django_db


def test_a_place_takes_nobodys_time_and_no_room_and_tells_the_patient_once(clinic):
    group, course = make_group(clinic, TALK_AT + 3 * HOUR, turnover_minutes=15), treated(clinic)
    visit = talk_of(course)
    [offer] = group_offers(visit, now=NOW)
    assert (offer.group, offer.seat.free) == (group, 3)
    told = place_asked(clinic, visit, group)
    after = next(line.after for line in told.ways[0].lines if line.is_asked)
    assert (after.in_group, after.staff) == (True, [group.therapist.name])

    visit = seated(clinic, course, group)
    assert (visit.starts_at, visit.ends_at) == (group.starts_at, group.ends_at)
    held = Reservation.objects.get(session=visit)
    assert (held.group, held.room) == (group, group.room)
    assert not StaffClaim.objects.filter(reservation=held).exists()
    own = Reservation.objects.get(group=group, session=None)
    assert own.room_during.upper == group.ends_at + timedelta(minutes=15)
    [claim] = own.claims.all()
    assert (claim.membership, claim.load) == (group.therapist, group.therapist.capacity)
    assert [one.kind for one in Message.objects.filter(send_at__lte=NOW)] == ["MOVED"]
    for promise in ("room_is_used_once", "visit_matches_its_reservation", "group_is_whole"):
        assert not broken(promise)


def test_a_place_is_ranked_as_a_time_of_its_own_would_be(clinic):
    # Of two groups with the same therapist the sooner one costs less: integration is to be soon.
    later, sooner = TALK_AT + timedelta(days=1), TALK_AT + 3 * HOUR
    groups = [make_group(clinic, at) for at in (later, sooner)]
    costs = {one.group: one.cost for one in group_offers(talk_of(treated(clinic)), now=NOW)}
    assert costs[groups[0]] > costs[groups[1]]


@pytest.mark.parametrize(
    ("at", "more", "why"),
    [
        (TALK_AT, {"kind": "prep"}, "for preparation visits"),
        (TALK_AT, {"minutes": 45}, "the protocol asks for 60"),
        (DOSE_AT + 5 * HOUR, {}, ""),
        (DOSE_AT + timedelta(days=7), {}, "at most 3 are usual"),
    ],
)
def test_clinical_rules_hold_for_places_as_for_times(clinic, at, more, why):
    group, visit = make_group(clinic, at, **more), talk_of(treated(clinic))
    assert group_offers(visit, now=NOW) == []
    told = place_asked(clinic, visit, group)
    assert not [way for way in told.ways if way.grade.name == "KEPT"]
    assert why in " ".join([*told.refusals, *(text for way in told.ways for text in way.amber)])


def test_the_patients_times_count_for_the_whole_group(clinic):
    course = treated(clinic)
    PatientWindow.objects.create(
        organization=clinic.organization, patient=course.patient,
        weekday=TALK_AT.weekday(), starts=time(8), ends=time(13),
    )  # fmt: skip
    group = make_group(clinic, TALK_AT + 3 * HOUR)
    assert group_offers(talk_of(course), now=NOW) == []
    [refusal] = place_asked(clinic, talk_of(course), group).refusals
    assert "at which the patient can come" in refusal


def test_a_full_group_says_so_until_somebody_leaves(clinic):
    group, courses = full_group(clinic, TALK_AT + 3 * HOUR, members=2, places=2)
    late = talk_of(treated(clinic))
    assert group_offers(late, now=NOW) == []
    assert "the group is full" in place_asked(clinic, late, group).refusals
    assert full_groups(late, group.starts_at) == ["the group then is full: 2 of 2 places are taken"]
    move_visit(visit=talk_of(courses[0]), starts_at=TALK_AT, by=clinic.desk, reason="", now=NOW)
    assert not Reservation.objects.filter(session__course=courses[0], group=group).exists()
    assert [one.seat.free for one in group_offers(late, now=NOW)] == [1]
    cancel_visit(visit=talk_of(courses[1]), by=clinic.desk, reason="", now=NOW)
    assert [one.seat.free for one in group_offers(late, now=NOW)] == [2]


@pytest.mark.parametrize(
    "raw",
    [
        lambda group, visit: GroupVisit.objects.filter(pk=group.pk).update(places=2),
        lambda group, visit: GroupVisit.objects.filter(pk=group.pk).update(
            starts_at=group.starts_at + HOUR, ends_at=group.ends_at + HOUR
        ),
        lambda group, visit: GroupVisit.objects.filter(pk=group.pk).update(
            status="CANCELLED", cancelled_at=NOW
        ),
        lambda group, visit: Reservation.objects.filter(group=group, session=None).delete(),
        lambda group, visit: Reservation.objects.filter(session=visit).update(
            room=visit.reservation.room.site.rooms.exclude(pk=group.room_id).first()
        ),
        lambda group, visit: Reservation.objects.filter(session__kind="dosing").update(group=group),
    ],
    ids=["fewer places", "moved", "cancelled", "let go", "member elsewhere", "dose"],
)
def test_the_database_refuses_a_group_that_is_not_whole(clinic, raw):
    group, courses = full_group(clinic, TALK_AT + 3 * HOUR, members=3)

    @transaction.atomic
    def alone() -> None:
        raw(group, talk_of(courses[0]))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError):
        alone()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_rivals_for_the_last_places(guarded):
    clinic = make_clinic()
    group = make_group(clinic, TALK_AT, places=3)
    courses = [
        make_course(make_patient(clinic.site), clinic.version, clinic.desk, status="ACTIVE")
        for _ in range(12)
    ]

    @transaction.atomic
    def attempt(number):
        visit = Session.objects.create(
            organization=clinic.organization, course=courses[number],
            patient=courses[number].patient, site=clinic.site, kind="integration", seq=1,
            visit_type="integration", starts_at=group.starts_at, ends_at=group.ends_at,
            scheduled_at=NOW,
        )  # fmt: skip
        write_claims(
            [Claim(visit, str(group.room_id), {}, group)], definition_of(clinic.version), now=NOW
        )
        return visit

    with ExitStack() as guards_off:
        for name in () if guarded else ("groupvisit_within_places", "place_is_in_group"):
            guards_off.enter_context(without_trigger("scheduling_reservation", name))
        outcomes = race(attempt, rivals=12)
        won = [outcome for outcome in outcomes if isinstance(outcome, Session)]
        assert (len(won) == 3) is guarded
        assert broken("group_is_whole") is not guarded
