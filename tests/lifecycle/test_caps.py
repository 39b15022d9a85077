"""Caps when doses are booked and moved (DOMAIN 2.10), and the gap to a dose elsewhere (8.21)."""

from datetime import date, timedelta

import pytest

from courses.caps.services import CapExceeded, NothingToAllow
from courses.models import CapOverride, Dose
from courses.readiness import blockers
from scheduling.models import Override, Reservation
from scheduling.services import SlotRefused, move_visit, record_dose_elsewhere
from scheduling.services.accepting import accept_proposal
from scheduling.services.capping import allow_dose_beyond_cap
from sessions.models import Session
from sessions.services import change_status
from tests.api.conftest import Caller
from tests.factories import NOW, make_version, small_definition
from tests.lifecycle.lives import DAY, at, dose_of
from tests.scheduling.test_proposing import accepted, proposed

pytestmark = pytest.mark.django_db
REASON = "Responds well and leaves for a month"
LABEL = [{"path": "/caps/0", "authority": "W1", "note": "As the label says."}]
OWN = [{"path": "/caps/0", "authority": "dd", "note": "Nobody outside stands for it."}]


def protocol(clinic, *, within, sources=()):
    """Two doses, at most one of them within so many days."""
    content = small_definition(
        caps=[{"doses": 1, "days": within}],
        sources=list(sources),
        references={"W1": "A label"},
        integration=None,
    )
    clinic.version = make_version(clinic.organization, content)


def allow(course, on, clinic):
    return allow_dose_beyond_cap(course=course, on=on, by=clinic.prescriber, reason=REASON, now=NOW)


def days_of(proposal):
    doses = [visit for visit in proposal.visits if visit["kind"] == "dosing"]
    return [date.fromisoformat(visit["starts_at"][:10]) for visit in doses]


class TestBooking:
    """The planner places doses by their gaps; what it found is refused where a cap says less."""

    def test_2_10_a_schedule_beyond_a_cap_is_not_accepted(self, clinic):
        protocol(clinic, within=7, sources=OWN)
        found = proposed(clinic)
        with pytest.raises(CapExceeded, match="At most 1 doses within 7 days") as refused:
            accept_proposal(proposal=found, by=clinic.desk, now=NOW)
        assert "A prescriber may allow it" in str(refused.value)
        assert not Session.objects.exists()

    def test_2_10_a_prescriber_may_allow_it_for_its_days(self, clinic):
        protocol(clinic, within=7, sources=OWN)
        found = proposed(clinic)
        for day in days_of(found):
            allow(found.course, day, clinic)
        accept_proposal(proposal=found, by=clinic.desk, now=NOW)
        assert dose_of(found.course, 2).local_date in days_of(found)
        kept = CapOverride.objects.values_list("by", "reason").distinct()
        assert list(kept) == [(clinic.prescriber.pk, REASON)]

    def test_2_10_a_label_is_not_overridden(self, clinic):
        protocol(clinic, within=7, sources=LABEL)
        found = proposed(clinic)
        for day in days_of(found):
            with pytest.raises(CapExceeded, match="not overridden"):
                allow(found.course, day, clinic)
        with pytest.raises(CapExceeded) as refused:
            accept_proposal(proposal=found, by=clinic.desk, now=NOW)
        assert "prescriber" not in str(refused.value)
        assert not Session.objects.exists()


class TestMoving:
    @pytest.fixture
    def nearer(self, clinic):
        """Where the second dose would be within three days of the first."""

        def booked(sources):
            protocol(clinic, within=3, sources=sources)
            course = accepted(clinic)
            return course, dose_of(course, 2), dose_of(course, 1).starts_at + 2 * DAY

        return booked

    def move(self, visit, to, clinic):
        return move_visit(visit=visit, starts_at=to, by=clinic.desk, reason="", now=NOW)

    def test_2_10_nearer_than_a_cap_allows_is_refused(self, clinic, nearer):
        course, second, to = nearer(OWN)
        with pytest.raises(CapExceeded) as refused:
            self.move(second, to, clinic)
        assert refused.value.field == "starts_at"
        allow(course, to.astimezone(clinic.site.zone).date(), clinic)
        assert self.move(second, to, clinic).starts_at == to

    def test_2_10_a_label_s_cap_stands(self, clinic, nearer):
        course, second, to = nearer(LABEL)
        with pytest.raises(CapExceeded, match="not overridden"):
            allow(course, to.astimezone(clinic.site.zone).date(), clinic)
        with pytest.raises(CapExceeded):
            self.move(second, to, clinic)
        second.refresh_from_db()
        assert second.starts_at != to

    def test_2_10_where_no_cap_is_in_the_way_nothing_is_allowed(self, clinic, nearer):
        course, second, _ = nearer(OWN)
        with pytest.raises(NothingToAllow) as refused:
            allow(course, second.local_date + 30 * DAY, clinic)
        assert refused.value.field == "on"
        assert not CapOverride.objects.exists()

    def test_2_10_the_api_says_so(self, clinic, nearer, clock):
        _, second, to = nearer(OWN)
        answer = Caller(clinic.desk).post(f"/visits/{second.pk}/move", {"starts_at": to})
        assert answer.status_code == 400
        assert "At most 1 doses within 3 days" in answer.content.decode()


class TestBeginning:
    def test_2_10_a_dose_elsewhere_counts_when_the_dose_is_to_begin(self, clinic):
        protocol(clinic, within=5, sources=OWN)
        course = accepted_alone(clinic)
        on = dose_of(course, 1).local_date
        outside(course, on - 3 * DAY, clinic)
        (found,) = [one for one in blockers(course=course, on=on, now=NOW) if one.code == "CAP"]
        assert found.can_override
        allow(course, on, clinic)
        assert "CAP" not in {one.code for one in blockers(course=course, on=on, now=NOW)}

    def test_2_10_a_label_s_cap_is_refused_on_its_day(self, clinic):
        protocol(clinic, within=5, sources=LABEL)
        course = accepted_alone(clinic)
        on = dose_of(course, 1).local_date
        outside(course, on - 3 * DAY, clinic)
        with pytest.raises(CapExceeded, match="not overridden"):
            allow(course, on, clinic)
        assert not CapOverride.objects.exists()


def accepted_alone(clinic):
    """Booked with one dose alone, so that the cap is about what happens elsewhere."""
    content = clinic.version.definition | {"sources": clinic.version.definition["sources"]}
    content["blocks"] = [content["blocks"][0] | {"doses": 1, "gaps": []}]
    clinic.version = make_version(clinic.organization, content)
    return accepted(clinic, earliest_on=NOW.date() + 7 * DAY, days=21)


def outside(course, on, clinic):
    """A dose at another clinic, known since that day."""
    return record_dose_elsewhere(
        patient=course.patient,
        course=course,
        on=on,
        drug="canary-drug",
        route="IV",
        amount_mg=None,
        by=clinic.prescriber,
        now=at(on, course, hour=20),
    )


class TestGapToADoseElsewhere:
    @pytest.fixture
    def planned(self, clinic):
        """A dose a week from now, with one elsewhere four days before it."""
        content = small_definition(integration=None, preparation=[], doses=1)
        content["blocks"][0]["gaps"] = []
        clinic.version = make_version(clinic.organization, content)
        course = accepted(clinic)
        first = dose_of(course, 1)
        week = first.starts_at + 7 * DAY
        visit = move_visit(visit=first, starts_at=week, by=clinic.desk, reason="", now=NOW)
        dose, gone = outside(course, visit.local_date - 4 * DAY, clinic)
        assert gone == []
        return visit, dose

    def move(self, visit, days, by, reason=""):
        now = visit.starts_at - 4 * DAY + timedelta(hours=14)
        return move_visit(
            visit=visit,
            starts_at=visit.starts_at - days * DAY,
            by=by,
            reason="",
            now=now,
            override_reason=reason,
        )

    def test_8_21_without_an_override_the_gap_stands(self, clinic, planned):
        visit, _ = planned
        with pytest.raises(SlotRefused):
            self.move(visit, 3, clinic.prescriber)

    def test_8_21_a_prescriber_may_go_nearer(self, clinic, planned):
        visit, dose = planned
        moved = self.move(visit, 3, clinic.prescriber, REASON)
        assert moved.local_date == dose.on + DAY
        override = Override.objects.get()
        assert Reservation.objects.get(session=visit).guard_override == override
        # The dose then begins: what was known is decided.
        change_status(visit=visit, to="ARRIVED", by=clinic.nurse, now=moved.starts_at)
        change_status(visit=visit, to="IN_PROGRESS", by=clinic.nurse, now=moved.starts_at)

    def test_8_21_but_not_to_its_day(self, clinic, planned):
        visit, dose = planned
        with pytest.raises(SlotRefused, match="24 hours"):
            self.move(visit, 4, clinic.prescriber, REASON)
        assert Dose.objects.get() == dose
