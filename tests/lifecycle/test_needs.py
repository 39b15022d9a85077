"""What DOMAIN 2.7 asks for after a lapse, and what a decision does to interval and screening."""

from datetime import timedelta

import pytest

from clinic.errors import DomainError
from courses.lapses.needs import needs_of
from courses.lapses.selectors import lapse_of
from courses.lapses.services import NeedsMissing, take_up_course
from courses.models import Course, Hold, LapseDecision, MaintenanceStep, Screening
from courses.response.services import Chosen, choose_interval
from courses.screening.services import end_decision
from scheduling.services import halt_course, settle_lapse
from tests.api.conftest import Caller
from tests.factories import NOW, clear, make_course, make_patient, make_version
from tests.lifecycle.lives import DAY, WHY, at, give_until, scored_after, sign
from tests.response.conftest import SHIPPED, Treated
from tests.screening.conftest import gather, screened

pytestmark = pytest.mark.django_db


@pytest.fixture
def last(clinic, course):
    return give_until(course, clinic, seq=2)


def decide(course, clinic, days, option, *, last):
    on = last.on + days * DAY
    return settle_lapse(
        course=Course.objects.get(pk=course.pk),
        on=on,
        option=option,
        by=clinic.prescriber,
        reason=WHY,
        now=at(on, course),
    )


class TestScore:
    @pytest.mark.parametrize("option", ["CONTINUE", "ADD_1", "ADD_2"])
    def test_without_one_since_the_dose_nothing_goes_on(self, clinic, course, last, option):
        scored_after(last, clinic, now=last.given_at - timedelta(minutes=1))
        with pytest.raises(NeedsMissing, match="a complete score since the last dose") as refused:
            decide(course, clinic, 10, option, last=last)
        assert [one["code"] for one in refused.value.details] == ["SCORE"]
        assert not LapseDecision.objects.exists()
        scored_after(last, clinic, now=at(last.on + 9 * DAY, course))
        assert decide(course, clinic, 10, option, last=last).option == option

    def test_a_restart_brings_its_own(self, clinic, course, last):
        assert decide(course, clinic, 20, "RESTART", last=last).option == "RESTART"

    def test_the_same_day_check_is_named_and_is_of_the_day(self, clinic, course, last):
        lapse = lapse_of(course, on=last.on + 20 * DAY)
        (need,) = needs_of(course, lapse, now=at(last.on + 20 * DAY, course))
        assert (need.code, need.is_met, need.bars) == ("SAME_DAY_SCREEN", False, False)
        assert decide(course, clinic, 20, "CONTINUE", last=last)

    def test_the_api_names_what_is_missing(self, clinic, course, last, clock):
        on = last.on + 10 * DAY
        clock(at(on, course))
        said = {"on": on.isoformat(), "option": "CONTINUE", "reason": WHY}
        answer = Caller(clinic.prescriber).post(f"/courses/{course.pk}/lapse", said)
        assert answer.status_code == 400
        assert "a complete score since the last dose" in answer.content.decode()


class TestConsentAndScreening:
    def test_a_long_lapse_asks_for_a_consent_and_holds_for_a_screening(self, clinic, course, last):
        with pytest.raises(DomainError, match="a current consent to this drug and route"):
            decide(course, clinic, 30, "RESUME", last=last)
        sign(course, clinic, at(last.on + 29 * DAY, course))
        decide(course, clinic, 30, "RESUME", last=last)
        assert [hold.kind for hold in Hold.objects.open()] == ["RESCREEN"]

    def test_a_screening_since_the_dose_is_new_enough(self, clinic, course, last):
        later = at(last.on + 29 * DAY, course)
        sign(course, clinic, later)
        end_decision(course=course, why="LAPSE", now=last.given_at + DAY)
        clear(course, clinic.prescriber, decided_at=later)
        decide(course, clinic, 30, "RESUME", last=last)
        assert not Hold.objects.open().exists()

    def test_who_chooses_to_screen_again_is_not_asked_for_more(self, clinic, course, last):
        decide(course, clinic, 30, "RESCREEN", last=last)
        assert [hold.kind for hold in Hold.objects.open()] == ["RESCREEN"]


class TestStepBack:
    @pytest.fixture
    def maintained(self, clinic):
        """A dose every 28 days, the last of them 50 days ago."""
        version = make_version(clinic.organization, SHIPPED["MAINT_IV"])
        course = make_course(
            make_patient(clinic.site), version, clinic.desk, status="ACTIVE", dose_count=9
        )
        found = Treated(clinic, course)
        found.score(-1, 20)
        found.dose(1, 0)
        found.score(49, 12)
        return found

    def choose(self, maintained, days):
        choose_interval(
            course=maintained.course,
            chosen=Chosen("START", days),
            seen=0,
            reason=WHY,
            by=maintained.by,
            now=NOW + timedelta(days=1),
        )

    def settle(self, maintained):
        return settle_lapse(
            course=Course.objects.get(pk=maintained.course.pk),
            on=NOW.date() + 50 * DAY,
            option="STEP_BACK",
            by=maintained.by,
            reason=WHY,
            now=NOW + 50 * DAY,
        )

    def steps(self, maintained):
        rows = MaintenanceStep.objects.filter(course=maintained.course).order_by("number")
        return list(rows.values_list("move", "interval_days"))

    def test_it_takes_the_next_shorter_interval(self, maintained):
        self.choose(maintained, 28)
        self.settle(maintained)
        assert self.steps(maintained) == [("START", 28), ("BACK", 21)]
        assert maintained.course.events.filter(kind="INTERVAL_CHANGED").count() == 2
        # The row asks for a new screening too.
        assert [hold.kind for hold in Hold.objects.open()] == ["RESCREEN"]

    def test_the_shortest_interval_stays(self, maintained):
        self.choose(maintained, 7)
        self.settle(maintained)
        assert self.steps(maintained) == [("START", 7)]

    def test_without_an_interval_in_force_there_is_none_to_shorten(self, maintained):
        assert self.settle(maintained).option == "STEP_BACK"
        assert self.steps(maintained) == []


class TestScreenedAgain:
    """8.41: a pause of more than 28 days holds doses until somebody clears the patient again."""

    @pytest.fixture
    def back(self, clinic):
        case = screened(clinic)
        gather(case)
        course, by = case.course, clinic.prescriber
        halt_course(course=course, until=NOW.date() + 40 * DAY, by=by, reason=WHY, now=NOW)
        take_up_course(course=course, by=by, reason="", now=NOW + 29 * DAY)
        assert [hold.kind for hold in Hold.objects.open()] == ["RESCREEN"]
        return case

    def test_8_41_a_decision_that_clears_releases_the_hold(self, clinic, back):
        back.decide("ELIGIBLE", now=NOW + 29 * DAY)
        hold = Hold.objects.get()
        assert (hold.released_by, hold.release_reason) == (back.by, "Screened again: cleared.")

    def test_8_41_other_holds_stay(self, clinic, back):
        Hold.objects.create(
            organization_id=back.course.organization_id,
            course=back.course,
            kind=Hold.Kind.PREGNANCY,
            opened_at=NOW,
        )
        back.decide("ELIGIBLE", now=NOW + 29 * DAY)
        assert [hold.kind for hold in Hold.objects.open()] == ["PREGNANCY"]

    @pytest.mark.parametrize("outcome", ["DEFERRED", "NOT_ELIGIBLE"])
    def test_8_41_another_decision_does_not(self, clinic, back, outcome):
        back.decide(outcome, now=NOW + 29 * DAY)
        assert Screening.objects.get(course=back.course).status == outcome
        assert Hold.objects.open().filter(kind="RESCREEN").exists()
