"""A prescriber's override: one dose inside the minimum gap, for a reason, never within a day."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from clinic.models import Organization, Role
from clinic.reasons import ReasonTooShort
from clinic.rights import RightMissing
from scheduling.models import Override, Reservation
from scheduling.moving import override_would_do
from scheduling.services import (
    SlotRefused,
    accept_proposal,
    cancel_visit,
    move_visit,
    plan_new_course,
    request_proposal,
    work_on_proposal,
)
from sessions.models import Session
from tests.api.conftest import Caller
from tests.factories import (
    NOW,
    clear,
    make_member,
    make_patient,
    make_version,
    small_definition,
)

pytestmark = pytest.mark.django_db

REASON = "Relapse within days; the benefit outweighs."


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def doses(clinic):
    """Two booked doses, as far apart as the protocol wants them."""
    definition = small_definition()
    del definition["integration"]
    made = plan_new_course(
        patient=make_patient(clinic.site),
        site=clinic.site,
        protocol_version=make_version(clinic.organization, definition),
        earliest_on=NOW.date() + timedelta(days=1),
        latest_first_on=NOW.date() + timedelta(days=15),
        lead_therapist=None,
        by=clinic.desk,
        now=NOW,
    )
    clear(made.course, clinic.prescriber)
    work_on_proposal(organization_id=clinic.organization.pk, proposal_id=made.pk, now=NOW)
    made.refresh_from_db()
    visits = accept_proposal(proposal=made, by=clinic.desk, now=NOW)
    first, second = sorted(
        (visit for visit in visits if visit.kind == Session.Kind.DOSING), key=lambda v: v.seq
    )
    return first, second


def move(visit, starts_at, by, **reasons):
    return move_visit(visit=visit, starts_at=starts_at, by=by, reason="", now=NOW, **reasons)


def guard_of(visit):
    claim = Reservation.objects.get(session=visit)
    return claim.guard.upper - claim.guard.lower, claim.guard_override


def day_after(visit) -> datetime:
    return visit.starts_at + timedelta(days=1)


def test_a_dose_moves_inside_the_gap_for_a_reason(clinic, doses):
    first, second = doses
    move(second, day_after(first), clinic.prescriber, override_reason=f"  {REASON} ")
    second.refresh_from_db()
    assert second.starts_at == day_after(first)
    override = Override.objects.get()
    assert (override.visit, override.by, override.reason) == (second, clinic.prescriber, REASON)
    assert guard_of(first) == (timedelta(days=1), override)
    assert guard_of(second) == (timedelta(days=2), None)


def test_the_first_dose_may_move_nearer_to_the_second_too(clinic, doses):
    first, second = doses
    move(first, second.starts_at - timedelta(days=1), clinic.prescriber, override_reason=REASON)
    assert guard_of(first) == (timedelta(days=1), Override.objects.get())
    assert guard_of(second) == (timedelta(days=2), None)


def test_without_a_reason_the_gap_stands(clinic, doses):
    first, second = doses
    with pytest.raises(SlotRefused, match="too near"):
        move(second, day_after(first), clinic.prescriber)
    assert not Override.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.PRESCRIBER])
def test_nobody_else_overrides(clinic, doses, role):
    first, second = doses
    with pytest.raises(RightMissing):
        move(second, day_after(first), clinic.person(role), override_reason=REASON)


@pytest.mark.parametrize("reason", ["because", " " * 30, "x" * 19 + " "])
def test_the_reason_says_something(clinic, doses, reason):
    first, second = doses
    with pytest.raises(ReasonTooShort) as refusal:
        move(second, day_after(first), clinic.prescriber, override_reason=reason)
    assert refusal.value.field == "override_reason"


def test_never_within_a_day(clinic, doses):
    first, second = doses
    near = day_after(first) - timedelta(minutes=15)
    with pytest.raises(SlotRefused, match="less than 24 hours"):
        move(second, near, clinic.prescriber, override_reason=REASON)
    assert not override_would_do(second, near, now=NOW)
    assert override_would_do(second, day_after(first), now=NOW)


def test_an_override_that_was_not_needed_is_not_kept(clinic, doses):
    _, second = doses
    legal = second.starts_at + timedelta(days=3)  # past the weekend
    move(second, legal, clinic.prescriber, override_reason=REASON)
    assert not Override.objects.exists()


def test_what_else_stands_in_the_way_is_not_overridden(clinic, doses):
    first, second = doses
    night = day_after(first).replace(hour=8)  # 03:00 in New York
    with pytest.raises(SlotRefused, match="opening hours"):
        move(second, night + timedelta(days=1), clinic.prescriber, override_reason=REASON)


@pytest.mark.parametrize("leave", ["move", "cancel"])
def test_the_guard_is_whole_again_once_the_dose_has_left(clinic, doses, leave):
    first, second = doses
    away = second.starts_at
    move(second, day_after(first), clinic.prescriber, override_reason=REASON)
    if leave == "move":
        move(second, away, clinic.desk)
    else:
        cancel_visit(visit=second, by=clinic.desk, reason="Asked for", now=NOW)
    assert guard_of(first) == (timedelta(days=2), None)
    assert Override.objects.count() == 1


def test_moving_on_inside_the_gap_asks_again(clinic, doses):
    first, second = doses
    move(second, day_after(first), clinic.prescriber, override_reason=REASON)
    later = day_after(first) + timedelta(minutes=30)
    with pytest.raises(SlotRefused):
        move(second, later, clinic.prescriber)
    move(second, later, clinic.prescriber, override_reason=REASON)
    assert Override.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE scheduling_reservation"
        " SET guard = daterange(lower(guard), lower(guard) + 1) WHERE gap_days > 0",
        "UPDATE scheduling_reservation SET guard = 'empty' WHERE gap_days > 0",
        "UPDATE scheduling_reservation SET gap_days = NULL WHERE gap_days > 0",
        "UPDATE scheduling_reservation SET gap_days = 0 WHERE gap_days > 0",
    ],
)
def test_raw_sql_narrows_no_guard_without_an_override(clinic, doses, change):
    with (
        pytest.raises(IntegrityError, match="reservation_guard_is_whole"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def nearer(visit, to, override):
    """The visit at another time by hand, as raw SQL could do it, with the guards made to fit."""
    day = to.astimezone(visit.site.zone).date()
    ends_at = to + (visit.ends_at - visit.starts_at)
    with transaction.atomic():
        Reservation.objects.filter(session=visit).update(
            room_during=(to, ends_at),
            patient_during=(to, ends_at),
            guard=(day, day + timedelta(days=1)),
            guard_override=override,
        )


def test_the_database_itself_keeps_a_day_between_doses(clinic, doses):
    first, second = doses
    move(second, day_after(first), clinic.prescriber, override_reason=REASON)
    override = Override.objects.get()
    nearer(second, day_after(first), override)
    with pytest.raises(IntegrityError, match="reservation_dose_day"):
        nearer(second, day_after(first) - timedelta(minutes=1), override)


def test_the_database_keeps_the_length_of_the_reason(clinic, doses):
    values = {"visit": doses[0], "by": clinic.prescriber, "at": NOW, "starts_at": NOW}
    with pytest.raises(IntegrityError, match="override_says_why"), transaction.atomic():
        Override.objects.create(
            organization=clinic.organization, rule="MINIMUM_GAP", reason="too short", **values
        )


def typed(visit, to, **more):
    there = to.astimezone(visit.site.zone)
    return {"on": f"{there:%Y-%m-%d}", "at": f"{there:%H:%M}", **more}


def test_the_page_asks_a_prescriber_and_nobody_else(clinic, doses, sign_in):
    first, second = doses
    page = reverse("scheduling:visit", args=[second.pk])
    assert "override_reason" in sign_in(clinic.prescriber).get(page).content.decode()
    assert "override_reason" not in sign_in(clinic.desk).get(page).content.decode()
    check = reverse("scheduling:visit_check", args=[second.pk])
    said = typed(second, day_after(first))
    for member, is_told in ((clinic.prescriber, True), (clinic.desk, False)):
        answer = sign_in(member).post(check, said).content.decode()
        assert ("As a prescriber you may decide otherwise" in answer) is is_told


def test_the_page_puts_a_short_reason_beside_its_field(clinic, doses, sign_in):
    first, second = doses
    form = reverse("scheduling:visit_move", args=[second.pk])
    answer = sign_in(clinic.prescriber).post(
        form, typed(second, day_after(first), override_reason="too short")
    )
    assert answer.status_code == 422
    assert answer.context["move"].errors["override_reason"]
    assert 'aria-describedby="id_override_reason' in answer.content.decode()


def test_the_page_moves_and_shows_the_decision(clinic, doses, sign_in):
    first, second = doses
    form = reverse("scheduling:visit_move", args=[second.pk])
    said = typed(second, day_after(first), override_reason=REASON)
    assert sign_in(clinic.prescriber).post(form, said).status_code == 302
    page = reverse("scheduling:visit", args=[second.pk])
    for member, reads in ((clinic.nurse, True), (clinic.desk, False)):
        shown = sign_in(member).get(page).content.decode()
        assert f"Overridden by {clinic.prescriber.name}" in shown
        assert (REASON in shown) is reads


def history(member, patient, sign_in):
    """A patient's history as the page, the file and the call tell it."""
    page = sign_in(member).get(reverse("audit:history", args=[patient.pk]))
    file = sign_in(member).get(reverse("audit:history_file", args=[patient.pk]))
    call = Caller(member).get(f"/patients/{patient.pk}/history", page_size=100)
    assert [answer.status_code for answer in (page, file, call)] == [200] * 3
    return [page.content.decode(), file.getvalue().decode(), call.content.decode()]


@pytest.mark.parametrize("why", ["", "The patient asked"])
def test_the_history_keeps_the_reason_for_those_who_may_see_it(clinic, doses, sign_in, why):
    Organization.objects.filter(pk=clinic.organization.pk).update(mfa_required="NOBODY")
    first, second = doses
    form = reverse("scheduling:visit_move", args=[second.pk])
    said = typed(second, day_after(first), override_reason=REASON, reason=why)
    assert sign_in(clinic.prescriber).post(form, said).status_code == 302
    manager, doctor = (
        make_member(clinic.site, *roles)
        for roles in ([Role.MANAGER], [Role.MANAGER, Role.MEDICAL_DIRECTOR])
    )
    for told in history(manager, second.patient, sign_in):
        assert REASON not in told
        assert (why or "The minimum gap was overridden") in told
        assert "Override" in told
    for told in history(doctor, second.patient, sign_in):
        assert REASON in told


def test_the_desk_gains_nothing_by_sending_the_field(clinic, doses, sign_in):
    first, second = doses
    form = reverse("scheduling:visit_move", args=[second.pk])
    said = typed(second, day_after(first), override_reason=REASON)
    assert sign_in(clinic.desk).post(form, said).status_code == 422
    assert not Override.objects.exists()


def test_the_api_takes_it_too(clinic, doses):
    first, second = doses
    body = {"starts_at": day_after(first).isoformat()}
    fit = Caller(clinic.prescriber).get(f"/visits/{second.pk}/fit", **body).json()
    assert (fit["fits"], fit["may_be_overridden"]) == (False, True)
    path = f"/visits/{second.pk}/move"
    refused = Caller(clinic.desk).post(path, {**body, "override_reason": REASON})
    assert (refused.status_code, refused.json()["right"]) == (403, "OVERRIDE")
    short = Caller(clinic.prescriber).post(path, {**body, "override_reason": "short"})
    assert short.json()["type"] == "urn:courseline:problem:reason-too-short"
    assert short.json()["errors"][0]["pointer"] == "#/override_reason"
    assert (
        Caller(clinic.prescriber).post(path, {**body, "override_reason": REASON}).status_code == 200
    )


def test_the_planner_goes_on_around_an_overridden_pair(clinic, doses):
    first, second = doses
    move(second, day_after(first), clinic.prescriber, override_reason=REASON)
    prep = second.course.visits.get(kind=Session.Kind.PREPARATION)
    cancel_visit(visit=prep, by=clinic.desk, reason="Asked for", now=NOW)
    made = request_proposal(course=second.course, by=clinic.desk, now=NOW)
    work_on_proposal(organization_id=clinic.organization.pk, proposal_id=made.pk, now=NOW)
    made.refresh_from_db()
    assert made.status == "READY"
