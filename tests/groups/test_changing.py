"""Groups made, moved and cancelled: every member's course with them, as it was shown."""

from collections import Counter
from datetime import timedelta

import pytest

from clinic.models import Closure, Role
from reminders.models import Message
from scheduling.groups.models import GroupVisit
from scheduling.groups.placing import Terms, place_faults, terms_of
from scheduling.groups.rehearsal import read_shown, rehearse
from scheduling.groups.service import (
    GroupOutdated,
    GroupRefused,
    GroupWish,
    Said,
    change_group,
    make_groups,
)
from scheduling.models import Reservation
from scheduling.moving import slots_of
from sessions.models import Session
from tests.concurrency.test_booking import broken
from tests.factories import NOW, make_member, make_room
from tests.groups.making import (
    HOUR,
    TALK_AT,
    full_group,
    make_group,
    seated,
    talk_of,
    treated,
)

pytestmark = pytest.mark.django_db
AT = TALK_AT + 3 * HOUR


def moved(group, **changes) -> GroupWish:
    """The wish that the group has other terms."""
    said = {name: getattr(terms_of(group), name) for name in Terms.__dataclass_fields__}
    return GroupWish(Terms(**{**said, **changes}))


def accept(clinic, group, story, **said):
    """What the desk does with what it was shown."""
    shown = read_shown(story.answer, group=group, member=clinic.desk)
    return change_group(
        group=group, wish=shown.wish, said=Said(clinic.desk, NOW, **said),
        version=shown.version, answers=shown.answers,
    )  # fmt: skip


def test_a_group_takes_its_room_and_its_therapist_from_everybody(clinic):
    course = treated(clinic)
    free = {slot.start for slot in slots_of(talk_of(course), now=NOW)}
    assert AT in free
    make_group(clinic, AT, room=clinic.office, therapist=clinic.therapist, turnover_minutes=30)
    # Every other therapist and room for talks is made for one visit at TALK_AT; nobody is free.
    for member in {claim.membership for claim in talk_of(course).reservation.claims.all()}:
        member.assignments.all().delete()
    now_free = {slot.start for slot in slots_of(talk_of(course), now=NOW)}
    assert free - now_free >= {AT - timedelta(minutes=45), AT, AT + HOUR}
    with pytest.raises(GroupRefused, match=r"is taken then; .* serves somebody else then"):
        make_group(clinic, AT + HOUR, room=clinic.office, therapist=clinic.therapist)


def test_a_group_keeps_to_hours_rooms_people_and_places(clinic):
    late, chair = AT + 6 * HOUR, clinic.chair
    terms = Terms("prep", chair, clinic.nurse, late, 90, 3)
    assert place_faults(clinic.site, terms, now=NOW) == [
        "that time is outside the site's opening hours",
        f"{chair.name} is not a room for talks",
        f"{clinic.nurse.name} is no therapist here",
    ]
    with pytest.raises(GroupRefused, match="2 to 8 places"):
        make_group(clinic, AT, places=9)


def test_a_weekly_series_leaves_out_closed_days_and_keeps_the_clock(clinic):
    # From Thursday 5 March over the change of clocks on the 8th; closed on the 19th.
    first = NOW + timedelta(days=59)
    Closure.objects.create(
        organization=clinic.organization, site=clinic.site, on=first.date() + timedelta(days=14)
    )
    terms = Terms("prep", make_room(clinic.site, "group"), clinic.therapist, first, 60, 4)
    made = make_groups(site=clinic.site, terms=terms, by=clinic.desk, now=NOW, weeks=4)
    local = [one.starts_at.astimezone(clinic.site.zone) for one in made.groups]
    assert [(at.day, at.hour) for at in local] == [(5, 9), (12, 9), (26, 9)]
    assert len({one.series for one in made.groups}) == 1
    [left] = made.left_out
    assert left.on.day == 19
    assert left.reasons == ["that time is on a day on which the site is closed"]


def test_a_group_moves_with_its_members_and_each_is_told_once(clinic):
    group, courses = full_group(clinic, AT, members=2)
    before = set(Message.objects.values_list("pk", flat=True))
    wish = moved(group, starts_at=AT + HOUR)
    story = rehearse(group, wish, by=clinic.desk, now=NOW)
    assert [one.comes_along for one in story.members] == [True, True]
    group.refresh_from_db()
    # A rehearsal leaves nothing.
    assert (group.starts_at, Message.objects.count()) == (AT, len(before))

    accept(clinic, group, story)
    for course in courses:
        visit = talk_of(course)
        assert (visit.starts_at, visit.reservation.group_id) == (AT + HOUR, group.pk)
    told = Message.objects.filter(kind="MOVED").exclude(pk__in=before)
    assert Counter(one.patient_id for one in told) == {one.patient_id: 1 for one in courses}
    assert not broken("group_is_whole")


def test_who_cannot_come_along_gets_a_time_of_their_own(clinic):
    group, [stays, _] = full_group(clinic, AT, members=2)
    late = AT + timedelta(days=1)
    stays.patient.unavailabilities.create(
        organization=clinic.organization, during=(late - HOUR, late + 4 * HOUR)
    )
    story = rehearse(group, moved(group, starts_at=late), by=clinic.desk, now=NOW)
    how = {one.visit.course_id: one for one in story.members}
    assert [one.comes_along for one in story.members].count(True) == 1
    own = next(line.after for line in how[stays.pk].way.lines if line.is_asked)
    assert not how[stays.pk].comes_along
    assert not own.in_group
    accept(clinic, group, story)
    assert talk_of(stays).starts_at == own.starts_at
    assert talk_of(stays).reservation.group_id is None


def test_members_of_a_cancelled_group_are_not_shown_the_same_place(clinic):
    group, courses = full_group(clinic, AT, members=3)
    story = rehearse(group, GroupWish(), by=clinic.desk, now=NOW)
    spots = [next(line.after for line in one.way.lines if line.is_asked) for one in story.members]
    assert None not in spots
    assert len({(spot.starts_at, spot.room_name) for spot in spots}) == 3

    accept(clinic, group, story)
    group.refresh_from_db()
    assert (group.status, Reservation.objects.filter(group=group).count()) == ("CANCELLED", 0)
    assert {talk_of(course).starts_at for course in courses} == {one.starts_at for one in spots}
    gone = Session.objects.filter(status="CANCELLED", kind="integration")
    assert {visit.cancelled_by for visit in gone} == {"CLINIC"}


def test_what_was_shown_of_a_group_is_bound_to_its_members(clinic):
    group, _ = full_group(clinic, AT, members=1)
    story = rehearse(group, GroupWish(), by=clinic.desk, now=NOW)
    seated(clinic, treated(clinic), group)
    with pytest.raises(GroupOutdated):
        accept(clinic, group, story)
    assert GroupVisit.objects.get(pk=group.pk).is_planned


def test_another_room_or_therapist_moves_nobody_and_writes_to_nobody(clinic):
    group, [course] = full_group(clinic, AT, members=1)
    before, room = Message.objects.count(), make_room(clinic.site, "consulting")
    wish = moved(group, room=room, therapist=make_member(clinic.site, Role.THERAPIST), places=5)
    story = rehearse(group, wish, by=clinic.desk, now=NOW)
    assert story.members == []
    accept(clinic, group, story)
    assert talk_of(course).reservation.room == room
    assert (Message.objects.count(), broken("group_is_whole")) == (before, False)
