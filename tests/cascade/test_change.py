"""Changing one visit with what follows: legal, whole, told once."""

from datetime import timedelta

import pytest
from django.db.models import F

from clinic.invariants import breaches
from clinic.reasons import ReasonTooShort
from clinic.rights import RightMissing
from courses.models import CourseEvent
from reminders.models import Message, Reminder, Rule
from reminders.rules import reminder_due
from scheduling.cascade.answers import AnswerUnknown, read
from scheduling.cascade.service import AmberNotAccepted, ChangeOutdated
from scheduling.cascade.ties import Grade
from scheduling.cascade.ways import How
from scheduling.cascade.wish import Want, Wanted
from scheduling.invariants import INVARIANTS
from scheduling.models import Override, Reservation
from scheduling.planner.rules import Rule as Tie
from scheduling.services import cancel_visit, move_visit
from tests.cascade.asking import accept, answer_to, asked, done, to
from tests.factories import NOW, make_course, make_patient, make_visit

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def visits(course):
    return {(v.kind, v.seq): v for v in course.visits.live().order_by("starts_at")}


def days(course):
    return {key: visit.local_date for key, visit in visits(course).items()}


def messages():
    return list(Message.objects.exclude(kind__in=["BEFORE", "BOOKED"]).filter(status="PENDING"))


def test_a_move_that_the_rest_allows_moves_nothing_else(clinic, dose):
    later = dose.starts_at + timedelta(minutes=30)
    way = asked(dose, to(later)).ways[0]
    assert (way.grade, [one.visit for one in way.changes]) == (Grade.KEPT, [dose])
    assert done(clinic, dose, to(later)) == [dose]
    dose.refresh_from_db()
    assert (dose.starts_at, dose.version) == (later, 1)


def test_what_must_move_moves_with_it_and_is_told_in_one_e_mail(clinic, course, dose):
    wanted = to(dose.starts_at + 4 * DAY)
    found = asked(dose, wanted)
    moved = done(clinic, dose, wanted)
    after = days(course)
    assert len(found.ways[0].changes) == len(moved) > 2
    gaps = [(after["dosing", n + 1] - after["dosing", n]).days for n in (1, 2, 3)]
    assert all(2 <= gap <= 5 for gap in gaps), gaps
    (message,) = messages()
    assert message.kind == "MOVED"
    assert set(message.reminders.values_list("session_id", flat=True)) == {v.pk for v in moved}
    assert CourseEvent.objects.filter(kind="VISIT_MOVED").count() == len(moved)
    assert not list(breaches(INVARIANTS))


def waiting_for(visit):
    """When reminders of the visit will go out, and for which version of it."""
    rows = Reminder.objects.filter(session=visit, rule__kind="BEFORE", message__status="PENDING")
    return sorted(rows.values_list("message__send_at", "visit_version"))


def test_every_visit_has_each_reminder_once_for_its_time_after_the_change(clinic, course, dose):
    done(clinic, dose, to(dose.starts_at + 4 * DAY))
    rules = list(Rule.objects.filter(organization=clinic.organization, kind="BEFORE"))
    assert rules
    for visit in course.visits.planned().select_related("site"):
        due = [
            reminder_due(
                starts_at=visit.starts_at, zone=visit.site.zone, days=rule.days_before,
                scheduled_at=visit.scheduled_at,
            )
            for rule in rules
        ]  # fmt: skip
        assert waiting_for(visit) == sorted((at, visit.version) for at in due if at)


def test_a_cancelled_dose_is_planned_anew_and_the_rest_moves_only_if_it_must(clinic, course, dose):
    wanted = Wanted(Want.CANCEL, not_before=dose.local_date + DAY)
    rows = done(clinic, dose, wanted, code="PATIENT_ILL", is_amber_meant=True)
    dose.refresh_from_db()
    assert (dose.status, dose.cancel_code, dose.cancelled_by) == (
        "CANCELLED", "PATIENT_ILL", "PATIENT",
    )  # fmt: skip
    again = visits(course)["dosing", 2]
    assert again in rows
    assert again.local_date > dose.local_date
    (message,) = messages()
    about = dict(message.reminders.values_list("session_id", "rule__kind"))
    assert (about[dose.pk], about[again.pk]) == ("CANCELLED", "BOOKED")
    assert message.reminders.get(session=again).moved_from == dose.starts_at
    assert not list(breaches(INVARIANTS))


def test_a_missed_dose_is_planned_anew(clinic, course, dose):
    now = dose.starts_at + timedelta(minutes=30)
    over_until(course, now)
    wanted = Wanted(Want.MISS, not_before=dose.local_date + DAY)
    done(clinic, dose, wanted, now=now, code="NO_WORD", is_amber_meant=True)
    dose.refresh_from_db()
    assert (dose.status, dose.cancel_code, dose.cancelled_by) == ("MISSED", "NO_WORD", "")
    assert visits(course)["dosing", 2].local_date > dose.local_date
    assert not any(message.kind == "CANCELLED" for message in messages())


def test_left_open_a_cancelled_dose_takes_its_talk_along(clinic, course, dose):
    wanted = Wanted(Want.CANCEL, not_before=dose.local_date + DAY)
    done(clinic, dose, wanted, How.OPEN)
    assert ("dosing", 2) not in visits(course)
    assert ("integration", 2) not in visits(course)


def test_a_visit_that_was_moved_meanwhile_is_not_cancelled_by_an_older_answer(clinic, dose):
    wanted = Wanted(Want.CANCEL, not_before=dose.local_date + DAY)
    answer = answer_to(clinic, dose, wanted, How.OPEN)
    later = dose.starts_at + timedelta(minutes=30)
    move_visit(visit=dose, starts_at=later, by=clinic.desk, reason="", now=NOW)
    with pytest.raises(ChangeOutdated) as refusal:
        accept(clinic, dose, answer)
    assert [one["change"] for one in refusal.value.details] == ["has another time now"]
    dose.refresh_from_db()
    assert (dose.status, dose.starts_at) == ("PLANNED", later)


def test_past_the_soft_maximum_fewer_move_when_that_is_meant(clinic, course, dose):
    last = visits(course)["dosing", 4]
    third = visits(course)["dosing", 3].local_date
    wanted = to(last.starts_at + (third + 6 * DAY - last.local_date))
    kept, amber = asked(last, wanted).ways
    assert (kept.grade, amber.grade) == (Grade.KEPT, Grade.AMBER)
    assert len(amber.changes) < len(kept.changes)
    assert [(one.rule, one.days) for one in amber.left] == [(Tie.GAP, 6)]
    answer = answer_to(clinic, last, wanted, Grade.AMBER)
    with pytest.raises(AmberNotAccepted):
        accept(clinic, last, answer)
    accept(clinic, last, answer, is_amber_meant=True)
    assert (visits(course)["dosing", 4].local_date - third).days == 6


def test_an_answer_is_good_for_its_person_and_visit_alone(clinic, course, dose):
    wanted = to(dose.starts_at + timedelta(minutes=30))
    answer = answer_to(clinic, dose, wanted)
    other = visits(course)["dosing", 3]
    for visit, member in ((other, clinic.desk), (dose, clinic.nurse)):
        with pytest.raises(AnswerUnknown):
            read(answer, visit=visit, member=member)
    with pytest.raises(AnswerUnknown):
        read(answer[:-2] + "xx", visit=dose, member=clinic.desk)


def test_a_way_whose_course_changed_meanwhile_is_refused_whole(clinic, course, dose):
    wanted = to(dose.starts_at + 4 * DAY)
    answer = answer_to(clinic, dose, wanted)
    third = visits(course)["dosing", 3]
    move_visit(
        visit=third, starts_at=third.starts_at + timedelta(minutes=30), by=clinic.desk,
        reason="", now=NOW,
    )  # fmt: skip
    with pytest.raises(ChangeOutdated) as refusal:
        accept(clinic, dose, answer, is_amber_meant=True)
    assert refusal.value.details == [{"visit": "Infusion 3 of 4", "change": "has another time now"}]
    dose.refresh_from_db()
    assert dose.version == 0


def test_a_way_whose_room_was_taken_meanwhile_is_refused_whole(clinic, course, dose):
    wanted = to(dose.starts_at + timedelta(minutes=150))
    answer = answer_to(clinic, dose, wanted)
    rival = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    make_visit(rival, clinic.chair, wanted.starts_at)
    with pytest.raises(ChangeOutdated) as refusal:
        accept(clinic, dose, answer)
    assert {"visit": "Infusion 2 of 4", "change": "has no room: it is taken or out of use"} in (
        refusal.value.details
    )
    assert Reservation.objects.get(session=dose).room_during.lower == dose.starts_at


def over_until(course, moment):
    """Every visit that is over by then took place."""
    over = course.visits.planned().filter(ends_at__lte=moment)
    over.filter(kind="dosing").update(status="DONE", begun_at=F("starts_at"))
    over.update(status="DONE")


def test_past_the_hard_maximum_a_clinician_decides_with_a_reason(clinic, course):
    third, last = visits(course)["dosing", 3], visits(course)["dosing", 4]
    now = third.ends_at + timedelta(hours=1)
    over_until(course, now)
    wanted = to(last.starts_at + (third.local_date + 9 * DAY - last.local_date))
    (way,) = asked(last, wanted, now).ways
    assert (way.grade, [one.limit for one in way.left]) == (Grade.CLINICIAN, [8])
    with pytest.raises(RightMissing):
        done(clinic, last, wanted, now=now, decision="The patient asked for it in a letter.")
    with pytest.raises(ReasonTooShort):
        done(clinic, last, wanted, now=now, by=clinic.prescriber, decision="Fine.")
    said = "The patient was abroad; the mood held."
    done(clinic, last, wanted, now=now, by=clinic.prescriber, decision=said)
    override = Override.objects.get()
    assert (override.rule, override.reason, override.by) == (
        "HARD_MAXIMUM", said, clinic.prescriber,
    )  # fmt: skip
    assert (visits(course)["dosing", 4].local_date - third.local_date).days == 9


def test_the_minimum_gap_always_stands(clinic, course):
    third, last = visits(course)["dosing", 3], visits(course)["dosing", 4]
    now = third.ends_at + timedelta(hours=1)
    over_until(course, now)
    found = asked(last, to(last.starts_at + (third.local_date + DAY - last.local_date)), now)
    assert found.ways == ()
    assert Tie.GAP in {one.rule for one in found.refusals}


def test_a_patients_late_cancelling_is_known_a_clinics_never(clinic, course, dose):
    third = visits(course)["dosing", 3]
    late, early = dose.starts_at - timedelta(hours=23), dose.starts_at - timedelta(hours=25)
    wanted = Wanted(Want.CANCEL, not_before=dose.local_date + DAY)
    done(clinic, dose, wanted, How.OPEN, now=late, party="CLINIC")
    done(clinic, third, wanted, How.OPEN, now=early, party="PATIENT")
    for visit in (dose, third):
        visit.refresh_from_db()
    assert (dose.cancelled_by, dose.is_late_cancel) == ("CLINIC", False)
    assert (third.cancelled_by, third.is_late_cancel) == ("PATIENT", False)
    last = visits(course)["dosing", 4]
    at = last.starts_at - timedelta(hours=23)
    done(clinic, last, wanted, How.OPEN, now=at, party="PATIENT")
    last.refresh_from_db()
    assert (last.cancelled_by, last.is_late_cancel) == ("PATIENT", True)


def test_a_conversation_moves_while_no_dose_is_booked(clinic, course):
    for visit in course.visits.filter(kind="dosing").order_by("seq"):
        cancel_visit(visit=visit, by=clinic.desk, reason="", now=NOW)
    talk = visits(course)["prep", 1]
    [way] = asked(talk, to(talk.starts_at + DAY)).ways
    assert [change.visit for change in way.changes] == [talk]
