"""Who may call what: each route with nobody, a stranger and a colleague; and its queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from clinic.consents.selectors import text_in_use
from clinic.consents.services import Signature, install_texts, record_consent
from clinic.models import ConsentRecord, Membership, Patient
from clinic.routes import routes
from tests import factories
from tests.api.conftest import Booked, Caller

pytestmark = pytest.mark.django_db

MOMENT = "2030-01-07T10:00:00-05:00"
# Method and name of every route that leads to one organisation's row, with a good body.
ROWS: dict[tuple[str, str], Any] = {
    ("get", "site"): None,
    ("get", "rooms"): None,
    ("get", "staff"): None,
    ("get", "patient"): None,
    ("post", "break_glass"): {"reason": "Called from the ward, at night"},
    ("post", "apart"): {"other": "01920000-0000-7000-8000-000000000000"},
    ("get", "other_charts"): None,
    ("get", "patient_courses"): None,
    ("get", "patient_consents"): None,
    ("post", "patient_consents"): {},
    ("get", "consent"): None,
    ("post", "consent_withdraw"): {"reason": 0},
    ("get", "course"): None,
    ("get", "course_slots"): None,
    ("post", "proposals"): {},
    ("get", "proposal"): None,
    ("post", "proposal_accept"): {},
    ("post", "proposal_hold"): {},
    ("post", "proposal_discard"): {},
    ("get", "visit"): None,
    ("get", "slots"): None,
    ("get", "fit"): {"starts_at": MOMENT},
    ("get", "visit_consequences"): {"to": MOMENT},
    ("post", "visit_change"): {"answer": "of nobody"},
    ("post", "visit_move"): {"starts_at": MOMENT},
    ("post", "visit_cancel"): {"reason": "Asked for"},
}
# Routes that lead to no row of their own: what they name is in body or query.
NO_ROW = {
    "schema", "tokens", "own_token", "sites", "patients", "patient_search", "protocols", "courses",
    "visits", "consent_texts", "roles", "open_chart", "matches", "duplicates", "book_day",
    "book_week",
}  # fmt: skip


# Routes about people, for who manages them: tests/api/test_staff.py asks the same of them.
STAFF = {
    "colleagues", "colleague", "colleague_roles", "colleague_deactivate", "colleague_reactivate",
    "colleague_visits",
}  # fmt: skip
# Of the clinical core: tests/walls/test_stranger.py asks the same of every route, with the ids of
# another's rows, and tests/rights/test_every_route.py of who has no role.
CORE = {
    "evaluations", "evaluation_slots", "evaluation_fit",
    "alert", "alert_acknowledge", "alert_close", "alerts", "assessment", "assessment_abandon",
    "assessment_amend", "assessment_answers", "assessment_complete", "assessment_withdraw",
    "assessments_overdue", "authorization", "authorization_end", "booster_window_close",
    "booster_windows", "caseload_search", "chart_link", "check_result", "check_results",
    "checks_due", "unlink",
    "condition_meet", "course_alerts", "course_assessments", "course_authorizations",
    "course_baseline", "course_beyond_cap", "course_complete", "course_confirm", "course_doses",
    "course_elsewhere", "course_follow", "course_hold", "course_interval", "course_lapse",
    "course_more", "course_not_elsewhere", "course_pause", "course_release", "course_response",
    "course_resume",
    "course_reviews", "course_scores", "course_screening", "course_screenings", "course_state",
    "course_stop", "course_summary", "course_terms", "course_unprepared", "course_version",
    "course_windows", "curves", "death", "death_confirm", "death_withdraw", "diagnoses",
    "diagnosis", "due_authorizations", "happenings", "instruments", "medication_trial",
    "medication_trials", "on_call_duty", "patient_alerts", "patient_assessments",
    "patient_authorizations", "payer", "payers", "protocol_changes", "protocol_draft",
    "protocol_editor", "protocol_retire", "protocol_sign", "protocol_use", "protocol_version",
    "protocol_versions", "review", "review_decide", "reviews_due", "screening",
    "screening_answers", "screening_decide", "screening_in_error", "screening_override",
    "screening_take_over", "self_pay", "self_pay_end", "site_on_call", "threshold_version",
    "threshold_versions", "thresholds", "thresholds_sign",
}  # fmt: skip
# Of hours, rooms, rosters and what they allow: the same two walks ask of them too.
AVAILABILITY = {
    "capacity", "capacity_cancel", "closure", "closures", "credential", "credentials", "holidays",
    "hours", "leave", "leaves",
    "room", "room_block", "room_blocks", "roster", "shift_change", "shift_changes", "shifts",
    "waitlist", "waitlist_entry", "freed_times", "course_waitlist", "offer_accept",
    "offer_decline",
    "special_hours", "special_hours_of_day", "utilisation",
    "hit_visits", "repair", "repair_accept", "repair_cancel", "repairs",
    "group", "group_change", "group_consequences", "groups",
}  # fmt: skip
# For who sees the audit: tests/audit/test_pages.py asks the same.
AUDIT = {"patient_history"}


def paths() -> dict[str, str]:
    """Path of every route, by its name."""
    found = {route.name.removeprefix("api:"): f"/{route.pattern}" for route in routes()
             if route.name.startswith("api:")}  # fmt: skip
    return {name: path for name, path in found.items() if name}


def test_every_route_is_in_this_file() -> None:
    listed = NO_ROW | STAFF | CORE | AVAILABILITY | AUDIT | {name for _, name in ROWS}
    assert set(paths()) == listed


def signed(clinic: factories.Clinic, patient_id: str) -> ConsentRecord:
    """A consent of the patient's."""
    install_texts(organization=clinic.organization, now=factories.NOW)
    text = text_in_use(clinic.organization.pk, "EMAIL_DETAIL", "en")
    assert text
    return record_consent(
        patient=Patient.objects.get(pk=patient_id),
        text=text,
        signature=Signature(factories.NOW, "PAPER"),
        by=clinic.desk,
        now=factories.NOW,
    )


@pytest.fixture
def path_of(clinic: factories.Clinic, booked: Booked) -> Callable[[str], str]:
    """The path of a route to our clinic's rows."""
    ids = {
        "<uuid:site_id>": str(clinic.site.pk),
        "<uuid:patient_id>": booked.course["patient"],
        "<uuid:course_id>": booked.course["id"],
        "<uuid:proposal_id>": booked.proposal["id"],
        "<uuid:visit_id>": booked.visit["id"],
        "<uuid:consent_id>": str(signed(clinic, booked.course["patient"]).pk),
    }

    def path(name: str) -> str:
        found = paths()[name]
        for part, row_id in ids.items():
            found = found.replace(part, row_id)
        return found

    return path


def call(caller: Caller, method: str, path: str, body: Any) -> HttpResponse:
    return caller.get(path, **(body or {})) if method == "get" else caller.post(path, body)


UNKNOWN = "01920000-0000-7000-8000-000000000000"


def test_a_stranger_finds_nothing_where_a_colleague_finds_something(
    path_of: Callable[[str], str], stranger: Caller, desk: Caller
) -> None:
    for (method, name), body in ROWS.items():
        path = path_of(name)
        refused = call(stranger, method, path, body)
        assert refused.status_code == 404, name
        assert refused["Content-Type"] == "application/problem+json"
        unknown = path.replace(path.split("/")[4], UNKNOWN)
        assert refused.content == call(stranger, method, unknown, body).content, name
        assert call(desk, method, path, body).status_code in (200, 201, 400, 409), name


def test_a_stranger_changes_nothing(
    path_of: Callable[[str], str], stranger: Caller, desk: Caller, booked: Booked
) -> None:
    for (method, name), body in ROWS.items():
        if method == "post":
            refused = stranger.post(path_of(name), body, key=f"{name}-key")
            assert refused.status_code == 404, name
    assert desk.get(booked.course["url"]).json() == booked.course


def test_nobody_gets_in_without_a_token(path_of: Callable[[str], str]) -> None:
    client = Client()
    for name in (NO_ROW | {name for _, name in ROWS}) - {"schema", "tokens"}:
        for method in ("get", "post", "delete", "options"):
            answer = getattr(client, method)(path_of(name))
            assert answer.status_code == 401, (method, name)
            assert answer["WWW-Authenticate"] == "Bearer"


def test_a_wrong_method_is_refused(path_of: Callable[[str], str], desk: Caller) -> None:
    for name in (NO_ROW | {name for _, name in ROWS}) - {"schema"}:
        answer = desk.client.put(path_of(name), "{}", content_type="application/json")
        assert answer.status_code == 405, name


def test_lists_hold_only_our_own(
    clinic: factories.Clinic, desk: Caller, other_clinic: factories.Clinic
) -> None:
    site = clinic.site.pk
    wanted = {
        "/sites": [site],
        f"/sites/{site}/rooms": [clinic.office.pk, clinic.chair.pk],
        f"/sites/{site}/staff": [m.pk for m in reversed(members_of(clinic))],
        "/protocols": [clinic.version.pk],
    }
    for path, ids in wanted.items():
        results = desk.get(path).json()["results"]
        assert [one["id"] for one in results] == [str(one) for one in ids]


def members_of(clinic: factories.Clinic) -> list[Membership]:
    return [clinic.desk, clinic.nurse, clinic.therapist, clinic.prescriber]


def test_staff_are_listed_with_their_roles_at_that_site(
    clinic: factories.Clinic, desk: Caller
) -> None:
    elsewhere = factories.make_site(clinic.organization)
    factories.make_member(elsewhere, "NURSE")
    found = desk.get(f"/sites/{clinic.site.pk}/staff").json()["results"]
    assert [one["roles"] for one in found] == [
        ["PRESCRIBER"], ["THERAPIST"], ["NURSE"], ["FRONT_DESK"],
    ]  # fmt: skip


def test_lists_take_the_same_queries_for_one_row_and_for_twenty(
    clinic: factories.Clinic, desk: Caller, django_assert_max_num_queries: Any
) -> None:
    def make(number: int) -> None:
        clinic.desk.assignments.create(
            organization=clinic.organization,
            site=factories.make_site(clinic.organization),
            role="FRONT_DESK",
        )
        factories.make_room(clinic.site, "infusion")
        factories.make_member(clinic.site, "NURSE")
        factories.make_version(clinic.organization)
        patient = factories.make_patient(clinic.site, family_name="Hopper")
        factories.make_course(patient, clinic.version, clinic.desk)
        factories.make_course(first, clinic.version, clinic.desk)

    first = factories.make_patient(clinic.site, family_name="Hopper")
    factories.make_course(first, clinic.version, clinic.desk)
    # Each call: who, where and in which tenant, the token, its roles; then what is listed.
    lists: dict[str, Any] = {
        "/sites": None,
        f"/sites/{clinic.site.pk}/rooms": None,
        f"/sites/{clinic.site.pk}/staff": None,
        "/protocols": None,
        f"/patients/{first.pk}/courses": None,
        "/patients/search": {"text": "hopper"},
    }
    desk.get("/sites")  # the first call in a minute notes the use of the token
    counts: dict[str, set[int]] = {path: set() for path in lists}
    for rows in (0, 20):
        for number in range(rows):
            make(number)
        for path, body in lists.items():
            with django_assert_max_num_queries(14) as seen:
                answer = desk.post(path, body) if body else desk.get(path)
            assert len(answer.json()["results"]) >= rows
            counts[path].add(len(seen))
    assert all(len(of_path) == 1 for of_path in counts.values()), counts


def test_a_sites_day_takes_the_same_queries_for_one_visit_and_for_twenty(
    clinic: factories.Clinic, desk: Caller, django_assert_max_num_queries: Any
) -> None:
    desk.get("/sites")
    counts = []
    for visits in (1, 20):
        for _ in range(visits):
            patient = factories.make_patient(clinic.site)
            course = factories.make_course(patient, clinic.version, clinic.desk)
            room = factories.make_room(clinic.site, "infusion")
            factories.make_visit(course, room, factories.NOW)
        with django_assert_max_num_queries(20) as seen:
            answer = desk.get("/visits", site=clinic.site.pk, day="2026-01-05")
        assert len(answer.json()["results"]) >= visits
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_reading_a_course_takes_the_same_queries_for_two_doses_and_for_eight(
    clinic: factories.Clinic, desk: Caller, django_assert_max_num_queries: Any
) -> None:
    desk.get("/sites")
    counts = []
    for doses in (2, 8):
        definition = factories.small_definition(doses=doses)
        version = factories.make_version(clinic.organization, definition)
        patient = factories.make_patient(clinic.site)
        course = factories.make_course(patient, version, clinic.desk, dose_count=doses)
        with django_assert_max_num_queries(20) as seen:
            assert len(desk.get(f"/courses/{course.pk}").json()["visits"]) > doses
        counts.append(len(seen))
    assert counts[0] == counts[1]
