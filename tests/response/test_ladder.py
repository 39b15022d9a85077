"""Maintenance with a moving clock: the spray past week 9, a taper with relapse and step back."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import IntegrityError, transaction

from clinic.errors import DomainError
from courses.models import BoosterWindow, Course, MaintenanceStep, Review
from courses.response.boosters import WindowClosed, close_window
from courses.response.services import (
    Answer,
    Chosen,
    IntervalChanged,
    choose_interval,
    decide_review,
    watch_courses,
)
from tests.response.conftest import at

pytestmark = pytest.mark.django_db
SPRAY_WEEKS_1_TO_8 = (0, 3, 7, 10, 14, 17, 21, 24, 28, 35, 42, 49)


def decide(treated, review, decision, day, **more):
    answer = Answer(decision, "As discussed.", **more)
    return decide_review(review=review, answer=answer, by=treated.by, now=at(day))


def accept(treated, day):
    """Take what is proposed, as the page shows it."""
    review = treated.open_review("INTERVAL")
    step = MaintenanceStep.objects.filter(course=treated.course).order_by("number").last()
    seen = step.number if step else 0
    return decide(treated, review, "ACCEPT", day, seen=seen, days=review.proposal["to_days"])


def choose(treated, days, day, seen=0, move="START", reason="From here."):
    return choose_interval(
        course=treated.course,
        chosen=Chosen(move, days),
        seen=seen,
        reason=reason,
        by=treated.by,
        now=at(day),
    )


def interval(treated):
    return MaintenanceStep.objects.filter(course=treated.course).latest("number").interval_days


def window(treated):
    return BoosterWindow.objects.open().get(course=treated.course)


@pytest.fixture
def spray(begin):
    """Esketamine with a response, through week 8 and its reviews."""
    treated = begin("ESK_TRD")
    treated.score(-1, 20)
    for seq, day in enumerate(SPRAY_WEEKS_1_TO_8, start=1):
        if day >= 21:
            treated.score(day - 0.01, 8)
        treated.dose(seq, day)
        for review in Review.objects.open().filter(course=treated.course, holds=True):
            decide(treated, review, "CONTINUE", day + 0.1)
    return treated


def test_the_spray_past_week_9_goes_out_back_and_out_again(spray):
    assert [review.point for review in spray.reviews("END_OF_INDUCTION", "PLANNED")] == [
        "week_4",
        "week_8",
    ]
    start = spray.open_review("INTERVAL")
    assert start.proposal == {"move": "START", "to_days": 7}
    assert not BoosterWindow.objects.exists()
    accept(spray, 50)
    assert (window(spray).due_from, window(spray).due_to) == (at(56).date(), at(63).date())

    for seq, day in ((13, 56), (14, 63)):
        spray.score(day - 0.01, 7)
        spray.dose(seq, day)
    assert spray.open_review("INTERVAL").proposal == {"move": "OUT", "to_days": 14}
    # Nobody is moved before a clinician takes it.
    assert (interval(spray), window(spray).due_from) == (7, at(70).date())
    accept(spray, 64)
    assert (interval(spray), window(spray).due_from) == (14, at(77).date())

    spray.score(76.9, 8)
    spray.dose(15, 77)
    spray.score(84, 14)
    [back] = [review for review in spray.reviews("INTERVAL") if not review.decision]
    assert back.proposal == {"move": "BACK", "to_days": 7}
    assert spray.reviews("BOOSTER")
    accept(spray, 84.5)
    assert (interval(spray), window(spray).due_from) == (7, at(84).date())

    for seq, day in ((16, 85), (17, 92)):
        spray.score(day - 0.01, 7)
        spray.dose(seq, day)
    assert interval(spray) == 7  # the way back out asks for a review again
    accept(spray, 93)
    assert interval(spray) == 14
    statuses = BoosterWindow.objects.filter(course=spray.course).values_list("status", flat=True)
    assert sorted(statuses) == ["CLOSED", "CLOSED", "CLOSED", "DONE", "DONE", "DONE", "DONE",
                                "DONE", "OPEN"]  # fmt: skip


def test_the_spray_does_not_go_further_than_two_weeks(spray):
    accept(spray, 50)
    choose(spray, 14, 51, seen=1, move="CHOSEN")
    for seq, day in ((13, 63), (14, 77), (15, 91)):
        spray.score(day - 0.01, 7)
        spray.dose(seq, day)
    assert not Review.objects.open().filter(course=spray.course, kind="INTERVAL").exists()


@pytest.fixture
def taper(begin):
    """Infusions of maintenance that began in response, by another course's baseline of 20."""
    treated = begin("MAINT_IV")
    treated.score(-1, 20)
    treated.dose(1, 0)
    accept(treated, 1)
    return treated


def test_a_taper_to_as_needed(taper):
    day, seqs = 0, count(2)
    for rung in (7, 14, 21, 28, 42):
        assert interval(taper) == rung
        for _ in range(2):
            day += rung
            taper.score(day - 0.01, 6)
            taper.dose(next(seqs), day)
        for review in Review.objects.open().filter(course=taper.course, kind="PLANNED"):
            decide(taper, review, "CONTINUE", day + 0.1)
        accept(taper, day + 0.2)
    assert interval(taper) is None
    assert not BoosterWindow.objects.open().exists()


def test_a_taper_with_relapse_and_a_step_back(taper):
    for seq, day in ((2, 7), (3, 14)):
        taper.score(day - 0.01, 5)
        taper.dose(seq, day)
    accept(taper, 15)
    assert interval(taper) == 14
    taper.score(27.9, 6)
    taper.dose(4, 28)
    taper.score(36, 12)
    assert taper.standing(36).relapse
    review = taper.open_review("INTERVAL")
    assert review.proposal == {"move": "BACK", "to_days": 7}
    accept(taper, 36.2)
    assert interval(taper) == 7
    step = MaintenanceStep.objects.latest("number")
    assert (step.move, step.by) == ("BACK", taper.by)
    assert window(taper).due_from == at(35).date()
    # The same score does not send it back once more.
    taper.dose(5, 36.5)
    assert not Review.objects.open().filter(kind="INTERVAL").exists()


def test_scores_that_differ_by_what_matters_keep_the_interval(taper):
    for seq, day, total in ((2, 7, 4), (3, 14, 9)):
        taper.score(day - 0.01, total)
        taper.dose(seq, day)
    assert not Review.objects.open().filter(kind="INTERVAL").exists()


def test_a_kept_interval_counts_scores_anew(taper):
    for seq, day in ((2, 7), (3, 14)):
        taper.score(day - 0.01, 5)
        taper.dose(seq, day)
    decide(taper, taper.open_review("INTERVAL"), "KEEP", 15, seen=1)
    assert interval(taper) == 7
    taper.score(20.9, 5)
    taper.dose(4, 21)
    assert not Review.objects.open().filter(kind="INTERVAL").exists()
    taper.score(27.9, 5)
    taper.dose(5, 28)
    assert taper.open_review("INTERVAL").proposal["to_days"] == 14


def test_a_proposal_that_scores_have_overtaken_is_not_taken(taper):
    for seq, day in ((2, 7), (3, 14)):
        taper.score(day - 0.01, 5)
        taper.dose(seq, day)
    review = taper.open_review("INTERVAL")
    taper.score(17, 13)
    with pytest.raises(IntervalChanged), transaction.atomic():
        decide(taper, review, "ACCEPT", 18, seen=1, days=14)
    assert interval(taper) == 7
    assert taper.open_review("INTERVAL") == review


@pytest.mark.parametrize(
    ("days", "reason", "field"),
    [(0, "Why.", "interval_days"), (366, "Why.", "interval_days"), (3, "Why.", "interval_days"),
     (14, " ", "reason"), (14, "x" * 241, "reason")],
)  # fmt: skip
def test_an_interval_that_does_not_fit_is_refused(taper, days, reason, field):
    with pytest.raises(DomainError) as refused:
        choose(taper, days, 2, seen=1, reason=reason)
    assert refused.value.field == field


def test_a_protocol_without_maintenance_has_no_ladder(treated):
    treated.dose(1, 0)
    with pytest.raises(DomainError, match="no maintenance"):
        choose(treated, 14, 1)


def test_who_saw_another_interval_is_refused(taper):
    choose(taper, 14, 2, seen=1, move="CHOSEN")
    with pytest.raises(IntervalChanged):
        choose(taper, 21, 3, seen=1, move="CHOSEN")


def test_steps_stay(taper):
    with pytest.raises(IntegrityError), transaction.atomic():
        MaintenanceStep.objects.update(interval_days=3)


def test_a_window_that_passed_lapses_and_is_not_opened_again(taper):
    assert (window(taper).due_from, window(taper).due_to) == (at(7).date(), at(14).date())
    watch_courses(now=at(14.4))
    assert window(taper)
    assert watch_courses(now=at(16)) == 1
    assert BoosterWindow.objects.get().status == "LAPSED"
    assert watch_courses(now=at(17)) == 0
    taper.dose(2, 18)
    assert window(taper).due_from == at(25).date()


def test_windows_of_a_course_that_stopped_are_closed(taper):
    Course.objects.filter(pk=taper.course.pk).update(
        status=Course.Status.STOPPED, stop_reason=Course.StopReason.PATIENT_WISH
    )
    watch_courses(now=at(3))
    assert BoosterWindow.objects.get().status == "CLOSED"


def test_a_window_is_closed_once_for_a_reason(taper):
    found = window(taper)
    with pytest.raises(DomainError, match="reason"):
        close_window(window=found, reason=" ", by=taper.by, now=at(8))
    close_window(window=found, reason="On holiday.", by=taper.by, now=at(8))
    with pytest.raises(WindowClosed):
        close_window(window=found, reason="Again.", by=taper.by, now=at(9))
    assert watch_courses(now=at(9)) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        BoosterWindow.objects.update(status="OPEN", closed_at=None)


def test_who_cannot_be_asked_about_yet_starves_nobody(begin, taper, monkeypatch):
    monkeypatch.setattr("courses.response.services.BATCH", 1)
    behind = begin("MAINT_IV")
    behind.score(-1, 20)
    behind.dose(1, 0)
    accept(behind, 1)
    for treated, last in ((taper, 15), (behind, 13)):
        for seq, day in ((2, 7), (3, last)):
            treated.score(day - 0.01, 5)
            treated.dose(seq, day)
        treated.score(17, 13)
    assert taper.course.pk < behind.course.pk
    watch_courses(now=at(20))  # of seven days at least between doses
    assert (len(taper.reviews("BOOSTER")), len(behind.reviews("BOOSTER"))) == (0, 1)


def test_an_early_booster_waits_for_the_gap_and_is_then_considered_by_the_worker(taper):
    for seq, day in ((2, 7), (3, 14)):
        taper.score(day - 0.01, 5)
        taper.dose(seq, day)
    taper.score(17, 13)
    assert not taper.reviews("BOOSTER")  # three days after a dose, of seven
    watch_courses(now=at(20))
    assert not taper.reviews("BOOSTER")
    watch_courses(now=at(21))
    assert len(taper.reviews("BOOSTER")) == 1
    watch_courses(now=at(22))
    assert len(taper.reviews("BOOSTER")) == 1


def test_more_than_two_early_boosters_in_sixty_days_ask_about_misuse(taper):
    seq, day = count(2), 1
    taper.score(day, 5)
    for number in range(3):
        day += 8
        taper.score(day, 13 + number % 2)
        review = taper.open_review("BOOSTER")
        decide(taper, review, "BOOST", day + 0.1)
        taper.dose(next(seq), day + 0.2)
        asked = taper.reviews("BOOSTER_USE")
        assert len(asked) == (number == 2)
        taper.score(day + 1, 5)
    assert "More than 2 early boosters in 60 days" in asked[0].question


def test_follow_up_scores_without_doses_are_asked_for_after_induction():
    from tests.response.conftest import SHIPPED

    points = {one["name"]: one["days"] for one in SHIPPED["IV_2W3"]["assessments"]}
    weeks = [points[name][0] for name in ("week_2", "week_4", "week_8")]
    assert [timedelta(days=days) for days in weeks] == [timedelta(weeks=n) for n in (2, 4, 8)]
