"""Two charts of one person count as one for what is safe (DOMAIN 8.45), and that can be undone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.charts import restrict_chart
from clinic.errors import DomainError
from clinic.identity.selectors import charts_of, link_of
from clinic.identity.services import (
    ChartsLinked,
    ChartsNotLinked,
    ChartsRestrictedUnalike,
    unlink_charts,
)
from clinic.models import AuditEvent, ChartLink, Patient, Role
from clinic.rights import RightMissing
from courses.alerts.services import raise_alert
from courses.caps.selectors import excesses_of
from courses.doses.selectors import doses_of_patient, last_dose, last_doses
from courses.doses.services import record_dose
from courses.holds.services import open_hold, open_holds
from courses.lapses.selectors import lapse_of
from courses.models import Course, Hold, SafetyAlert
from courses.services import begin_following_course, start_course
from courses.services.starting import ChartNotStanding
from scheduling.invariants import INVARIANTS
from scheduling.models import Reservation
from scheduling.services import ChartsCollide, link_persons, record_dose_elsewhere
from sessions.models import Session
from sessions.readiness import visit_blockers
from tests.factories import NOW, make_course, make_patient, make_room, make_visit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# Those that rows made for a test can keep.
OF_PERSONS = [one for one in INVARIANTS if not one.name.startswith("visit_has")]
WHY = "The same passport was shown at both sites."


@pytest.fixture
def charts(clinic):
    """Two charts of one person, who was registered twice."""
    return make_patient(clinic.site), make_patient(clinic.site, given_name="Adah")


@pytest.fixture
def link(clinic):
    """Links the second chart to the first."""

    def linked(principal, chart, by=None, now=NOW):
        by = by or clinic.prescriber
        return link_persons(chart=chart, principal=principal, by=by, reason=WHY, now=now)

    return linked


@pytest.fixture
def undo(clinic):
    def undone(chart, now=NOW + DAY):
        said = {"by": clinic.prescriber, "reason": "It was her twin sister after all."}
        return unlink_charts(link=link_of(chart), now=now, **said)

    return undone


def course_on(clinic, chart, **fields):
    return make_course(chart, clinic.version, clinic.desk, **fields)


def dose(clinic, chart, at, **fields):
    """A visit to come, booked in the chart's open course: its first dose, if nothing else."""
    courses = Course.objects.filter(patient=chart).order_by("pk")
    course = courses.last() or course_on(clinic, chart)
    seq = course.visits.count() + 1
    return make_visit(course, make_room(clinic.site), at, seq=seq, **fields)


def given(clinic, chart, at):
    """A dose that was given, in a course of its own."""
    course = course_on(clinic, chart)
    visit = make_visit(course, make_room(clinic.site), at, status=Session.Status.DONE)
    said = {"course": course, "visit_id": visit.pk, "seq": 1, "by": clinic.nurse}
    return record_dose(on=visit.local_date, given_at=at, now=max(at, NOW), **said)


def refused_by(excinfo):
    return excinfo.value.__cause__.diag.constraint_name


def principals(*charts):
    found = dict(Patient.objects.values_list("pk", "principal_id"))
    return [found[chart.pk] for chart in charts]


def broken():
    with connection.cursor() as cursor:
        found = []
        for one in OF_PERSONS:
            cursor.execute(one.sql)
            found += [one.name for _ in cursor.fetchall()]
    return found


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


class TestWhichChartStands:
    def test_8_45_new_courses_are_begun_on_the_chart_that_stands(self, clinic, charts, link):
        old = course_on(clinic, charts[1])
        link(*charts)
        dates = {"earliest_on": NOW.date(), "latest_first_on": NOW.date() + 7 * DAY}
        said = {"protocol_version": clinic.version, "by": clinic.prescriber, "now": NOW, **dates}
        with pytest.raises(ChartNotStanding):
            start_course(patient=charts[1], site=clinic.site, lead_therapist=None, **said)
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            course_on(clinic, charts[1])
        assert refused_by(refusal) == "course_on_standing_chart"
        course_on(clinic, charts[0])
        old.patient.refresh_from_db()
        follower = begin_following_course(course=old, relation="REINDUCTION", reason=WHY, **said)
        assert follower.patient_id == charts[0].pk

    def test_8_45_a_chain_has_one_chart_that_stands_and_comes_apart_as_it_was(
        self, clinic, charts, link, undo
    ):
        a, b, c = *charts, make_patient(clinic.site)
        visits = [dose(clinic, one, NOW + n * 3 * DAY) for n, one in enumerate((a, b, c))]
        link(b, a)
        link(c, a)  # Whoever names `a` means the person, for whom `b` stands.
        assert principals(a, b, c) == [c.pk, c.pk, None]
        assert set(Reservation.objects.values_list("person", flat=True)) == {c.pk}
        assert set(charts_of(b.pk)) == {a, b, c}
        undo(b)
        assert principals(a, b, c) == [b.pk, None, None]
        claims = dict(Reservation.objects.values_list("session", "person"))
        assert [claims[one.pk] for one in visits] == [b.pk, b.pk, None]
        undo(a)
        assert principals(a, b, c) == [None, None, None]
        assert broken() == []

    def test_8_45_a_link_is_made_once_and_undone_once(self, clinic, charts, link, undo):
        link(*charts)
        for pair in (charts, charts[::-1]):
            with pytest.raises(ChartsLinked):
                link(*pair)
        with pytest.raises(ChartsLinked):
            link(charts[0], charts[0])
        known = link_of(charts[1])
        undo(charts[1])
        with pytest.raises(ChartsNotLinked):
            unlink_charts(link=known, by=clinic.prescriber, reason=WHY, now=NOW)
        link(*charts[::-1])
        assert principals(*charts) == [charts[1].pk, None]

    def test_8_45_both_acts_ask_for_the_right_and_a_reason(self, clinic, charts, link):
        with pytest.raises(RightMissing):
            link(*charts, by=clinic.desk)
        with pytest.raises(DomainError, match="at least 20"):
            link_persons(
                chart=charts[1], principal=charts[0], by=clinic.nurse, reason="Same", now=NOW
            )
        link(*charts)
        for by, reason in ((clinic.desk, WHY), (clinic.nurse, "No")):
            with pytest.raises((RightMissing, DomainError)):
                unlink_charts(link=link_of(charts[1]), by=by, reason=reason, now=NOW)

    def test_8_45_the_audit_tells_of_link_and_unlink(self, clinic, charts, link, undo):
        link(*charts)
        undo(charts[1])
        rows = AuditEvent.objects.filter(patient_id=charts[1].pk, model="clinic.ChartLink")
        assert list(rows.order_by("pk").values_list("pgh_label", flat=True)) == ["insert", "update"]
        told = AuditEvent.objects.filter(object_id=charts[1].pk, model="clinic.Patient")
        after = [one.after.get("principal_id") for one in told.filter(pgh_label="update")]
        assert sorted(after, key=str) == [str(charts[0].pk), None]

    def test_8_45_a_restricted_and_an_open_chart_are_not_linked(self, clinic, charts, link):
        manager = clinic.person(Role.MANAGER)
        said = {"by": manager, "reason": WHY, "now": NOW}
        restrict_chart(patient=charts[1], is_restricted=True, **said)
        with pytest.raises(ChartsRestrictedUnalike):
            link(*charts)
        restrict_chart(patient=charts[1], is_restricted=False, **said)
        link(*charts)
        restrict_chart(patient=charts[0], is_restricted=True, **said)
        assert Patient.objects.filter(is_restricted=True).count() == 2


class TestTheDatabase:
    @pytest.mark.parametrize("change", ["stray", "away"])
    def test_8_45_which_chart_stands_is_said_by_links_alone(self, clinic, charts, link, change):
        link(*charts)
        third = make_patient(clinic.site)
        row, to = (third, charts[0]) if change == "stray" else (charts[1], None)
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            Patient.objects.filter(pk=row.pk).update(principal=to)
        assert refused_by(refusal) == "patient_stands_by_links"

    def test_8_45_a_link_stays_on_record(self, clinic, charts, link):
        link(*charts)
        for change in ({"reason": WHY + WHY}, {"principal": make_patient(clinic.site)}):
            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                ChartLink.objects.update(**change)
            assert refused_by(refusal) == "chartlink_stays"

    def test_the_invariants_tell_of_claims_that_do_not_follow(self, clinic, charts, link):
        dose(clinic, charts[0], NOW)
        link(*charts)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE scheduling_reservation DISABLE TRIGGER USER")
            cursor.execute("UPDATE scheduling_reservation SET person_id = NULL")
        assert "claims_are_of_the_person" in broken()
