"""Answering item by item: what is saved, what is told at once, how it ends."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from clinic.errors import DomainError
from courses.assessments import rules
from courses.assessments.services import (
    AssessmentEnded,
    Entry,
    Finish,
    ItemsMissing,
    abandon_assessment,
    amend_assessment,
    complete_assessment,
    enter_scores,
    save_item,
    save_items,
    start_assessment,
    withdraw_assessment,
)
from courses.assessments.services.results import AnswersRefused
from courses.models import Assessment, Hold, SafetyAlert
from tests.assessments.making import answers, at, course_asking, days, given, phq9, scored
from tests.factories import NOW, make_patient


@pytest.fixture
def course(clinic):
    return course_asking(clinic)


@pytest.fixture
def draft(clinic, course):
    return start_assessment(patient=course.patient, code="PHQ9", by=clinic.nurse, now=NOW)


def save(draft, item, answer, by, now=NOW):
    return save_item(assessment=draft, item=item, answer=answer, by=by, now=now)


def finish(draft, by, now=NOW, **how):
    return complete_assessment(assessment=draft, by=by, now=now, finish=Finish(**how))


def test_a_draft_belongs_to_the_patients_only_open_course(draft, course):
    assert (draft.course, draft.status, draft.mode) == (course, "DRAFT", "FULL")
    assert (draft.instrument, draft.instrument_version, draft.language) == ("PHQ9", "1", "en")


def test_with_two_open_courses_it_belongs_to_none_unless_one_is_named(clinic, course):
    other = course_asking(clinic, patient=course.patient)
    start = {"patient": course.patient, "by": clinic.nurse, "now": NOW}
    assert start_assessment(code="PHQ9", **start).course is None
    assert start_assessment(code="GAD7", course=other, **start).course == other


def test_anothers_course_is_refused(clinic, course):
    with pytest.raises(DomainError) as refusal:
        start_assessment(
            patient=make_patient(clinic.site), code="PHQ9", course=course, by=clinic.nurse, now=NOW
        )
    assert refusal.value.field == "course"


def test_each_answer_is_kept_as_it_comes_and_may_be_changed_or_taken_back(clinic, draft):
    save(draft, "1", 2, clinic.nurse)
    save(draft, "2", 3, clinic.nurse)
    save(draft, "1", 1, clinic.nurse)
    save(draft, "2", None, clinic.nurse)
    draft.refresh_from_db()
    assert draft.answers == {"1": 1}


@pytest.mark.parametrize(("item", "answer"), [("1", 4), ("1", -1), ("99", 0), ("1", "NA")])
def test_an_answer_that_the_item_does_not_have_is_refused_by_its_item(clinic, draft, item, answer):
    with pytest.raises(AnswersRefused) as refusal:
        save(draft, item, answer, clinic.nurse)
    assert refusal.value.field == item


def test_finishing_gives_total_and_band(clinic, draft):
    save_items(assessment=draft, answers=phq9(12), by=clinic.nurse, now=NOW)
    done = finish(draft, clinic.nurse)
    assert (done.total, done.band, done.is_valid, done.flags) == (12, "moderate", True, [])
    assert (done.status, done.ended_at, done.taken_at, done.dose_seq) == ("COMPLETE", NOW, NOW, 0)


def test_gaps_are_pointed_out_before_finishing(clinic, draft):
    save_items(assessment=draft, answers={**phq9(), "3": None}, by=clinic.nurse, now=NOW)
    with pytest.raises(ItemsMissing) as refusal:
        finish(draft, clinic.nurse)
    assert [one["item"] for one in refusal.value.details] == ["3"]
    draft.refresh_from_db()
    assert draft.status == "DRAFT"


def test_with_too_many_gaps_the_answers_stay_and_there_is_no_total(clinic, draft):
    save_items(assessment=draft, answers=answers(2, 2, 2, 2, 2), by=clinic.nurse, now=NOW)
    done = finish(draft, clinic.nurse, accept_missing=True)
    assert (done.total, done.band, done.is_valid) == (None, "", False)
    assert done.answers == answers(2, 2, 2, 2, 2)


def test_item_9_left_out_says_that_safety_was_not_screened(clinic, draft):
    save_items(assessment=draft, answers={**phq9(8), "9": None}, by=clinic.nurse, now=NOW)
    done = finish(draft, clinic.nurse, accept_missing=True)
    assert done.flags == ["PRORATED", "SAFETY_NOT_SCREENED"]
    assert (done.total, done.is_valid) == (9, True)


def test_8_32_item_9_alerts_though_the_total_is_minimal(clinic, draft):
    save_items(assessment=draft, answers={**phq9(2), "9": 1}, by=clinic.nurse, now=NOW)
    done = finish(draft, clinic.nurse)
    assert (done.total, done.band) == (3, "minimal")
    assert SafetyAlert.objects.get().level == "ALERT"


def test_8_33_an_abandoned_form_still_alerts_on_item_9_and_has_no_score(clinic, draft, course):
    saved = save(draft, "9", 2, clinic.nurse)
    (alert,) = SafetyAlert.objects.all()
    assert saved.alerts == [alert]
    assert (alert.rule, alert.level, alert.source_id) == ("PHQ9_9", "URGENT", draft.pk)
    assert (alert.course, alert.patient, alert.raised_at) == (course, course.patient, NOW)
    broken_off = abandon_assessment(assessment=draft, by=clinic.nurse, now=NOW)
    assert (broken_off.status, broken_off.total, broken_off.is_valid) == ("ABANDONED", None, False)
    assert broken_off.answers == {"9": 2}
    assert SafetyAlert.objects.open().count() == 1


def test_the_same_answer_again_alerts_once_and_a_higher_one_raises_the_level(clinic, draft):
    save(draft, "9", 1, clinic.nurse)
    save(draft, "9", 1, clinic.nurse)
    save(draft, "9", 3, clinic.nurse)
    save(draft, "9", 0, clinic.nurse)
    assert SafetyAlert.objects.get().level == "URGENT"


def test_8_34_high_risk_in_the_cssrs_holds_the_doses(clinic, course):
    entry = Entry(answers=answers(1, 1, 0, 1, 0, 0))
    done = enter_scores(patient=course.patient, code="CSSRS", entry=entry, by=clinic.nurse, now=NOW)
    assert (done.band, done.total, done.is_valid) == ("high", None, True)
    assert SafetyAlert.objects.get().level == "HIGH"
    assert Hold.objects.open().get(course=course).kind == Hold.Kind.SUICIDE_RISK


def test_a_second_start_on_the_day_goes_on_with_the_draft(clinic, draft, course):
    again = start_assessment(
        patient=course.patient, code="PHQ9", by=clinic.prescriber, now=NOW + timedelta(hours=1)
    )
    assert again == draft


def test_a_draft_of_another_day_is_broken_off_and_a_new_one_begun(clinic, draft, course):
    tomorrow = NOW + timedelta(days=1)
    fresh = start_assessment(patient=course.patient, code="PHQ9", by=clinic.nurse, now=tomorrow)
    draft.refresh_from_db()
    assert (fresh != draft, fresh.answers, draft.status) == (True, {}, "ABANDONED")


def test_an_ended_one_takes_no_answer_and_does_not_end_again(clinic, draft):
    save_items(assessment=draft, answers=phq9(), by=clinic.nurse, now=NOW)
    finish(draft, clinic.nurse)
    with pytest.raises(AssessmentEnded):
        save(draft, "1", 0, clinic.nurse)
    with pytest.raises(AssessmentEnded):
        finish(draft, clinic.nurse)
    with pytest.raises(AssessmentEnded):
        abandon_assessment(assessment=draft, by=clinic.nurse, now=NOW)


def test_the_database_refuses_to_overwrite_what_was_recorded(clinic, course):
    done = scored(course)
    for change in ("answers = '{}'", "total = 3", "taken_at = now()", "status = 'DRAFT'"):
        with (
            pytest.raises(DatabaseError, match="what was recorded of an assessment stays"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE courses_assessment SET {change} WHERE id = %s", [done.pk])  # noqa: S608 - the test's own words
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM courses_assessment")
    done.refresh_from_db()
    assert (done.total, done.answers) == (10, phq9(10))


def test_a_draft_may_be_changed_in_the_database(clinic, draft):
    Assessment.objects.filter(pk=draft.pk).update(answers={"1": 1})
    draft.refresh_from_db()
    assert draft.answers == {"1": 1}


def test_an_amendment_keeps_the_earlier_value_its_author_and_the_reason(clinic, course):
    first = scored(course, total=10)
    later = NOW + timedelta(hours=2)
    mended = amend_assessment(
        assessment=first,
        entry=Entry(answers=phq9(14)),
        reason="Typed from the wrong sheet",
        by=clinic.nurse,
        now=later,
    )
    first.refresh_from_db()
    assert (first.total, first.entered_by) == (10, course.created_by)
    assert (first.withdrawn_by, first.withdrawal_reason) == (
        clinic.nurse,
        "Typed from the wrong sheet",
    )
    assert (mended.total, mended.amends, mended.entered_by) == (14, first, clinic.nurse)
    assert mended.taken_at == first.taken_at
    assert list(Assessment.objects.complete()) == [mended]


def test_what_was_withdrawn_is_not_mended_or_withdrawn_again(clinic, course):
    done = scored(course)
    withdraw_assessment(assessment=done, reason="Another patient’s", by=clinic.nurse, now=NOW)
    for act in (
        lambda: withdraw_assessment(assessment=done, reason="Again", by=clinic.nurse, now=NOW),
        lambda: amend_assessment(
            assessment=done, entry=Entry(answers=phq9()), reason="Again", by=clinic.nurse, now=NOW
        ),
    ):
        with pytest.raises(AssessmentEnded):
            act()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 241])
def test_mending_asks_for_a_reason(clinic, course, reason):
    done = scored(course)
    with pytest.raises(DomainError) as refusal:
        withdraw_assessment(assessment=done, reason=reason, by=clinic.nurse, now=NOW)
    assert refusal.value.field == "reason"


def test_an_amendment_may_raise_an_alert_and_never_takes_one_back(clinic, course):
    first = scored(course)
    mended = amend_assessment(
        assessment=first,
        entry=Entry(answers={**phq9(), "9": 2}),
        reason="Item 9 was read wrongly",
        by=clinic.nurse,
        now=NOW,
    )
    assert SafetyAlert.objects.get().source_id == mended.pk
    amend_assessment(
        assessment=mended,
        entry=Entry(answers=phq9()),
        reason="It was right",
        by=clinic.nurse,
        now=NOW,
    )
    assert SafetyAlert.objects.open().count() == 1


def test_a_total_alone_is_checked_and_says_what_was_not_asked(clinic, course):
    def enter(total, **items):
        return enter_scores(
            patient=course.patient,
            code="MADRS",
            entry=Entry(answers=items, total=total, accept_missing=True),
            by=clinic.nurse,
            now=NOW,
        )

    assert enter(28).flags == ["SAFETY_NOT_SCREENED", "TOTAL_ONLY"]
    asked = enter(28, **{"10": 4})
    assert (asked.flags, asked.mode, asked.band) == (["TOTAL_ONLY"], "TOTAL", "moderate")
    assert SafetyAlert.objects.get().level == "URGENT"
    with pytest.raises(AnswersRefused) as refusal:
        enter(61)
    assert refusal.value.field == "total"


def test_8_38_two_baselines_on_one_day_are_both_kept(clinic, course):
    first, second = scored(course, total=18), scored(course, on=NOW, total=16)
    assert list(Assessment.objects.complete().order_by("total")) == [second, first]


def test_8_39_only_languages_that_ship_are_offered_for_full_entry(clinic, course):
    with pytest.raises(DomainError) as refusal:
        start_assessment(
            patient=course.patient, code="PHQ9", language="es", by=clinic.nurse, now=NOW
        )
    assert refusal.value.field == "language"
    course.patient.language = "es"
    begun = start_assessment(patient=course.patient, code="PHQ9", by=clinic.nurse, now=NOW)
    assert begun.language == "en"


def test_8_39_another_language_than_before_is_flagged(clinic, course):
    scored(course, on=NOW, language="es")
    mixed = scored(course, on=NOW, language="en")
    assert rules.LANGUAGE_MIXED in mixed.flags
    mended = amend_assessment(
        assessment=mixed,
        entry=Entry(answers=phq9(), language="es"),
        reason="It was asked in Spanish",
        by=clinic.nurse,
        now=NOW,
    )
    assert mended.flags == []


@pytest.mark.parametrize(
    ("code", "kind", "field"),
    [
        ("MADRS", {"mode": "FULL"}, "mode"),
        ("PHQ9", {"variant": "24h"}, "variant"),
        ("YBOCS", {"variant": "24h"}, "variant"),
        ("KSET", {}, "instrument"),
    ],
)
def test_what_an_instrument_does_not_have_is_refused(clinic, course, code, kind, field):
    with pytest.raises(DomainError) as refusal:
        start_assessment(patient=course.patient, code=code, by=clinic.nurse, now=NOW, **kind)
    assert refusal.value.field == field


def test_nothing_is_taken_in_the_future(clinic, course):
    with pytest.raises(DomainError) as refusal:
        enter_scores(
            patient=course.patient,
            code="PHQ9",
            entry=Entry(answers=phq9(), taken_at=NOW + timedelta(minutes=1)),
            by=clinic.nurse,
            now=NOW,
        )
    assert refusal.value.field == "taken_at"


def test_doses_before_it_are_counted(clinic, course):
    given(course, 1, days(-7))
    given(course, 2, days(-3))
    assert scored(course, on=at(days(-3), 9)).dose_seq == 1
    assert scored(course).dose_seq == 2
