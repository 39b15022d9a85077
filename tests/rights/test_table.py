"""Each cell of the table of roles and rights: as written down here, as asked, as requested."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from clinic.charts import restrict_chart
from clinic.models import Role
from clinic.rights import AREAS, TABLE, Right, RightMissing, may, require
from scheduling.services import SlotRefused, move_visit
from sessions.models import Session
from tests.factories import NOW, make_course, make_patient, make_site, make_visit

pytestmark = pytest.mark.django_db

ROLES = (
    Role.FRONT_DESK,
    Role.NURSE,
    Role.THERAPIST,
    Role.PRESCRIBER,
    Role.MEDICAL_DIRECTOR,
    Role.MANAGER,
    Role.AUDITOR,
)
# Written apart from the code: D desk, N nurse, T therapist, P prescriber, M medical director,
# G manager, A auditor.
EXPECTED = """
                  D N T P M G A
VIEW_SCHEDULE     x x x x x x x
VIEW_PATIENTS     x x x x x x x
EDIT_PATIENTS     x x . . . x .
BOOK              x x x x . x .
CHECK_IN          x x x x . x .
RECORD_CONSENT    x x x x . x .
VIEW_CLINICAL     . x x x x . x
RECORD            . x x x . . .
HANDLE_ALERTS     . x x x x . .
DECIDE            . . . x x . .
OVERRIDE          . . . x . . .
SIGN_THRESHOLDS   . . . . x . .
LINK_CHARTS       . x . x x x .
KEEP_ROSTER       x . . . . x .
MANAGE_STAFF      . . . . . x .
MANAGE_SETTINGS   . . . . . x .
MANAGE_TOKENS     . . . . . x .
RESTRICT_CHARTS   . . . . . x .
BREAK_GLASS       x x x x x x x
VIEW_AUDIT        . . . . x x x
EXPORT            . . . . x x x
"""
REASON = "Needed for the care of this patient."


def cells():
    for line in EXPECTED.strip().splitlines()[1:]:
        name, *marks = line.split()
        for role, mark in zip(ROLES, marks, strict=True):
            yield role, Right(name), mark == "x"


CELLS = list(cells())
NAMES = [f"{role}-{right}" for role, right, _ in CELLS]


def test_the_expectation_covers_the_whole_table():
    assert {(role, right) for role, right, _ in CELLS} == {(o, r) for o in Role for r in Right}
    assert set(TABLE) == set(Role)


def test_the_page_prints_every_right_once():
    printed = [right for rights in AREAS.values() for right in rights]
    assert sorted(printed) == sorted(Right)


@pytest.mark.parametrize(("role", "right", "expected"), CELLS, ids=NAMES)
def test_a_role_has_the_right_and_no_other(clinic, role, right, expected):
    member = clinic.person(role)
    assert may(member, right) is expected
    assert may(member, right, clinic.site) is expected
    assert not may(member, right, make_site(clinic.organization))
    if not expected:
        with pytest.raises(RightMissing, match=right.label):
            require(member, right, clinic.site)


# What a person asks for under each right; the answer is 403 exactly where the table has no mark.
REQUESTS = {
    Right.VIEW_SCHEDULE: ("get", "scheduling:board", ""),
    Right.VIEW_PATIENTS: ("get", "clinic:patient", "patient"),
    Right.EDIT_PATIENTS: ("get", "clinic:patient_edit", "patient"),
    Right.BOOK: ("get", "scheduling:visit_slots", "visit"),
    Right.CHECK_IN: ("post", "treatment_sessions:step", "visit", {"to": "ARRIVED"}),
    Right.RECORD: ("post", "treatment_sessions:step", "visit", {"to": "IN_PROGRESS"}),
    Right.RESTRICT_CHARTS: ("get", "clinic:restriction", "patient"),
    Right.BREAK_GLASS: ("get", "clinic:break_glass", "patient"),
    Right.LINK_CHARTS: ("get", "scheduling:chart_link", "patient"),
    Right.KEEP_ROSTER: ("get", "availability:start", ""),
    Right.MANAGE_STAFF: ("get", "staffing:staff", ""),
    Right.MANAGE_TOKENS: ("get", "staffing:tokens", ""),
    Right.MANAGE_SETTINGS: ("get", "consents:texts", ""),
    Right.RECORD_CONSENT: ("post", "scheduling:consent_withdraw", "consent", {}),
    Right.VIEW_AUDIT: ("get", "audit:history", "patient"),
    Right.EXPORT: ("get", "audit:history_file", "patient"),
}
REQUESTED = [(role, right, expected) for role, right, expected in CELLS if right in REQUESTS]


@pytest.fixture
def rows(clinic):
    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    visit = make_visit(course, clinic.chair, NOW, nurse=clinic.nurse)
    # Withdrawing asks for the right before it looks for the consent.
    consent = SimpleNamespace(pk="01920000-0000-7000-8000-000000000000")
    return {"patient": course.patient, "visit": visit, "course": course, "consent": consent}


@pytest.mark.parametrize(
    ("role", "right", "expected"), REQUESTED, ids=[f"{o}-{r}" for o, r, _ in REQUESTED]
)
def test_a_request_is_answered_as_the_table_says(clinic, rows, sign_in, role, right, expected):
    method, name, of, *body = REQUESTS[right]
    url = reverse(name, args=[rows[of].pk] if of else [])
    answer = getattr(sign_in(clinic.person(role)), method)(url, *body)
    assert (answer.status_code == 403) is not expected, answer.status_code
    if not expected:
        # Whoever may not even check in is told that first.
        page, first = answer.content.decode(), right == Right.RECORD and Right.CHECK_IN.label
        assert right.label in page or (first and first in page)


@pytest.mark.parametrize("role", ROLES)
def test_only_a_prescriber_overrides(clinic, rows, role):
    def override():
        move_visit(
            visit=rows["visit"],
            starts_at=NOW + timedelta(minutes=5),
            by=clinic.person(role),
            reason="",
            override_reason=REASON,
            now=NOW,
        )

    with pytest.raises(SlotRefused if role == Role.PRESCRIBER else RightMissing):
        override()


@pytest.mark.parametrize("role", ROLES)
def test_only_a_manager_restricts(clinic, rows, role):
    def restrict():
        restrict_chart(
            patient=rows["patient"],
            by=clinic.person(role),
            is_restricted=True,
            reason=REASON,
            now=NOW,
        )

    if role == Role.MANAGER:
        restrict()
        assert rows["patient"].is_restricted
    else:
        with pytest.raises(RightMissing):
            restrict()


@pytest.mark.parametrize("status", ["IN_PROGRESS", "OBSERVING", "DONE"])
def test_the_desk_notes_arrivals_and_no_treatment(clinic, rows, sign_in, status):
    step = reverse("treatment_sessions:step", args=[rows["visit"].pk])
    assert sign_in(clinic.desk).post(step, {"to": status}).status_code == 403
    rows["visit"].refresh_from_db()
    assert rows["visit"].status == Session.Status.PLANNED
