"""A running course keeps its version until a clinician moves it, for a reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from clinic.errors import DomainError
from clinic.models import Membership
from courses.editor import services
from courses.editor.moving import VersionDoesNotFit, fit_of, move_course, version_ahead
from courses.models import Course, Dose, ProtocolVersion
from scheduling.services.versions import change_version, version_change
from tests import factories
from tests.factories import NOW, Clinic, make_course, make_patient, make_visit


@pytest.fixture
def course(clinic: Clinic, shipped: Callable[..., ProtocolVersion]) -> Course:
    """An active course of eight infusions in four weeks."""
    patient = make_patient(clinic.site)
    version = shipped("IV_2W4")
    return make_course(patient, version, clinic.desk, status="ACTIVE", dose_count=8)


@pytest.fixture
def published(
    shipped: Callable[..., ProtocolVersion], director: Membership
) -> Callable[..., ProtocolVersion]:
    """A next version of IV_2W4 with some parts replaced, signed and in force."""

    def publish(**parts: Any) -> ProtocolVersion:
        old = shipped("IV_2W4")
        draft = services.begin_draft(version=old, by=director, now=NOW)
        new = {**old.definition, **parts}
        faults = services.rewrite_draft(
            version=draft, definition=new, note="", seen=NOW, by=director, now=NOW
        )
        assert faults == []
        return services.publish_version(version=draft, seen=NOW, by=director, now=NOW)

    return publish


def with_doses(course: Course, doses: int, **more: Any) -> list[dict[str, Any]]:
    [block] = course.protocol_version.definition["blocks"]
    return [{**block, "doses": doses, **more}]


def give(course: Course, number: int, by: Membership) -> None:
    for seq in range(1, number + 1):
        Dose.objects.create(
            organization_id=course.organization_id, patient=course.patient, course=course,
            source="OUTSIDE", on=NOW.date() - timedelta(days=30 - 3 * seq), seq=seq,
            drug="racemic ketamine", route="IV", recorded_at=NOW, recorded_by=by,
        )  # fmt: skip


def test_a_new_version_leaves_running_courses_alone(
    course: Course, published: Callable[..., ProtocolVersion]
) -> None:
    version = published(blocks=with_doses(course, 6))
    course.refresh_from_db()
    assert (course.protocol_version.number, course.dose_count) == (1, 8)
    assert version_ahead(course) == version


def test_moving_takes_the_new_number_and_says_so_on_the_timeline(
    course: Course, published: Callable[..., ProtocolVersion], clinic: Clinic
) -> None:
    version = published(blocks=with_doses(course, 6))
    fit = fit_of(course, version)
    [first] = [one for one in fit.changes if one.label == "Induction"]
    assert first.before
    assert first.after
    assert (first.before.value, first.after.value) == ("8 doses", "6 doses")
    move_course(course=course, version=version, by=clinic.prescriber, reason="Shorter", now=NOW)
    course.refresh_from_db()
    event = course.events.get(kind="VERSION_CHANGED")
    assert (course.protocol_version, course.dose_count) == (version, 6)
    assert (event.by, event.reason) == (clinic.prescriber, "Shorter")
    assert event.detail["to"] == str(version.pk)


def test_a_number_that_a_clinician_chose_stays(
    course: Course, published: Callable[..., ProtocolVersion]
) -> None:
    course.dose_count = 9
    course.save(update_fields=["dose_count"])
    assert fit_of(course, published(blocks=with_doses(course, 6))).doses == 9
    assert fit_of(course, published(blocks=with_doses(course, 6, doses_max=7))).doses == 7


def test_doses_that_were_given_must_fit(
    course: Course, published: Callable[..., ProtocolVersion], clinic: Clinic
) -> None:
    give(course, 7, clinic.nurse)
    version = published(blocks=with_doses(course, 6, doses_max=6))
    with pytest.raises(VersionDoesNotFit, match="7 doses were given; the new version has 6"):
        fit_of(course, version)
    longer = published(blocks=with_doses(course, 6, doses_max=8))
    assert fit_of(course, longer).doses == 7


def test_given_doses_stay_in_their_series(
    course: Course, published: Callable[..., ProtocolVersion], clinic: Clinic
) -> None:
    give(course, 5, clinic.nurse)
    [block] = with_doses(course, 4)
    block.pop("doses_max")
    later = {**block, "name": "later", "label": "Later"}
    version = published(blocks=[block, later], spans=[])
    with pytest.raises(VersionDoesNotFit, match="Dose 5 was given as part of another series"):
        fit_of(course, version)


@pytest.mark.parametrize("status", ["COMPLETED", "STOPPED"])
def test_a_course_that_is_over_keeps_its_version(
    course: Course, published: Callable[..., ProtocolVersion], clinic: Clinic, status: str
) -> None:
    version = published(blocks=with_doses(course, 6))
    over = make_course(
        make_patient(clinic.site), course.protocol_version, clinic.desk, status=status
    )
    with pytest.raises(VersionDoesNotFit, match="keeps its version"):
        fit_of(over, version)


def test_other_protocols_drafts_and_retired_versions_are_refused(
    course: Course,
    published: Callable[..., ProtocolVersion],
    shipped: Callable[..., ProtocolVersion],
    director: Membership,
) -> None:
    retired = course.protocol_version
    version = published(blocks=with_doses(course, 6))
    draft = services.begin_draft(version=version, by=director, now=NOW)
    with pytest.raises(VersionDoesNotFit, match="keeps its protocol"):
        fit_of(course, shipped("IV_2W3"))
    with pytest.raises(VersionDoesNotFit, match="already"):
        fit_of(course, retired)
    with pytest.raises(VersionDoesNotFit, match="not in force"):
        fit_of(course, draft)


def test_no_reason_no_move(
    course: Course, published: Callable[..., ProtocolVersion], clinic: Clinic
) -> None:
    version = published(blocks=with_doses(course, 6))
    with pytest.raises(DomainError) as caught:
        move_course(course=course, version=version, by=clinic.prescriber, reason=" ", now=NOW)
    assert caught.value.field == "reason"


def test_the_database_keeps_courses_to_published_versions_of_their_protocol(
    course: Course, shipped: Callable[..., ProtocolVersion], director: Membership
) -> None:
    draft = services.begin_draft(version=course.protocol_version, by=director, now=NOW)
    for other in (draft, shipped("IV_2W3")):
        with (
            pytest.raises(IntegrityError, match=r"published version|keeps its protocol"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE courses_course SET protocol_version_id = %s WHERE id = %s",
                [other.pk, course.pk],
            )


@pytest.fixture
def visit(course: Course, clinic: Clinic) -> Any:
    """A dose in three days."""
    return make_visit(
        course, clinic.chair, NOW + timedelta(days=3), visit_type="infusion", seq=1, kind="dosing"
    )


def longer(course: Course) -> dict[str, Any]:
    """The visit types, with a longer observation."""
    types = course.protocol_version.definition["visit_types"]
    phases = [
        {**p, "minutes": 90} if p["name"] == "observation" else p
        for p in types["infusion"]["phases"]
    ]
    return {**types, "infusion": {**types["infusion"], "phases": phases}}


def test_visits_that_take_other_minutes_cannot_stay(
    course: Course, visit: Any, published: Callable[..., ProtocolVersion], clinic: Clinic
) -> None:
    version = published(visit_types=longer(course))
    change = version_change(course, version, now=NOW)
    assert [one.faults for one in change.visits] == [("it takes 180 instead of 150 minutes",)]
    said = {"version": version, "by": clinic.prescriber, "reason": "Longer", "now": NOW}
    with pytest.raises(VersionDoesNotFit, match="cannot stay"):
        change_version(course=course, keep_visits=True, **said)
    course.refresh_from_db()
    assert course.protocol_version != version
    assert change_version(course=course, keep_visits=False, **said) == [visit]
    visit.refresh_from_db()
    assert (visit.status, course.protocol_version) == ("CANCELLED", version)


def test_visits_that_fit_stay(
    course: Course, visit: Any, published: Callable[..., ProtocolVersion], clinic: Clinic
) -> None:
    version = published(min_gap_days=1)
    said = {"version": version, "by": clinic.prescriber, "reason": "As before", "now": NOW}
    assert change_version(course=course, keep_visits=True, **said) == []
    visit.refresh_from_db()
    assert visit.status == "PLANNED"


def test_page_says_what_will_differ_and_moves(
    course: Course,
    visit: Any,
    published: Callable[..., ProtocolVersion],
    clinic: Clinic,
    sign_in: Callable[..., Client],
) -> None:
    address = f"/courses/{course.pk}/version/"
    prescriber = sign_in(clinic.prescriber)
    assert "Nothing to move to" in prescriber.get(address).content.decode()
    version = published(visit_types=longer(course))
    html = prescriber.get(address).content.decode()
    assert "Cannot stay: it takes 180 instead of 150 minutes" in html
    bare = prescriber.post(address, {"version": version.pk, "visits": "anew", "reason": ""})
    assert (bare.status_code, bare.context["form"].errors.keys()) == (422, {"reason"})
    kept = prescriber.post(address, {"version": version.pk, "visits": "keep", "reason": "Why"})
    assert "plan them anew" in kept.content.decode()
    done = prescriber.post(address, {"version": version.pk, "visits": "anew", "reason": "Why"})
    assert done["Location"] == f"/courses/{course.pk}/"
    course.refresh_from_db()
    assert course.protocol_version == version


def test_by_the_api(
    course: Course,
    published: Callable[..., ProtocolVersion],
    clinic: Clinic,
    sign_in: Callable[..., Client],
) -> None:
    address = f"/api/v1/courses/{course.pk}/version"
    prescriber = sign_in(clinic.prescriber)
    assert prescriber.get(address).status_code == 204
    version = published(blocks=with_doses(course, 6))
    change = prescriber.get(address).json()
    assert (change["version"], change["doses"], change["may_stay"]) == (str(version.pk), 6, True)
    body = {"protocol_version": str(version.pk), "keep_visits": True, "reason": "Shorter"}
    headers = {"Idempotency-Key": "moving-a-course-once"}
    answer = prescriber.post(address, body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert answer.json()["protocol"]["version"] == 2


def test_only_who_decides_moves_a_course(
    course: Course, clinic: Clinic, sign_in: Callable[..., Client]
) -> None:
    address = f"/courses/{course.pk}/version/"
    assert sign_in(clinic.nurse).get(address).status_code == 403
    assert sign_in(factories.make_clinic().prescriber).get(address).status_code == 404
