"""Whom a freed time goes to: legal, better, in order; and how long an offer stands."""

import pytest

from clinic.consents.selectors import text_in_use
from clinic.consents.services import Signature, install_texts, record_consent, withdraw_consent
from courses.models import Course, Hold
from scheduling.cascade.wish import Want, Wanted
from scheduling.groups.rehearsal import read_shown, rehearse
from scheduling.groups.service import GroupWish, Said, change_group
from scheduling.models import FreedTime, SlotOffer
from scheduling.services import cancel_visit, move_visit
from scheduling.waitlist import matching
from scheduling.waitlist.accepting import Answer, accept_offer, decline_offer
from scheduling.waitlist.matching import sweep
from tests.authorizations.granting import granted
from tests.cascade.asking import done
from tests.factories import NOW, make_course, make_patient, make_room, make_visit
from tests.groups.making import TALK_AT, full_group
from tests.scheduling.test_proposing import accepted
from tests.waitlist.conftest import (
    HOUR,
    Status,
    Wish,
    freed_by,
    january,
    look,
    next_visit,
    one_dose,
    two_doses,
    wait,
    whole_day,
)

pytestmark = pytest.mark.django_db
DESK = SlotOffer.Via.DESK


@pytest.fixture
def monday(clinic):
    """A visit on the day that suits the second dose of `two_doses` best."""
    return whole_day(clinic, 12)


def test_a_time_is_offered_to_who_gains_by_it(clinic, monday):
    course = two_doses(clinic)
    wait(clinic, course)
    freed = freed_by(clinic, monday)
    [offer] = look(freed)
    second = next_visit(course, seq=2)
    assert (offer.how, offer.visit_id, offer.starts_at) == ("MOVE", second.pk, january(12))
    # Half a day off the target instead of one and a half; the talk after it stays a day later.
    assert freed.candidates[0]["terms"] == {"gaps": 120, "integration_delay": -10}
    assert offer.benefit == 110
    assert (freed.status, offer.expires_at) == ("OFFERED", NOW + 4 * HOUR)
    second.refresh_from_db()
    assert second.starts_at == january(13)


@pytest.mark.parametrize(("first_on", "is_offered"), [(7, True), (11, False)])
def test_no_offer_breaks_the_minimum_gap(clinic, monday, first_on, is_offered):
    """On the 12th the first dose is four days ago, or on that very day or the day before."""
    course = two_doses(clinic, earliest_on=january(first_on).date())
    wait(clinic, course)
    first, second = (next_visit(course, seq=seq).local_date for seq in (1, 2))
    freed = freed_by(clinic, monday)
    assert bool(look(freed)) is is_offered
    if not is_offered:
        assert first >= january(11).date()
        assert second > january(12).date()
        assert freed.status == FreedTime.Status.NOBODY


def held(course, clinic):
    Hold.objects.create(
        organization=clinic.organization, course=course, kind="CLINICIAN", opened_at=NOW
    )


def paused(course, clinic):
    course.status, course.paused_until = Course.Status.PAUSED, january(30).date()
    course.save()


def uncovered(course, clinic):
    """The payer covers nothing before the 13th."""
    said = {"starts_on": january(13).date(), "visits_granted": 20}
    granted(clinic, course.patient, course=course, **said)


def unconsented(course, clinic):
    """The patient took the consent to treatment back."""
    install_texts(organization=clinic.organization, now=NOW)
    text = text_in_use(clinic.organization.pk, "TREATMENT", "en")
    record = record_consent(
        patient=course.patient, text=text, signature=Signature(NOW, "PAPER"), by=clinic.desk,
        now=NOW,
    )  # fmt: skip
    withdraw_consent(record=record, by=clinic.desk, now=NOW, reason="")


@pytest.mark.parametrize("spoil", [held, paused, uncovered, unconsented])
def test_nothing_is_offered_to_who_may_not_have_it(clinic, monday, spoil):
    course = two_doses(clinic)
    wait(clinic, course)
    spoil(course, clinic)
    assert look(freed_by(clinic, monday)) == []


def test_the_first_asked_gains_most_then_comes_before_others_then_waits_longest(clinic, monday):
    courses = [two_doses(clinic) for _ in range(3)]
    usual = wait(clinic, courses[0], now=NOW - 3 * HOUR)
    first = wait(clinic, courses[1], now=NOW - HOUR, priority=1)
    later = wait(clinic, courses[2], now=NOW - 2 * HOUR)
    freed = freed_by(clinic, monday)
    look(freed)
    ranked = [(one["entry"], one["benefit"]) for one in freed.candidates]
    gains = dict(ranked)
    assert {entry for entry, _ in ranked} == {str(one.pk) for one in (usual, first, later)}
    order = [str(one.pk) for one in (first, usual, later)]
    assert [pk for pk, _ in ranked] == sorted(order, key=lambda pk: -gains[pk])


def test_an_offer_that_lapses_goes_to_the_next(clinic, monday):
    courses = [two_doses(clinic) for _ in range(2)]
    entries = [wait(clinic, course, now=NOW - n * HOUR) for n, course in enumerate(courses)]
    freed = freed_by(clinic, monday)
    [first] = look(freed)
    assert look(freed) == [first]
    later = NOW + 4 * HOUR
    assert (sweep(now=later - HOUR), sweep(now=later)) == (0, 1)
    [second] = look(freed, later)
    first.refresh_from_db()
    assert first.status == Status.EXPIRED
    assert {first.entry_id, second.entry_id} == {entry.pk for entry in entries}
    sweep(now=second.expires_at)
    assert look(freed, second.expires_at) == []
    assert freed.status == FreedTime.Status.NOBODY


def test_no_offer_leaves_less_notice_than_is_asked_for(clinic, monday):
    wait(clinic, two_doses(clinic))
    freed = freed_by(clinic, monday, january(11) - 2 * HOUR)
    [offer] = look(freed, january(11) - 2 * HOUR)
    assert offer.expires_at == january(11)
    sweep(now=january(11))
    assert look(freed, january(11)) == []
    assert freed.status == FreedTime.Status.OVER


@pytest.mark.parametrize("cleared", [True, False])
def test_who_has_no_place_is_booked_whole_once_cleared(clinic, cleared):
    one_dose(clinic)
    visits = [whole_day(clinic, day) for day in (7, 8, 9)]
    patient = make_patient(clinic.site)
    course = make_course(
        patient, clinic.version, clinic.desk, dose_count=1,
        earliest_on=january(6).date(), latest_first_on=january(9).date(), cleared=cleared,
    )  # fmt: skip
    wait(clinic, course, Wish.ANY_PLACE)
    freed = freed_by(clinic, visits[1])
    offers = look(freed)
    assert len(offers) == cleared
    if not cleared:
        return
    [offer] = offers
    assert (offer.how, offer.starts_at) == ("BOOK", january(8))
    assert offer.benefit > 900_000
    assert accept_offer(offer=offer, said=Answer(DESK, clinic.desk, NOW)).status == Status.ACCEPTED
    course.refresh_from_db()
    assert (course.status, course.visits.live().count()) == (Course.Status.ACTIVE, 3)


def test_a_course_starts_sooner_with_every_visit_that_hangs_on_it(clinic):
    one_dose(clinic)
    whole_day(clinic, 6)
    wednesday = whole_day(clinic, 7)
    course = accepted(clinic)
    assert next_visit(course).local_date == january(8).date()
    prepared_at = next_visit(course, "prep").starts_at
    wait(clinic, course, Wish.SOONER_START)
    [offer] = look(freed_by(clinic, wednesday))
    assert (offer.how, offer.starts_at, offer.benefit) == ("REPLAN", january(7), 200)
    accept_offer(offer=offer, said=Answer(DESK, clinic.desk, NOW))
    days = {visit.kind: visit.local_date.day for visit in course.visits.live()}
    assert days == {"prep": 5, "dosing": 7, "integration": 8}
    # What is too near to move, and gains nothing, stays.
    assert next_visit(course, "prep").starts_at == prepared_at


def test_whatever_lets_go_of_a_time_frees_it(clinic):
    course = two_doses(clinic)
    second = next_visit(course, seq=2)
    before, to = second.starts_at, second.starts_at + HOUR
    move_visit(visit=second, starts_at=to, by=clinic.desk, reason="", now=NOW)
    assert FreedTime.objects.get(visit=second).starts_at == before
    second.refresh_from_db()
    done(clinic, second, Wanted(Want.MOVE, before))
    assert FreedTime.objects.filter(visit=second, starts_at=to).count() == 1


def test_a_no_while_a_worker_looks_is_not_forgotten(clinic, monday, monkeypatch):
    """The look that the no queues finds the time claimed; the worker who holds it looks again."""
    for course in [two_doses(clinic), two_doses(clinic)]:
        wait(clinic, course)
    freed = freed_by(clinic, monday)
    [first] = look(freed)
    plans = matching._fits

    def slow(*args):
        found = plans(*args)
        monkeypatch.setattr(matching, "_fits", plans)
        decline_offer(offer=first, said=Answer(DESK, clinic.desk, NOW))
        look(freed)
        return found

    monkeypatch.setattr(matching, "_fits", slow)
    assert look(freed) == []
    assert (freed.status, freed.claimed_until) == ("NEW", None)
    [second] = look(freed)
    assert second.entry_id != first.entry_id


def test_a_chair_that_is_freed_twice_is_offered_as_one(clinic, monday):
    """The desk books the time while it is offered, and that is cancelled, too."""
    for course in [two_doses(clinic), two_doses(clinic)]:
        wait(clinic, course)
    [first] = look(freed_by(clinic, monday))
    other = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    again = freed_by(clinic, make_visit(other, clinic.chair, monday.starts_at))
    assert look(again) == []
    decline_offer(offer=first, said=Answer(DESK, clinic.desk, NOW))
    [second] = look(again)
    assert second.entry_id != first.entry_id
    assert look(first.freed) == []


def test_two_chairs_that_are_freed_are_offered_to_two(clinic, monday):
    for course in [two_doses(clinic), two_doses(clinic)]:
        wait(clinic, course)
    chair = make_room(clinic.site, "infusion")
    other = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    visits = monday, make_visit(other, chair, monday.starts_at)
    freed = [freed_by(clinic, visit) for visit in visits]
    assert [len(look(time)) for time in freed] == [1, 1]


def test_a_group_frees_its_room_once_and_a_place_in_it_frees_none(clinic):
    group, [course, *_] = full_group(clinic, TALK_AT + 3 * HOUR, members=3)
    old = set(FreedTime.objects.values_list("pk", flat=True))
    new = FreedTime.objects.exclude(pk__in=old)
    seat = course.visits.live().get(reservation__group=group)
    cancel_visit(visit=seat, by=clinic.desk, reason="", now=NOW)
    assert not new.exists()
    story = rehearse(group, GroupWish(None), by=clinic.desk, now=NOW)
    shown = read_shown(story.answer, group=group, member=clinic.desk)
    said = Said(clinic.desk, NOW, True)
    change_group(
        group=group, wish=shown.wish, said=said, version=shown.version, answers=shown.answers
    )
    assert new.get().starts_at == group.starts_at
