"""Which chart of a person stands, who says so, and how it is undone (DOMAIN 8.45)."""

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.charts import ChartRestricted, break_glass, restrict_chart
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
from courses.services import begin_following_course, start_course
from courses.services.starting import ChartNotStanding
from scheduling.models import Reservation
from scheduling.services import link_persons
from tests.clinic.linked import DAY, WHY, broken, course_on, dose, principals, refused_by
from tests.factories import NOW, make_patient, make_site

pytestmark = pytest.mark.django_db


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

    def test_8_45_a_chart_elsewhere_gives_way_by_its_own_people_alone(self, clinic, charts, link):
        elsewhere = make_patient(make_site(clinic.organization))
        ChartLink.objects.create(
            organization=clinic.organization, chart=charts[1], principal=elsewhere,
            reason=WHY, linked_at=NOW, linked_by=clinic.prescriber,
        )  # fmt: skip
        with pytest.raises(RightMissing):
            link(*charts)
        assert principals(charts[0], elsewhere) == [None, None]

    def test_8_45_nor_one_that_is_shut(self, clinic, charts, link):
        Patient.objects.update(is_restricted=True)
        with pytest.raises(ChartRestricted):
            link(*charts)
        for chart in charts:
            break_glass(patient=chart, by=clinic.prescriber, reason=WHY, now=NOW)
        link(*charts)

    def test_8_45_a_restricted_and_an_open_chart_are_not_linked(self, clinic, charts, link):
        manager = clinic.person(Role.MANAGER)
        said = {"by": manager, "reason": WHY, "now": NOW}
        restrict_chart(patient=charts[1], is_restricted=True, **said)
        break_glass(patient=charts[1], by=clinic.prescriber, reason=WHY, now=NOW)
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

    def test_8_45_charts_of_one_person_are_restricted_alike(self, clinic, charts, link):
        link(*charts)
        for chart in charts:
            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                Patient.objects.filter(pk=chart.pk).update(is_restricted=True)
            assert refused_by(refusal) == "patient_restricted_alike"
        Patient.objects.update(is_restricted=True)

    def test_8_45_a_link_stays_on_record(self, clinic, charts, link):
        link(*charts)
        for change in ({"reason": WHY + WHY}, {"principal": make_patient(clinic.site)}):
            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                ChartLink.objects.update(**change)
            assert refused_by(refusal) == "chartlink_stays"
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            ChartLink.objects.all().delete()
        assert refused_by(refusal) == "chartlink_is_kept"

    def test_8_45_the_invariants_tell_of_a_chart_that_no_link_places(self, clinic, charts, link):
        link(*charts)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE clinic_chartlink DISABLE TRIGGER is_kept")
            cursor.execute("DELETE FROM clinic_chartlink")
        assert "links_say_which_chart_stands" in broken()

    def test_the_invariants_tell_of_claims_that_do_not_follow(self, clinic, charts, link):
        dose(clinic, charts[0], NOW)
        link(*charts)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE scheduling_reservation DISABLE TRIGGER USER")
            cursor.execute("UPDATE scheduling_reservation SET person_id = NULL")
        assert "claims_are_of_the_person" in broken()
