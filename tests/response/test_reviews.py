"""Reviews: raised by doses and scores, decided by a clinician, never by themselves."""

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.errors import DomainError
from courses.assessments.services import (
    Entry,
    abandon_assessment,
    enter_scores,
    save_item,
    start_assessment,
)
from courses.models import BoosterWindow, Course, CourseEvent, Hold, MaintenanceStep, Review
from courses.response.rules import Relapse
from courses.response.services import Answer, ReviewDecided, decide_review
from tests.response.conftest import at

pytestmark = pytest.mark.django_db
SERIES = (0, 3, 7, 10, 14, 17)


def decide(treated, review, decision="CONTINUE", day=18.0, **more):
    answer = Answer(decision, more.pop("reason", "Going well."), **more)
    return decide_review(review=review, answer=answer, by=treated.by, now=at(day))


def kinds_of_events(treated):
    return set(CourseEvent.objects.filter(course=treated.course).values_list("kind", flat=True))


def test_the_protocol_asks_after_its_doses(treated):
    treated.doses(0, 3)
    assert treated.reviews() == []
    treated.dose(3, 7)
    [early] = treated.reviews()
    assert (early.kind, early.point, early.after_seq, early.holds) == ("PLANNED", "early", 3, False)
    assert early.due_on == at(9).date()
    assert early.numbers["baseline"] == "20"
    assert not Hold.objects.exists()
    assert "REVIEW_DUE" in kinds_of_events(treated)


def test_the_end_of_induction_holds_the_doses_until_it_is_decided(treated):
    treated.doses(*SERIES)
    end = treated.open_review("END_OF_INDUCTION")
    hold = Hold.objects.open().get(course=treated.course)
    assert (end.holds, hold.kind, hold.source_id) == (True, "REVIEW", end.pk)
    decided = decide(treated, end, "EXTEND", reason="A late responder.")
    assert (decided.decision, decided.decided_by, decided.reason) == (
        "EXTEND",
        treated.by,
        "A late responder.",
    )
    hold.refresh_from_db()
    assert (hold.released_by, hold.release_reason) == (treated.by, "A late responder.")
    event = CourseEvent.objects.get(course=treated.course, kind="REVIEWED")
    assert (event.by, event.reason) == (treated.by, "A late responder.")
    treated.course.refresh_from_db()
    assert treated.course.status == Course.Status.ACTIVE


@pytest.mark.parametrize(
    ("decision", "keeps", "is_held"),
    [("CHANGE", True, True), ("CHANGE", False, False), ("STOP", False, True)],
)
def test_a_decision_may_keep_the_hold(treated, decision, keeps, is_held):
    treated.doses(*SERIES)
    decide(treated, treated.open_review("END_OF_INDUCTION"), decision, keeps_hold=keeps)
    assert Hold.objects.open().exists() is is_held
    treated.course.refresh_from_db()
    # Deciding to stop stops nothing by itself.
    assert treated.course.status == Course.Status.ACTIVE


def test_the_same_dose_asks_once(treated):
    treated.doses(0, 3, 7)
    treated.dose(3, 8)
    assert len(treated.reviews("PLANNED")) == 1


def test_a_dose_that_does_not_count_asks_nothing(treated):
    treated.doses(0, 3)
    treated.dose(3, 7, counts=False)
    assert treated.reviews() == []


def test_8_35_worse_after_dose_2_is_a_task_and_stops_nothing(treated):
    treated.doses(0, 3)
    treated.score(5, 25)
    [review] = treated.reviews()
    assert (review.kind, review.holds, review.due_on) == ("WORSENING", False, at(5).date())
    assert review.numbers["status"] == "WORSE"
    treated.course.refresh_from_db()
    assert treated.course.status == Course.Status.ACTIVE
    assert not Hold.objects.exists()
    # Still worse: the same task.
    treated.score(6, 26)
    assert len(treated.reviews("WORSENING")) == 1
    decide(treated, review, "CHANGE", day=6.5)
    treated.score(7, 26)
    assert len(treated.reviews("WORSENING")) == 2


def test_worse_by_less_than_matters_is_no_task(treated):
    treated.doses(0, 3)
    treated.score(5, 24)
    assert treated.reviews() == []


def test_new_thoughts_of_suicide_ask_at_once(treated):
    treated.dose(1, 0)
    treated.score(2, 18)
    treated.score(4, 15, thoughts=1)
    [review] = treated.reviews()
    assert (review.kind, review.due_on) == ("SUICIDALITY", at(4).date())


@pytest.mark.parametrize(("before", "now", "asks"), [(1, 1, False), (2, 1, False), (1, 2, True)])
def test_only_more_thoughts_than_before_ask(begin, before, now, asks):
    treated = begin()
    treated.score(-1, 20, thoughts=before)
    treated.dose(1, 0)
    treated.score(7, 15, thoughts=now)
    assert bool(treated.reviews("SUICIDALITY")) is asks


def begun(treated, day):
    return start_assessment(
        patient=treated.patient,
        code="PHQ9",
        by=treated.clinic.nurse,
        now=at(day),
        course=treated.course,
    )


def item_9(treated, draft, answer, day):
    save_item(assessment=draft, item="9", answer=answer, by=treated.clinic.nurse, now=at(day))


def test_new_thoughts_ask_at_once_though_the_score_is_broken_off(treated):
    treated.dose(1, 0)
    draft = begun(treated, 4)
    item_9(treated, draft, 2, 4)
    [review] = treated.reviews()
    assert (review.kind, review.source_id) == ("SUICIDALITY", draft.pk)
    abandon_assessment(assessment=draft, by=treated.clinic.nurse, now=at(4))
    assert treated.reviews() == [review]


def test_new_thoughts_ask_though_too_much_is_missing_for_a_total(treated):
    treated.dose(1, 0)
    entry = Entry(answers={"9": 1}, taken_at=at(4), accept_missing=True)
    score = enter_scores(
        patient=treated.patient,
        code="PHQ9",
        entry=entry,
        by=treated.clinic.nurse,
        now=at(4),
        course=treated.course,
    )
    assert not score.is_valid
    [review] = treated.reviews()
    assert (review.kind, review.source_id) == ("SUICIDALITY", score.pk)


def test_after_induction_new_thoughts_alone_flag_relapse(treated):
    treated.doses(*SERIES)
    decide(treated, treated.open_review("END_OF_INDUCTION"), "OBSERVE")
    treated.score(22, 5)
    item_9(treated, begun(treated, 40), 1, 40)
    assert treated.standing(41).relapse == (Relapse.NEW_SI,)
    flags = CourseEvent.objects.filter(course=treated.course, kind="RELAPSE_FLAGGED")
    assert flags.count() == 1
    assert treated.open_review("BOOSTER").due_on > at(40).date()
    # The next score shows no other sign: nothing new is flagged while that is open.
    treated.score(41, 6)
    assert flags.count() == 1


def test_before_the_first_dose_screening_asks_by_itself(begin):
    treated = begin()
    treated.score(-3, 15)
    treated.score(-1, 22, thoughts=3)
    assert treated.reviews() == []


def test_a_score_entered_late_is_not_the_latest(treated):
    treated.doses(0, 3)
    treated.score(6, 15)
    assert treated.reviews() == []
    treated.score(5, 26, entered=7)
    assert treated.reviews("WORSENING") == []


@pytest.mark.parametrize(
    ("decision", "reason", "field"),
    [
        ("BOOST", "Because.", "decision"),
        ("", "Because.", "decision"),
        ("CONTINUE", "  ", "reason"),
        ("CONTINUE", "x" * 241, "reason"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(treated, decision, reason, field):
    treated.doses(0, 3, 7)
    review = treated.open_review("PLANNED")
    with pytest.raises(DomainError) as refused:
        decide(treated, review, decision, reason=reason)
    assert refused.value.field == field
    assert treated.open_review("PLANNED") == review


def test_a_review_is_decided_once(treated):
    treated.doses(0, 3, 7)
    review = treated.open_review("PLANNED")
    decide(treated, review)
    with pytest.raises(ReviewDecided):
        decide(treated, Review.objects.get(pk=review.pk), "STOP")
    review.refresh_from_db()
    assert review.decision == "CONTINUE"


@pytest.mark.parametrize(
    "change", ["reason = 'x'", "decided_at = NULL", "numbers = '{}'", "holds = NOT holds"]
)
def test_a_decided_review_cannot_be_rewritten(treated, change):
    treated.doses(0, 3, 7)
    decide(treated, treated.open_review("PLANNED"))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE courses_review SET {change}")  # noqa: S608 # of ours
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.all().delete()


def test_no_decision_without_its_moment(treated):
    treated.doses(0, 3, 7)
    said = {"decision": "CONTINUE", "decided_by": treated.by, "reason": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.update(**said)


def test_an_open_review_keeps_its_question_and_numbers(treated):
    treated.doses(0, 3, 7)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.update(question="Another?")


def test_a_decision_names_the_thresholds_it_was_made_under(treated):
    treated.doses(0, 3, 7)
    decided = decide(treated, treated.open_review("PLANNED"))
    assert (decided.thresholds_number, decided.decided_thresholds_number) == (0, 0)
    assert decided.decided_numbers["instrument"] == "PHQ9"


def relapsed(treated):
    treated.doses(*SERIES)
    decide(treated, treated.open_review("END_OF_INDUCTION"), "OBSERVE")
    treated.score(22, 5)
    treated.score(45, 12)


def test_relapse_asks_to_consider_a_booster_within_two_working_days(treated):
    relapsed(treated)
    review = treated.open_review("BOOSTER")
    # From a Thursday to a Monday.
    assert (at(45).weekday(), review.due_on) == (3, at(49).date())
    assert "RELAPSE_FLAGGED" in kinds_of_events(treated)
    assert not BoosterWindow.objects.exists()


def test_a_booster_that_is_offered_opens_a_window_and_books_nothing(treated):
    relapsed(treated)
    decide(treated, treated.open_review("BOOSTER"), "BOOST", day=46, reason="Sinking fast.")
    window = BoosterWindow.objects.get()
    assert (window.why, window.status, window.opened_by) == ("EARLY", "OPEN", treated.by)
    assert (window.due_from, window.due_to) == (at(46).date(), at(53).date())
    assert "BOOSTER_DUE" in kinds_of_events(treated)
    assert not MaintenanceStep.objects.exists()


def test_a_booster_that_is_not_offered_is_not_asked_about_again_for_that_score(treated):
    relapsed(treated)
    decide(treated, treated.open_review("BOOSTER"), "WAIT", day=46)
    assert not BoosterWindow.objects.exists()
    treated.score(47, 12)
    assert len(treated.reviews("BOOSTER")) == 2


def test_no_booster_is_considered_within_the_minimum_gap(treated):
    treated.doses(*SERIES)
    treated.score(18, 5)
    treated.score(18.5, 12)
    assert treated.reviews("BOOSTER") == []
