"""The worker that watches for lapses, and the page on which a death is said and confirmed."""

import pytest
from django.urls import reverse

from clinic.models import PatientDeath
from courses.models import Hold
from reminders.services import deliver_due
from scheduling.services.lapsing import watch_lapses
from tests.factories import NOW
from tests.lifecycle.lives import DAY, at, give_until, kinds

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("days", "status", "holds"),
    [(5, "ACTIVE", []), (7, "ACTIVE", []), (8, "ACTIVE", ["MISSED_DOSE"]),
     (28, "ACTIVE", ["MISSED_DOSE"]), (29, "INTERRUPTED", ["MISSED_DOSE"])],
)  # fmt: skip
def test_a_lapse_holds_and_at_last_interrupts(clinic, course, days, status, holds):
    """DOMAIN 2.7: more than 28 days interrupt; what is booked then is called off, told once."""
    last = give_until(course, clinic, seq=2)
    for _twice in range(2):
        watch_lapses(now=at(last.on + days * DAY, course))
    course.refresh_from_db()
    assert (course.status, list(Hold.objects.values_list("kind", flat=True))) == (status, holds)
    assert kinds(course).count("INTERRUPTED") == (status == "INTERRUPTED")
    if status == "INTERRUPTED":
        assert course.events.get(kind="INTERRUPTED").by is None
        later = at(last.on + days * DAY, course)
        assert not course.visits.planned().filter(ends_at__gt=later).exists()


def test_a_course_without_a_dose_does_not_lapse(clinic, course):
    watch_lapses(now=NOW + 60 * DAY)
    course.refresh_from_db()
    assert course.status == "ACTIVE"


class TestDeathPage:
    def page(self, course):
        return reverse("scheduling:death", args=[course.patient_id])

    def test_one_reports_and_another_confirms(self, clinic, course, sign_in):
        desk, nurse = sign_in(clinic.desk), sign_in(clinic.nurse)
        assert desk.post(self.page(course), {}).status_code == 422
        desk.post(self.page(course), {"known_from": "A letter came back"})
        assert desk.post(self.page(course), {"answer": "confirm"}).status_code == 422
        assert "Confirm the death" not in desk.get(self.page(course)).content.decode()
        assert "Confirm the death" in nurse.get(self.page(course)).content.decode()
        assert nurse.post(self.page(course), {"answer": "confirm"}).status_code == 302
        course.refresh_from_db()
        assert (course.status, course.stop_reason) == ("STOPPED", "DEATH")

    def test_while_it_is_said_nothing_leaves(self, clinic, course, sign_in):
        desk = sign_in(clinic.desk)
        desk.post(self.page(course), {"known_from": "A letter came back"})
        assert deliver_due(clock=lambda: NOW + DAY) == 0
        desk.post(self.page(course), {"answer": "withdraw"})
        assert PatientDeath.objects.get().withdrawn_at == NOW

    def test_a_stranger_finds_nothing(self, course, other_clinic, sign_in, client):
        assert sign_in(other_clinic.desk).get(self.page(course)).status_code == 404
        assert client.get(self.page(course)).status_code == 302
