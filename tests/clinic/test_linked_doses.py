"""The gap and everything else that counts doses goes by the person (DOMAIN 8.45)."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from clinic.deaths.services import report_death
from clinic.models import ChartLink
from courses.alerts.services import raise_alert
from courses.caps.selectors import excesses_of
from courses.caps.services import CapExceeded
from courses.doses.lines import dose_lines
from courses.doses.selectors import doses_of_patient, last_dose, last_doses
from courses.doses.services import record_dose
from courses.holds.services import open_hold, open_holds
from courses.lapses.selectors import lapse_of
from courses.models import Course, Hold, SafetyAlert, Screening
from courses.screening.selectors import lasting_found_before
from scheduling.services import (
    ChartsCollide,
    cancel_visit,
    record_dose_elsewhere,
    settle_death,
)
from scheduling.services.capping import dose_at, refuse_beyond_caps
from sessions.models import Session
from sessions.readiness import visit_blockers
from tests.clinic.linked import DAY, broken, course_on, dose, given, principals, refused_by
from tests.factories import NOW, make_version, small_definition

pytestmark = pytest.mark.django_db


def capped(clinic):
    """A label says: at most two doses within seven days."""
    said = {"path": "/caps/0", "authority": "W1", "note": "As the label says."}
    terms = {"sources": [said], "references": {"W1": "A label"}}
    content = small_definition(doses=4, caps=[{"doses": 2, "days": 7}], **terms)
    clinic.version = make_version(clinic.organization, content)


class TestTheGap:
    def test_8_45_doses_of_linked_charts_keep_the_minimum_gap(self, clinic, charts, link):
        course_on(clinic, charts[1])
        dose(clinic, charts[0], NOW)
        link(*charts)
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            dose(clinic, charts[1], NOW + DAY)
        assert refused_by(refusal) == "reservation_person_gap"
        dose(clinic, charts[1], NOW + 2 * DAY)
        assert broken() == []

    def test_8_45_one_person_is_not_in_two_places(self, clinic, charts, link):
        talk = {"kind": Session.Kind.PREPARATION, "visit_type": "preparation"}
        course_on(clinic, charts[1])
        dose(clinic, charts[0], NOW, **talk)
        link(*charts)
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            dose(clinic, charts[1], NOW + DAY / 24, **talk)
        assert refused_by(refusal) == "reservation_person_free"

    def test_8_45_a_dose_given_under_the_other_chart_keeps_its_gap(self, clinic, charts, link):
        given(clinic, charts[1], NOW - DAY)
        link(*charts)
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            dose(clinic, charts[0], NOW)
        assert refused_by(refusal) == "reservation_dose_elsewhere"
        dose(clinic, charts[0], NOW + DAY)

    def test_8_45_what_collides_is_listed_and_nothing_is_linked(self, clinic, charts, link):
        given(clinic, charts[1], NOW - DAY)
        dose(clinic, charts[0], NOW)
        dose(clinic, charts[0], NOW + 5 * DAY)
        dose(clinic, charts[1], NOW + 6 * DAY)
        with pytest.raises(ChartsCollide) as refusal:
            link(*charts)
        site = clinic.site.name
        assert [one["text"] for one in refusal.value.details] == [
            f"dosing on 5 January 2026 at 09:00, {site} and the dose on 4 January 2026:"
            " nearer than the minimum gap.",
            f"dosing on 11 January 2026 at 09:00, {site} and dosing on 10 January 2026 at 09:00,"
            f" {site}: nearer than the minimum gap.",
        ]
        assert principals(*charts) == [None, None]
        assert not ChartLink.objects.exists()

    def test_8_45_what_has_happened_hinders_no_link(self, clinic, charts, link):
        given(clinic, charts[0], NOW - 2 * DAY)
        given(clinic, charts[1], NOW - DAY)
        link(*charts)
        assert doses_of_patient(charts[0]).count() == 2
        assert broken() == []

    def test_8_45_a_dose_elsewhere_cancels_what_is_booked_in_either_chart(
        self, clinic, charts, link
    ):
        visit = dose(clinic, charts[0], NOW + DAY)
        link(*charts)
        said = {"drug": "esketamine", "route": "nasal", "amount_mg": None, "course": None}
        _, gone = record_dose_elsewhere(
            patient=charts[1], on=NOW.date(), by=clinic.nurse, now=NOW + DAY / 2, **said
        )
        assert gone == [visit]

    def test_8_45_no_dose_begins_too_near_to_one_of_the_other_chart(self, clinic, charts, link):
        course = course_on(clinic, charts[1])
        visit = dose(clinic, charts[0], NOW + DAY)
        link(*charts)
        # Written down afterwards; of booking it nobody had been asked.
        unbooked = {"visit_id": uuid4(), "seq": 1, "by": clinic.nurse, "now": NOW + DAY / 2}
        record_dose(course=course, on=NOW.date(), given_at=NOW, **unbooked)
        assert "GAP" in {one.code for one in visit_blockers(visit, now=NOW + DAY)}
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            Session.objects.filter(pk=visit.pk).update(status="IN_PROGRESS", begun_at=NOW + DAY)
        assert refused_by(refusal) == "session_dose_may_begin"


class TestTheUnion:
    def test_8_45_doses_count_for_both_charts(self, clinic, charts, link):
        mine, theirs = given(clinic, charts[0], NOW - 9 * DAY), given(clinic, charts[1], NOW - DAY)
        assert last_dose(charts[0]) == mine
        link(*charts)
        assert list(doses_of_patient(charts[0])) == list(doses_of_patient(charts[1]))
        assert last_dose(charts[0]) == theirs
        courses = [mine.course, theirs.course]
        assert last_doses(courses) == {chart.pk: theirs for chart in charts}
        assert last_doses(courses[:1]) == {charts[0].pk: theirs}

    def test_8_45_a_lapse_is_counted_from_the_persons_last_dose(self, clinic, charts, link):
        mine = given(clinic, charts[0], NOW - 9 * DAY)
        given(clinic, charts[1], NOW - 2 * DAY)
        assert lapse_of(mine.course, on=NOW.date()).days == 9
        link(*charts)
        assert lapse_of(mine.course, on=NOW.date()).days == 2

    def test_8_45_caps_count_the_doses_of_both(self, clinic, charts, link, monkeypatch):
        taken = []
        monkeypatch.setattr(
            "courses.caps.selectors.excesses",
            lambda *args, others, **more: taken.extend(others) or [],
        )
        course = given(clinic, charts[0], NOW - 9 * DAY).course
        given(clinic, charts[1], NOW - 2 * DAY)
        link(*charts)
        excesses_of(course, seq=2, on=NOW.date())
        assert len(taken) == 2

    def test_8_45_a_cap_counts_what_is_booked_in_the_other_chart(self, clinic, charts, link):
        capped(clinic)
        for n in (0, 3):
            dose(clinic, charts[0], NOW + n * DAY)
        third = dose(clinic, charts[1], NOW + 20 * DAY)
        link(*charts)
        with pytest.raises(CapExceeded, match="this would be number 3"):
            refuse_beyond_caps(third.course, [dose_at(third, NOW + 5 * DAY)])
        refuse_beyond_caps(third.course, [dose_at(third, NOW + 7 * DAY)])

    def test_8_45_charts_whose_booked_doses_exceed_a_labels_cap_are_not_linked(
        self, clinic, charts, link
    ):
        capped(clinic)
        visits = [dose(clinic, charts[n % 2], NOW + (0, 3, 5)[n] * DAY) for n in range(3)]
        with pytest.raises(ChartsCollide) as refusal:
            link(*charts)
        assert refusal.value.details[0]["text"] == (
            f"dosing on 5 January 2026 at 09:00, {clinic.site.name}: At most 2 doses within 7 days:"
            " this would be number 3."
        )
        assert len(refusal.value.details) == 3
        assert not ChartLink.objects.exists()
        cancel_visit(visit=visits[1], by=clinic.desk, reason="", now=NOW)
        link(*charts)

    def test_8_45_a_high_alert_holds_the_doses_of_both(self, clinic, charts, link):
        courses = [course_on(clinic, chart, status=Course.Status.ACTIVE) for chart in charts]
        link(*charts)
        raise_alert(
            patient=charts[1], course=courses[1], rule="CSSRS_HIGH",
            level=SafetyAlert.Level.HIGH, source_id=uuid4(), by=clinic.nurse, now=NOW,
        )  # fmt: skip
        kinds = {one.course_id: one.kind for one in Hold.objects.open()}
        assert kinds == dict.fromkeys([one.pk for one in courses], Hold.Kind.SUICIDE_RISK)

    def test_8_45_what_holds_one_chart_holds_the_other_from_the_link_on(
        self, clinic, charts, link, undo
    ):
        first, second = (course_on(clinic, one, status=Course.Status.ACTIVE) for one in charts)
        source = uuid4()
        said = {"by": clinic.prescriber, "now": NOW, "reason": "Test"}
        open_hold(course=second, kind=Hold.Kind.PREGNANCY, source_id=source, **said)
        open_hold(course=second, kind=Hold.Kind.CLINICIAN, **said)
        link(*charts)
        assert [(one.kind, one.source_id) for one in open_holds([first])[first.pk]] == [
            (Hold.Kind.PREGNANCY, source)
        ]
        undo(charts[1])
        assert first.pk in open_holds([first])

    def test_8_45_what_was_found_under_the_other_chart_is_known(self, clinic, charts, link):
        first, second = (course_on(clinic, chart, cleared=False) for chart in charts)
        screening = Screening.objects.create(
            organization=clinic.organization, course=second, started_at=NOW, started_by=clinic.nurse
        )
        screening.findings.create(
            organization=clinic.organization, code="CI_PSYCHOSIS_HX", answer="YES", weight="ABS",
            recorded_at=NOW, recorded_by=clinic.nurse,
        )  # fmt: skip
        assert lasting_found_before(first, ["CI_PSYCHOSIS_HX"]) == set()
        link(*charts)
        assert lasting_found_before(first, ["CI_PSYCHOSIS_HX"]) == {"CI_PSYCHOSIS_HX"}

    def test_8_45_a_course_says_which_doses_are_of_the_other_chart(self, clinic, charts, link):
        course = given(clinic, charts[0], NOW - 9 * DAY).course
        given(clinic, charts[1], NOW - 2 * DAY)
        link(*charts)
        lines = dose_lines(course)
        assert [(line.is_own, line.is_of_other_chart) for line in lines] == [
            (True, False), (False, True)
        ]  # fmt: skip
        assert lines[1].days == 7

    def test_8_45_a_death_ends_the_courses_of_both(self, clinic, charts, link):
        for chart in charts:
            dose(clinic, chart, NOW + 3 * DAY * (charts.index(chart) + 1))
        link(*charts)
        death = report_death(
            patient=charts[0], died_on=None, known_from="A call", by=clinic.desk, now=NOW
        )
        settle_death(death=death, by=clinic.nurse, now=NOW, restricts=False)
        assert set(Course.objects.values_list("status", "stop_reason")) == {("STOPPED", "DEATH")}
