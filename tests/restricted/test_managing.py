"""Who restricts charts, and what managers see of their openings."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.charts import RestrictionUnchanged, restrict_chart
from clinic.models import BreakGlass, ChartRestriction, Role
from tests.factories import NOW, make_member, make_patient
from tests.restricted.conftest import REASON, opened

pytestmark = pytest.mark.django_db


def test_a_manager_restricts_and_lifts_for_a_reason(clinic, manager, sign_in):
    patient = make_patient(clinic.site)
    form, browser = reverse("clinic:restriction", args=[patient.pk]), sign_in(manager)
    assert browser.post(form, {"to": "restricted", "reason": "short"}).status_code == 422
    why = "A colleague's sister is treated here."
    assert browser.post(form, {"to": "restricted", "reason": why}).status_code == 302
    patient.refresh_from_db()
    assert patient.is_restricted
    again = browser.post(form, {"to": "restricted", "reason": why})
    assert "already restricted" in again.content.decode()
    assert browser.post(form, {"to": "open", "reason": why}).status_code == 302
    kept = ChartRestriction.objects.order_by("pk")
    assert [(one.is_restricted, one.by) for one in kept] == [(True, manager), (False, manager)]


def test_restricting_twice_is_refused(clinic, rows, manager):
    values = {"patient": rows["patient"], "by": manager, "reason": REASON, "now": NOW}
    with pytest.raises(RestrictionUnchanged):
        restrict_chart(is_restricted=True, **values)


def test_the_managers_page_says_who_opened_which_and_why(clinic, rows, manager, sign_in):
    opened(clinic, rows)
    page = sign_in(manager).get("/restricted/").content.decode()
    assert clinic.desk.name in page
    assert "Greta Canaria" in page
    assert REASON in page
    assert "open until" in page


def test_a_manager_of_another_site_is_not_concerned(clinic, other_clinic, rows, sign_in):
    stranger = make_member(other_clinic.site, Role.MANAGER)
    opened(clinic, rows)
    assert "Greta" not in sign_in(stranger).get("/restricted/").content.decode()


def test_the_page_goes_on_to_earlier_openings(clinic, rows, manager, sign_in):
    own = {"organization": clinic.organization, "patient": rows["patient"], "reason": REASON}
    BreakGlass.objects.bulk_create(
        BreakGlass(
            membership=clinic.desk,
            opened_at=NOW - timedelta(days=n),
            expires_at=NOW - timedelta(days=n - 1),
            **own,
        )
        for n in range(1, 53)
    )
    browser = sign_in(manager)
    first = browser.get("/restricted/")
    assert len(first.context["openings"]) == 50
    second = browser.get("/restricted/", {"before": first.context["before"].isoformat()})
    assert len(second.context["openings"]) == 2
